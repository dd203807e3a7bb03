//! `voxgate call`: one call through the provider of the config, with a gateway that lives for as long as the call does.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::app::App;
use crate::calls::{AttemptRecord, NewOrder};
use crate::config::Loaded;
use crate::telemetry;
use voxgate_core::calls::CallState;

/// Place one call and show what came of it.
#[derive(Debug, Args)]
pub(super) struct Call {
    /// The number, with + and country code.
    number: String,
    /// The script to follow.
    #[arg(long, default_value = "reminder")]
    dialplan: String,
    /// The language of the call.
    #[arg(long, default_value = "en-US")]
    language: String,
    /// A variable of the script, as name=value; may be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// The config; without it voxgate.toml, if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value, as in first_name=Ana")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Call {
    /// Places it and waits for its end; an interrupt hangs up.
    pub(super) fn run(self) -> ExitCode {
        let order = self.to_order();
        let loaded = match Loaded::load(self.config.as_deref()) {
            Ok(loaded) => loaded,
            Err(problems) => return super::misused(problems),
        };
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return super::failed(error),
        };
        let called = runtime
            .block_on(call(loaded, order))
            .and_then(|record| serde_json::to_string(&record).map_err(|error| error.to_string()));
        match called {
            Ok(line) => {
                println!("{line}");
                ExitCode::SUCCESS
            }
            Err(error) => super::failed(error),
        }
    }

    fn to_order(&self) -> NewOrder {
        let variables = self.variables.iter().cloned().collect();
        NewOrder::new(&self.number, &self.dialplan, &self.language, variables, "call")
    }
}

async fn call(loaded: Loaded, order: NewOrder) -> Result<AttemptRecord, String> {
    telemetry::start_on_stderr(&loaded.config.telemetry.log).map_err(|error| error.to_string())?;
    let app = App::start(loaded.config).await.map_err(|error| error.to_string())?;
    let called = follow(&app, order).await;
    app.stop().await;
    called
}

async fn follow(app: &App, order: NewOrder) -> Result<AttemptRecord, String> {
    let ordered = app.order(order).await.map_err(|error| error.to_string())?;
    let over = app.settled(&ordered.id, |call| call.state != CallState::Pending && call.state != CallState::InProgress);
    tokio::pin!(over);
    let call = tokio::select! {
        call = &mut over => call,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.map_err(|error| error.to_string())?;
            app.cancel(&ordered.id).await.map_err(|error| error.to_string())?;
            over.await
        }
    };
    let call = call.map_err(|error| error.to_string())?;
    let record = app.record(&call).await.map_err(|error| error.to_string())?;
    record.ok_or_else(|| format!("the call is {} ({}): nobody was dialed", call.state, call.reason))
}
