//! `voxgate dialplan`: check scripts, run their tests, list their recordings.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use voxgate_core::dialog::{Checked, Dialplan, check};
use voxgate_core::rehearsal;

use crate::dialplans::{DialplanError, Dialplans};

/// Verbs of `voxgate dialplan`.
#[derive(Debug, Subcommand)]
pub enum DialplanCommand {
    /// Say everything that is wrong with scripts.
    Check(Scripts),
    /// Run the tests that scripts bring along, each as a call on the session core in virtual time.
    Test(Scripts),
    /// List the recordings that scripts name, and what each says.
    Recordings(Scripts),
}

/// Which scripts, and for whom to write.
#[derive(Debug, Args)]
pub struct Scripts {
    /// Scripts to read; the shipped ones where none is given.
    files: Vec<PathBuf>,
    /// Write JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// A script as it was read.
struct Script {
    name: String,
    source: Cow<'static, [u8]>,
}

impl DialplanCommand {
    /// Does it. Exit code 0: fine; 1: findings of severity error, or failing tests; 2: a file cannot be read.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let (Self::Check(scripts) | Self::Test(scripts) | Self::Recordings(scripts)) = &self;
        let read = match scripts.read() {
            Ok(read) => read,
            Err(error) => {
                eprintln!("voxgate: {error}");
                return ExitCode::from(2);
            }
        };
        let fine = match &self {
            Self::Check(scripts) => check_all(&read, scripts.json),
            Self::Test(scripts) => test_all(&read, scripts.json),
            Self::Recordings(scripts) => list_recordings(&read, scripts.json),
        };
        if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Scripts {
    fn read(&self) -> Result<Vec<Script>, DialplanError> {
        if self.files.is_empty() {
            let shipped = Dialplans::shipped();
            let named = |name: &String| Ok(Script { name: format!("{name}.yaml"), source: shipped.source(name)? });
            return shipped.names()?.iter().map(named).collect();
        }
        let read = |path: &PathBuf| match std::fs::read(path) {
            Ok(bytes) => Ok(Script { name: path.display().to_string(), source: Cow::Owned(bytes) }),
            Err(error) => Err(DialplanError::Unreadable { path: path.clone(), error }),
        };
        self.files.iter().map(read).collect()
    }
}

impl Script {
    fn check(&self) -> Checked {
        check(&self.name, &self.source)
    }

    /// The plan; shows the findings where there is none.
    fn plan(&self) -> Option<std::sync::Arc<Dialplan>> {
        let Checked { report, plan } = self.check();
        if plan.is_none() {
            eprint!("{}", report.render(&String::from_utf8_lossy(&self.source)));
        }
        plan
    }
}

fn check_all(scripts: &[Script], json: bool) -> bool {
    let reports: Vec<_> = scripts.iter().map(|s| s.check().report).collect();
    let fine = !reports.iter().any(|r| r.has_errors());
    if json {
        println!("{}", json!(reports));
        return fine;
    }
    for (report, script) in reports.iter().zip(scripts) {
        if report.findings.is_empty() {
            println!("{}: fine", report.file);
        } else {
            println!("{}", report.render(&String::from_utf8_lossy(&script.source)));
        }
    }
    fine
}

fn test_all(scripts: &[Script], json: bool) -> bool {
    let mut fine = true;
    let mut results = Vec::new();
    for script in scripts {
        let Some(plan) = script.plan() else {
            fine = false;
            continue;
        };
        let mut visited = BTreeSet::new();
        for test in plan.tests() {
            let run = rehearsal::run(&plan, test);
            let differences = run.failure.map(|f| f.differences).unwrap_or_default();
            fine &= differences.is_empty();
            visited.extend(run.path);
            if !json {
                show(script, test.line, &test.name, &differences);
            }
            results
                .push(json!({ "file": script.name, "line": test.line, "test": test.name, "differences": differences }));
        }
        let unvisited: Vec<_> = plan.states().filter(|s| !visited.contains(*s)).map(|s| &**s).collect();
        if !json && !unvisited.is_empty() {
            println!("{}: no test visits {}", script.name, unvisited.join(", "));
        }
    }
    if json {
        println!("{}", json!(results));
    }
    fine
}

fn show(script: &Script, line: u32, test: &str, differences: &[String]) {
    let word = if differences.is_empty() { "ok" } else { "FAILED" };
    println!("{word:<6} {}:{line} {test}", script.name);
    for difference in differences {
        println!("         {difference}");
    }
}

fn list_recordings(scripts: &[Script], json: bool) -> bool {
    let mut fine = true;
    for script in scripts {
        let Some(plan) = script.plan() else {
            fine = false;
            continue;
        };
        for recording in plan.recordings() {
            if json {
                println!(
                    "{}",
                    json!({ "path": recording.path, "language": recording.language, "says": recording.says })
                );
            } else {
                println!("{}\t{}\t{}", recording.path, recording.language, recording.says);
            }
        }
    }
    fine
}
