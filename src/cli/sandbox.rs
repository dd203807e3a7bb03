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
        for callee in network.numbers() {
            println!("  {:<13} {}", callee.number, callee.about);
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
