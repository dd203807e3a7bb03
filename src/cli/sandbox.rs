//! `voxgate sandbox`: the simulated telephone network alone.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use voxgate_sandbox::{Config, Sandbox as Network};

/// Run the simulated telephone network alone, until interrupted.
#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Where its API listens.
    #[arg(long, default_value = "127.0.0.1:8090")]
    bind: SocketAddr,
    /// Folder with personas of your own, laid over the shipped ones.
    #[arg(long, value_name = "FOLDER")]
    personas: Option<PathBuf>,
    /// Calls that begin per second; more are queued.
    #[arg(long, default_value_t = 1.0)]
    calls_per_second: f64,
    /// Seed of all that is random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep what each callee said and heard as WAV files in this folder.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

impl Sandbox {
    /// Runs it.
    #[must_use]
    pub(super) fn run(self) -> ExitCode {
        let config = Config {
            bind: self.bind,
            personas: self.personas,
            calls_per_second: self.calls_per_second,
            seed: self.seed,
            keep_heard: self.keep,
            ..Config::default()
        };
        let network = match Network::start(config) {
            Ok(network) => network,
            Err(error) => return super::failed(error),
        };
        println!("the sandbox listens on {}", network.base_url());
        println!("account {}, token {}", network.account_sid(), network.auth_token());
        let callees: Vec<_> = network.numbers().into_iter().map(|callee| (callee.number, callee.about)).collect();
        for (number, about) in once_each(callees) {
            println!("  {number:<13} {about}");
        }
        match wait() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => super::failed(error),
        }
    }
}

/// Until somebody interrupts.
fn wait() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c())
}

/// Whoever is found differently by the first call and the next is one number: `first … then …`.
fn once_each(callees: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut listed: Vec<(String, Vec<String>)> = Vec::new();
    for (number, about) in callees {
        match listed.iter_mut().find(|(known, _)| *known == number) {
            Some((_, found)) => found.push(about),
            None => listed.push((number, vec![about])),
        }
    }
    let told = |found: Vec<String>| match found.as_slice() {
        [always] => always.clone(),
        times => format!("first: {}", times.join("; then: ")),
    };
    listed.into_iter().map(|(number, found)| (number, told(found))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_listed_once() {
        let callees = [("+1", "is busy"), ("+1", "confirms"), ("+2", "opts out")];
        let listed = once_each(callees.map(|(number, about)| (number.to_owned(), about.to_owned())).to_vec());
        let expected = [("+1", "first: is busy; then: confirms"), ("+2", "opts out")];
        assert_eq!(listed, expected.map(|(number, about)| (number.to_owned(), about.to_owned())));
    }
}
