//! The command line: one file per verb.
//!
//! Exit codes: 0 fine, 1 the work failed, 2 bad usage or config.

mod call;
pub mod config;
mod demo;
pub mod dialplan;
mod load;
mod sandbox;
pub mod speech;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A real-time voice media gateway for outbound calls.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Dial simulated people, talk with them, and show what came of it.
    Demo(demo::Demo),
    /// Place one call through the provider of the config.
    Call(call::Call),
    /// Run the simulated telephone network alone, until interrupted.
    Sandbox(sandbox::Sandbox),
    /// Measure what sessions cost on this machine.
    Load(load::Load),
    /// Look at the config.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Check scripts, run their tests, list their recordings.
    #[command(subcommand)]
    Dialplan(dialplan::DialplanCommand),
    /// Look at local speech.
    #[command(subcommand)]
    Speech(speech::SpeechCommand),
}

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    // Decided once, before anything opens a socket; a second call would be a defect of ours.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("voxgate: a TLS provider was installed before main");
    }
    match Arguments::parse().verb {
        Verb::Demo(demo) => demo.run(),
        Verb::Call(call) => call.run(),
        Verb::Sandbox(sandbox) => sandbox.run(),
        Verb::Load(load) => load.run(),
        Verb::Config(command) => show(&command.run()),
        Verb::Dialplan(command) => command.run(),
        Verb::Speech(command) => show(&command.run()),
    }
}

fn show(report: &config::Report) -> ExitCode {
    print!("{}", report.text);
    ExitCode::from(report.exit)
}

/// Says what went wrong, and that it did.
fn failed(what: impl std::fmt::Display) -> ExitCode {
    eprintln!("voxgate: {what}");
    ExitCode::FAILURE
}

/// Says what is wrong with the command line or the config.
fn misused(what: impl std::fmt::Display) -> ExitCode {
    eprintln!("voxgate: {what}");
    ExitCode::from(2)
}
