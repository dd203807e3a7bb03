//! `voxgate demo`: dials simulated people over the carrier's own protocol and shows what came of it.

mod callees;
mod calling;
mod evidence;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use voxgate_sandbox::{Config as SandboxConfig, Sandbox};

use self::callees::Callee;
use self::evidence::Evidence;
use crate::app::App;
use crate::calls::AttemptRecord;
use crate::clock;
use crate::config::{Config, Provider, Secret, TimeOfDay};
use crate::store::TaskRow;
use crate::telemetry;

/// Where calls of the demo come from.
const FROM: &str = "+12065550100";
/// Redials come so soon that nobody has to wait for them.
const REDIAL: Duration = Duration::from_secs(2);

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
    task: Option<TaskRow>,
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
        crate::folders::make_private(folder)
            .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
        let network = SandboxConfig { calls_per_second: 100.0, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(network).map_err(|error| error.to_string())?;
        let config = config(folder, &sandbox)?;
        telemetry::start(&config.telemetry).map_err(|error| error.to_string())?;
        let app = App::start(config).await.map_err(|error| error.to_string())?;
        for line in app.missing() {
            eprintln!("note: {line}");
        }
        let finished = match calling::converse(&app).await {
            Ok(finished) => calling::call_the_opted_out(&app).await.map(|()| finished),
            Err(error) => Err(error),
        };
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
    config.calls.scheduler_interval = Duration::from_secs(1);
    // Simulated people may be called at night.
    config.calls.hours_from = TimeOfDay::hour(0);
    config.calls.hours_to = TimeOfDay::hour(24);
    (config.redial.busy, config.redial.busy_delay) = (1, REDIAL);
    (config.redial.no_answer, config.redial.no_answer_delay) = (1, REDIAL);
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
