//! `voxgate trace`: what happened in an attempt, or in all of a call, from the first moment to the last.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::client::{Remote, part};
use super::shown::cell;
use super::steps::{follow, steps};
use super::told::Teller;

/// What every attempt's name begins with.
const ATTEMPT: &str = "att";

/// Show what happened in an attempt, or in all of a call.
#[derive(Debug, Args)]
pub(super) struct Trace {
    #[command(flatten)]
    remote: Remote,
    /// The attempt, or the call.
    id: String,
    /// Go on until the call is over.
    #[arg(long)]
    follow: bool,
    /// Print JSON, one step a line.
    #[arg(long)]
    json: bool,
}

impl Trace {
    pub(super) fn run(&self) -> ExitCode {
        self.remote.run(async |client| {
            let attempt = self.id.starts_with(ATTEMPT);
            let call = if attempt {
                let attempt = client.get(&format!("/v1/attempts/{}", part(&self.id)), &[]).await?;
                cell(&attempt, "call_id")
            } else {
                self.id.clone()
            };
            let mut teller = Teller::new(self.json);
            let tell = |step: &Value| {
                if !attempt || cell(step, "attempt_id") == self.id {
                    teller.print(step);
                }
            };
            if self.follow {
                follow(client, &call, tell, |why| eprintln!("{why}")).await?;
            } else {
                steps(client, &call).await?.iter().for_each(tell);
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
