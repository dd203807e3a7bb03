//! `voxgate simulate`: a campaign in virtual time, before anybody is dialed.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::config::Loaded;
use crate::dialplans::Dialplans;
use crate::simulation::{Campaign, Odds, Refused, Summary, read_contacts, run};

/// A Monday in winter, so that runs without a start of their own can be compared.
const MONDAY: &str = "2026-01-05T00:00:00Z";
/// Lines that are wrong are told up to this many.
const MOST_TOLD: usize = 10;

/// Run a campaign in virtual time: the gate, redials, slots and the provider's pace are real, the people are drawn.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// CSV of the contacts: number, time_zone, language, and a column for each variable of the script.
    contacts: PathBuf,
    /// The script that they are called with.
    #[arg(long, default_value = "reminder")]
    dialplan: String,
    /// How attempts end, as weights by disposition or failure code: completed=40,no-answer=55,network=5.
    #[arg(long, value_name = "ODDS")]
    odds: Option<Odds>,
    /// When it begins.
    #[arg(long, value_name = "TIME", default_value = MONDAY, value_parser = time)]
    start: Timestamp,
    /// Seed of all that is drawn: the same seed, the same campaign.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The config whose limits and policies hold; without it voxgate.toml, if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("write it as in {MONDAY}: {error}"))
}

impl Simulate {
    pub(super) fn run(&self) -> ExitCode {
        let (campaign, refused) = match self.campaign() {
            Ok(read) => read,
            Err(error) => return super::misused(error),
        };
        match run(&campaign) {
            Ok(summary) => self.show(&summary, &refused),
            Err(error) => super::failed(error),
        }
    }

    fn campaign(&self) -> Result<(Campaign, Vec<Refused>), String> {
        let config = Loaded::load(self.config.as_deref()).map_err(|problems| problems.to_string())?.config;
        let dialplans = config.calls.dialplans.as_ref().map_or_else(Dialplans::shipped, Dialplans::in_folder);
        let plan = dialplans.load(&self.dialplan).map_err(|error| error.to_string())?;
        let in_file = |error: &dyn std::fmt::Display| format!("{}: {error}", self.contacts.display());
        let file = File::open(&self.contacts).map_err(|error| in_file(&error))?;
        let (contacts, refused) = read_contacts(file, &plan).map_err(|error| in_file(&error))?;
        let provider = config.calls.provider.as_ref().and_then(|name| config.providers.get(name));
        let campaign = Campaign {
            contacts,
            kind: plan.kind(),
            policy: config.call_policy(),
            rules: config.calls.rules(),
            sessions: config.limits.sessions,
            calls_per_second: provider.map_or(1.0, |provider| provider.calls_per_second),
            ring_ms: u64::try_from(config.calls.ring_timeout.as_millis()).unwrap_or(u64::MAX),
            odds: self.odds.clone().unwrap_or_default(),
            start_ms: u64::try_from(self.start.as_millisecond()).map_err(|_| "--start is before 1970".to_owned())?,
            seed: self.seed,
        };
        Ok((campaign, refused))
    }

    fn show(&self, summary: &Summary, refused: &[Refused]) -> ExitCode {
        for Refused { line, what } in refused.iter().take(MOST_TOLD) {
            eprintln!("{}:{line}: {what}", self.contacts.display());
        }
        if refused.len() > MOST_TOLD {
            eprintln!("and {} more lines", refused.len() - MOST_TOLD);
        }
        if let Some(left_out) = left_out(refused.len(), summary.calls) {
            eprintln!("{left_out}");
        }
        if self.json {
            println!("{}", json!({"refused": refused.len(), "summary": summary}));
        } else {
            print!("{summary}");
        }
        if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// How much of the file is not in the campaign.
fn left_out(refused: usize, calls: usize) -> Option<String> {
    (refused > 0).then(|| format!("{refused} of {} rows are left out", refused + calls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_left_out_are_counted() {
        assert_eq!(left_out(0, 5), None);
        assert_eq!(left_out(3, 5).unwrap(), "3 of 8 rows are left out");
    }

    #[test]
    fn a_start_that_is_no_time_says_first_what_to_write() {
        assert!(time("tomorrow").unwrap_err().starts_with("write it as in 2026-01-05T00:00:00Z: "));
    }
}
