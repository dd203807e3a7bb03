//! The command line: one file per verb.
//!
//! Exit codes: 0 fine, 1 the work failed, 2 bad usage or config.

mod call;
mod client;
pub mod config;
mod demo;
mod dialing;
pub mod dialplan;
mod dnc;
mod keys;
mod load;
mod recordings;
mod sandbox;
mod serve;
mod shown;
mod simulate;
pub mod speech;
mod steps;
mod tasks;
mod telecallers;
mod told;
mod trace;

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
    /// Run the gateway: API, scheduler and media.
    Serve(serve::Serve),
    /// Place one call through the provider of the config.
    Call(call::Call),
    /// The manual queue: calls that could not be completed, for people to take up.
    Tasks(tasks::Tasks),
    /// The people who take up tasks.
    Telecallers(telecallers::Telecallers),
    /// Find, fetch and check recordings.
    Recordings(recordings::Recordings),
    /// Show what happened in an attempt, or in all of a call.
    Trace(trace::Trace),
    /// Numbers that are never dialed.
    Dnc(dnc::Dnc),
    /// Who may use the API, and what for.
    Keys(keys::Keys),
    /// Let no dial go out any more, until `resume-dialing`. Calls that are under way go on.
    StopDialing(dialing::Dialing),
    /// Let dialing go on.
    ResumeDialing(dialing::Dialing),
    /// Run a campaign in virtual time, before anybody is dialed.
    Simulate(simulate::Simulate),
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
    tls();
    match Arguments::parse().verb {
        Verb::Demo(demo) => demo.run(),
        Verb::Serve(serve) => serve.run(),
        Verb::Call(call) => call.run(),
        Verb::Tasks(tasks) => tasks.run(),
        Verb::Telecallers(telecallers) => telecallers.run(),
        Verb::Recordings(recordings) => recordings.run(),
        Verb::Trace(trace) => trace.run(),
        Verb::Dnc(dnc) => dnc.run(),
        Verb::Keys(keys) => keys.run(),
        Verb::StopDialing(dialing) => dialing.stop(),
        Verb::ResumeDialing(dialing) => dialing.resume(),
        Verb::Simulate(simulate) => simulate.run(),
        Verb::Sandbox(sandbox) => sandbox.run(),
        Verb::Load(load) => load.run(),
        Verb::Config(command) => show(&command.run()),
        Verb::Dialplan(command) => command.run(),
        Verb::Speech(command) => show(&command.run()),
    }
}

/// Decides how TLS is done, before anything opens a socket.
fn tls() {
    // A second time changes nothing: tests run many commands in one process.
    rustls::crypto::ring::default_provider().install_default().ok();
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
