//! `voxgate config`: what is set, where it was set, and what is wrong with it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::config::{Entry, Loaded, Problems, Source};

/// Verbs of `voxgate config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read the config, print every key with its effective value and its source, or everything that is wrong.
    Check {
        /// The file; without it voxgate.toml, if there is one.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What a verb prints, and how the process is to exit.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// For standard output.
    pub text: String,
    /// Exit code: 0 fine, 2 a bad config.
    pub exit: u8,
}

impl ConfigCommand {
    /// Does it.
    #[must_use]
    pub fn run(&self) -> Report {
        match self {
            Self::Check { config, json } => check(config.as_deref(), *json),
        }
    }
}

fn check(path: Option<&Path>, json: bool) -> Report {
    let loaded = Loaded::load(path).and_then(|loaded| secrets_at_hand(&loaded).map(|()| loaded));
    match (loaded, json) {
        (Ok(loaded), false) => Report { text: as_toml(&loaded), exit: 0 },
        (Ok(loaded), true) => Report { text: as_json(&loaded), exit: 0 },
        (Err(problems), false) => Report { text: format!("{problems}\n"), exit: 2 },
        (Err(problems), true) => Report { text: problems_as_json(&problems), exit: 2 },
    }
}

fn secrets_at_hand(loaded: &Loaded) -> Result<(), Problems> {
    let problems: Vec<_> = loaded
        .config
        .providers
        .iter()
        .filter_map(|(name, provider)| {
            provider.secret().err().map(|what| loaded.problem(&format!("providers.{name}.auth_token_file"), what))
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

/// A config file that says the same, secrets aside, with every key's source.
fn as_toml(loaded: &Loaded) -> String {
    let mut text = String::new();
    let mut open = String::new();
    for (entry, source) in loaded.entries() {
        let (section, key) = entry.key.rsplit_once('.').unwrap_or(("", &entry.key));
        if section != open {
            let gap = if open.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}[{section}]"); // a String takes everything
            open = section.to_owned();
        }
        let line = match shown(&entry) {
            Some(value) => format!("{key} = {value}"),
            None => format!("# {key}"),
        };
        let _ = writeln!(text, "{line:<50} # {source}");
    }
    let requests = u64::from(loaded.config.retry.max_retries) + 1;
    let _ = writeln!(text, "\n# One attempt sends at most {requests} dial requests, of which at most one is taken.");
    text
}

fn as_json(loaded: &Loaded) -> String {
    let keys: Vec<_> = loaded
        .entries()
        .map(|(entry, source)| {
            json!({"key": entry.key, "value": shown(&entry), "source": source.to_string(), "about": entry.doc})
        })
        .collect();
    format!("{}\n", json!({"ok": true, "keys": keys}))
}

fn problems_as_json(problems: &Problems) -> String {
    let problems: Vec<_> = problems
        .0
        .iter()
        .map(|problem| {
            let (file, line) = match &problem.source {
                Source::File { path, line } => (Some(path.display().to_string()), Some(*line)),
                Source::Env { .. } | Source::Default => (None, None),
            };
            json!({"source": problem.source.to_string(), "file": file, "line": line, "key": problem.field, "problem": problem.what})
        })
        .collect();
    format!("{}\n", json!({"ok": false, "problems": problems}))
}

fn shown(entry: &Entry) -> Option<String> {
    entry.value.as_ref().map(|value| if entry.hidden { "\"***\"".to_owned() } else { value.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, json: bool) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("voxgate.toml");
        std::fs::write(&file, text).unwrap();
        ConfigCommand::Check { config: Some(file), json }.run()
    }

    const GOOD: &str = r#"
[providers.line]
kind = "twilio"
base_url = "http://127.0.0.1:9000"
account_sid = "AC01"
auth_token = "hunter2"
from = "+12065550100"
"#;

    /// Row 001-10: effective values with their source.
    #[test]
    fn a_good_config_is_printed_with_sources_and_without_secrets() {
        let report = checked(GOOD, false);
        assert_eq!(report.exit, 0, "{}", report.text);
        let line = |key: &str| report.text.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        assert!(line("from = \"+12065550100\"").ends_with("voxgate.toml:7"));
        assert!(line("max_retries = 3").ends_with("# default"));
        assert!(line("auth_token = \"***\"").ends_with("voxgate.toml:6"));
        assert!(!report.text.contains("hunter2"));
        assert!(!checked(GOOD, true).text.contains("hunter2"));
    }

    #[test]
    fn a_bad_config_exits_with_2_and_says_where() {
        let report = checked(&GOOD.replace("from =", "form ="), true);
        assert_eq!(report.exit, 2);
        let read: serde_json::Value = serde_json::from_str(&report.text).unwrap();
        assert_eq!(
            (&read["problems"][0]["line"], &read["problems"][0]["key"]),
            (&7.into(), &"providers.line.form".into())
        );
        let gone = checked(&GOOD.replace("auth_token =", "auth_token_file ="), false);
        assert!(gone.exit == 2 && gone.text.contains("auth_token_file: hunter2 cannot be read"), "{}", gone.text);
    }
}
