//! `voxgate demo`: dials simulated people over the carrier's own protocol and shows what came of it.

mod callees;
mod evidence;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use voxgate_sandbox::{Config as SandboxConfig, Sandbox};

use self::callees::{CALLEES, Callee};
use self::evidence::Evidence;
use crate::app::{App, Order};
use crate::clock;
use crate::config::{Config, Provider, Secret};
use crate::outcomes::AttemptRecord;
use crate::telemetry;

/// Where calls of the demo come from.
const FROM: &str = "+12065550100";
/// A call that takes longer than this is stuck.
const PATIENCE: Duration = Duration::from_secs(180);

/// Dial simulated people, talk with them, and show what came of it.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Print one JSON object per call instead of the table.
    #[arg(long)]
    json: bool,
    /// Folder in which the run's folder is made.
    #[arg(long, value_name = "FOLDER", default_value = "voxgate-data")]
    data: PathBuf,
}

/// A call that is over.
struct Finished {
    callee: &'static Callee,
    record: AttemptRecord,
    evidence: Option<Evidence>,
}

impl Finished {
    /// Whether it came out as its callee was made to act.
    fn as_expected(&self) -> bool {
        let (disposition, result) = self.callee.expected;
        self.record.disposition.as_str() == disposition && self.record.dialog_result.as_deref() == result
    }
}

impl Demo {
    /// Runs it.
    #[must_use]
    pub(super) fn run(&self) -> ExitCode {
        let folder = self.data.join(format!("demo-{}", clock::unix_ms()));
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return super::failed(error),
        };
        match runtime.block_on(self.run_in(&folder)) {
            Ok(finished) => self.conclude(&folder, &finished),
            Err(error) => super::failed(error),
        }
    }

    async fn run_in(&self, folder: &Path) -> Result<Vec<Finished>, String> {
        std::fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
        let network = SandboxConfig { calls_per_second: 100.0, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(network).map_err(|error| error.to_string())?;
        let config = config(folder, &sandbox)?;
        telemetry::start(&config.telemetry).map_err(|error| error.to_string())?;
        let app = App::start(config).await.map_err(|error| error.to_string())?;
        for line in app.missing() {
            eprintln!("note: {line}");
        }
        let finished = converse(&app, folder).await;
        app.stop().await;
        let report = sandbox.shut_down();
        let answers = report.timings.speech_end_to_prompt;
        eprintln!(
            "from a callee's last word to our answer: {:.0} ms in the middle, {:.0} ms at worst ({} answers by voice)",
            answers.p50, answers.max, answers.count
        );
        for violation in &report.violations {
            eprintln!("the network complains: {} {}", violation.code, violation.text);
        }
        let finished = finished?;
        if report.violations.is_empty() {
            Ok(finished)
        } else {
            Err("the network refused something we sent".to_owned())
        }
    }

    fn conclude(&self, folder: &Path, finished: &[Finished]) -> ExitCode {
        if self.json {
            print!("{}", table::json_lines(finished));
        } else {
            print!("{}", table::table(finished, folder));
        }
        let surprises: Vec<_> = finished.iter().filter(|call| !call.as_expected()).collect();
        for call in &surprises {
            eprintln!("unexpected: {} came to {}", call.callee.who, table::came_to(&call.record));
        }
        if surprises.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The gateway's config, pointed at the sandbox.
fn config(folder: &Path, sandbox: &Sandbox) -> Result<Config, String> {
    let mut config = Config::below(folder);
    config.server.bind.set_port(0);
    config.media.bind.set_port(0);
    config.calls.provider = Some("sandbox".to_owned());
    config.calls.ring_timeout = Duration::from_secs(5);
    let network = Provider {
        kind: "twilio".to_owned(),
        base_url: Some(sandbox.base_url().parse().map_err(|error| format!("the sandbox's address: {error}"))?),
        account_sid: Some(sandbox.account_sid().to_owned()),
        auth_token: Some(Secret::new(sandbox.auth_token().to_owned())),
        from: Some(FROM.parse().map_err(|error| format!("{FROM}: {error}"))?),
        calls_per_second: 100.0,
        live: true,
        ..Provider::default()
    };
    config.providers.insert("sandbox".to_owned(), network);
    Ok(config)
}

/// Places every call at once and follows them to their ends.
async fn converse(app: &App, folder: &Path) -> Result<Vec<Finished>, String> {
    eprintln!("dialing {} simulated people; their calls run side by side and take about a minute", CALLEES.len());
    let journal = Arc::new(folder.join("journal.jsonl"));
    let mut calls = FuturesUnordered::new();
    for (place, callee) in CALLEES.iter().enumerate() {
        let order = Order::new(callee.to, callee.dialplan, callee.language, callee.variables());
        let mut placed = app.place(order).map_err(|error| format!("{}: {error}", callee.to))?;
        let journal = Arc::clone(&journal);
        calls.push(async move {
            let record = tokio::time::timeout(PATIENCE, placed.outcome()).await.ok().flatten();
            let record = record.ok_or_else(|| format!("the call to {} never ended", callee.to))?;
            // The outcome is known when the talk is over; the line is free a moment later.
            placed.over().await;
            let evidence = Evidence::gather(callee, &record, &journal)?;
            Ok::<_, String>((place, Finished { callee, record, evidence }))
        });
    }
    let mut finished = Vec::new();
    while let Some(call) = calls.next().await {
        let (place, call) = call?;
        eprintln!(
            "  {:>2} of {}  {:<38} {}",
            finished.len() + 1,
            CALLEES.len(),
            call.callee.who,
            table::came_to(&call.record)
        );
        finished.push((place, call));
    }
    finished.sort_by_key(|(place, _)| *place);
    Ok(finished.into_iter().map(|(_, call)| call).collect())
}
