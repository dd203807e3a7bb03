//! `voxgate call`: one call through the provider of the config, with a gateway that lives for as long as the call does.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::app::{App, Order};
use crate::config::Loaded;
use crate::outcomes::AttemptRecord;
use crate::telemetry;

/// Place one call and show what came of it.
#[derive(Debug, Args)]
pub(super) struct Call {
    /// The number, with + and country code.
    #[arg(required_unless_present = "order")]
    number: Option<String>,
    /// The script to follow.
    #[arg(long, default_value = "reminder")]
    dialplan: String,
    /// The language of the call.
    #[arg(long, default_value = "en-US")]
    language: String,
    /// A variable of the script, as name=value; may be repeated.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// A file with the order as JSON, instead of all of the above.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["number", "dialplan", "language", "variables"])]
    order: Option<PathBuf>,
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
        let order = match self.to_order() {
            Ok(order) => order,
            Err(error) => return super::misused(error),
        };
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

    fn to_order(&self) -> Result<Order, String> {
        let Some(file) = &self.order else {
            let number = self.number.as_deref().unwrap_or_default();
            return Ok(Order::new(number, &self.dialplan, &self.language, self.variables.iter().cloned().collect()));
        };
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Order::from_json(&text).map_err(|error| format!("{}: {error}", file.display()))
    }
}

async fn call(loaded: Loaded, order: Order) -> Result<AttemptRecord, String> {
    telemetry::start_on_stderr(&loaded.config.telemetry.log).map_err(|error| error.to_string())?;
    let app = App::start(loaded.config).await.map_err(|error| error.to_string())?;
    let mut placed = app.place(order).map_err(|error| error.to_string())?;
    let record = tokio::select! {
        record = placed.outcome() => record,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.map_err(|error| error.to_string())?;
            placed.cancel();
            placed.outcome().await
        }
    };
    // The outcome is known when the talk is over; the call is hung up and proven over a moment later.
    placed.over().await;
    app.stop().await;
    record.ok_or_else(|| "the call's task is gone without an outcome; see the log".to_owned())
}
