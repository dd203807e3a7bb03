//! `voxgate serve`: the gateway, until it is told to stop.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::{Config, Loaded};
use crate::telemetry;

/// Run the gateway until it is told to stop; then calls under way may end by themselves.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The config; without it voxgate.toml, if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    /// Serves. SIGTERM and SIGINT drain; a second one ends it at once, and the next start goes on with what is left.
    pub(super) fn run(&self) -> ExitCode {
        let loaded = match Loaded::load(self.config.as_deref()) {
            Ok(loaded) => loaded,
            Err(problems) => return super::misused(problems),
        };
        // First of all: a start that is refused leaves nothing behind, not even a log.
        if let Err(error) = App::check(&loaded.config) {
            return super::misused(error);
        }
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return super::failed(error),
        };
        match runtime.block_on(serve(loaded.config)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => super::failed(error),
        }
    }
}

async fn serve(config: Config) -> Result<(), String> {
    telemetry::start(&config.telemetry).map_err(|error| error.to_string())?;
    let told = |error: std::io::Error| format!("signals cannot be waited for: {error}");
    let mut stop = (signal(SignalKind::terminate()).map_err(told)?, signal(SignalKind::interrupt()).map_err(told)?);
    let key_file = config.store.key_file();
    let log = config.telemetry.file.clone();
    let app = App::start(config).await.map_err(|error| error.to_string())?;
    for line in app.missing() {
        eprintln!("note: {line}");
    }
    eprintln!("API and callbacks on http://{}, media on ws://{}", app.http_address(), app.media_address());
    eprintln!("key in {}, log in {}", key_file.display(), log.display());
    either(&mut stop).await;
    eprintln!(
        "stopping: no new calls; those under way may end by themselves, a second signal leaves them to the next start"
    );
    tokio::select! {
        () = app.stop() => Ok(()),
        () = either(&mut stop) => Err("stopped at once: calls that were under way are taken up at the next start".to_owned()),
    }
}

async fn either((terminate, interrupt): &mut (tokio::signal::unix::Signal, tokio::signal::unix::Signal)) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
