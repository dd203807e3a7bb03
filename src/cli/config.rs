//! `voxgate config`: what is set, where it was set, what is wrong with it, and what could be set.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::app::App;
use crate::config::{Config, Loaded, Problems, Source};

/// Verbs of `voxgate config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with the config, or the most that one call can cause with it.
    Check(Which),
    /// Print every key with its effective value and its source, as a config file that says the same.
    Print(Which),
    /// Print what a config may hold, as JSON Schema.
    Schema {
        /// Print it as a page for people instead.
        #[arg(long)]
        markdown: bool,
    },
}

/// Which config, and for whom to write.
#[derive(Debug, Args)]
pub struct Which {
    /// The file; without it voxgate.toml, if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
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
            Self::Check(which) => which.check(),
            Self::Print(which) => which.report(as_toml, as_json),
            Self::Schema { markdown: true } => Report { text: Config::reference(), exit: 0 },
            Self::Schema { markdown: false } => Report { text: format!("{:#}\n", Config::schema()), exit: 0 },
        }
    }
}

impl Which {
    /// What a start would refuse is wrong as well.
    fn check(&self) -> Report {
        let refused = load(self.config.as_deref()).ok().and_then(|loaded| App::check(&loaded.config).err());
        match refused {
            None => self.report(fine_as_text, fine_as_json),
            Some(error) if self.json => {
                let text = format!("{}\n", json!({"ok": false, "problems": [{"problem": error.to_string()}]}));
                Report { text, exit: 2 }
            }
            Some(error) => Report { text: format!("{error}\n"), exit: 2 },
        }
    }

    fn report(&self, text: fn(&Loaded) -> String, json: fn(&Loaded) -> String) -> Report {
        let loaded = load(self.config.as_deref());
        match (loaded, self.json) {
            (Ok(loaded), false) => Report { text: text(&loaded), exit: 0 },
            (Ok(loaded), true) => Report { text: json(&loaded), exit: 0 },
            (Err(problems), false) => Report { text: format!("{problems}\n"), exit: 2 },
            (Err(problems), true) => Report { text: problems_as_json(&problems), exit: 2 },
        }
    }
}

fn load(path: Option<&Path>) -> Result<Loaded, Problems> {
    let loaded = Loaded::load(path)?;
    let problems: Vec<_> = loaded
        .config
        .providers
        .iter()
        .filter_map(|(name, provider)| {
            provider.secret().err().map(|what| loaded.problem(&format!("providers.{name}.auth_token_file"), what))
        })
        .collect();
    if problems.is_empty() { Ok(loaded) } else { Err(Problems(problems)) }
}

fn fine_as_text(loaded: &Loaded) -> String {
    format!("The config is fine. {}", loaded.config.bounds())
}

fn fine_as_json(loaded: &Loaded) -> String {
    let bounds = loaded.config.bounds();
    let most = json!({
        "attempts": bounds.attempts,
        "deferrals": bounds.deferrals,
        "dials": bounds.dials,
        "dial_requests": bounds.dial_requests,
        "other_requests": bounds.other_requests,
    });
    format!("{}\n", json!({"ok": true, "most_per_call": most}))
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
        let line = match &entry.shown {
            Some(value) => format!("{key} = {value}"),
            None => format!("# {key}"),
        };
        let _ = writeln!(text, "{line:<50} # {source}");
    }
    text
}

fn as_json(loaded: &Loaded) -> String {
    let keys: Vec<_> = loaded
        .entries()
        .map(|(entry, source)| {
            json!({"key": entry.key, "value": entry.shown, "source": source.to_string(), "about": entry.doc})
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, command: fn(Which) -> ConfigCommand, json: bool) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("voxgate.toml");
        std::fs::write(&file, text).unwrap();
        command(Which { config: Some(file), json }).run()
    }

    const GOOD: &str = r#"
[calls]
provider = "line"
countries = ["+1"]
hours_to = "24:00"

[store]
url = "postgres://vox:hunter2@127.0.0.1/vox"

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
        let report = run(GOOD, ConfigCommand::Print, false);
        assert_eq!(report.exit, 0, "{}", report.text);
        let line = |key: &str| report.text.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        assert!(line("from = \"+12065550100\"").ends_with("voxgate.toml:15"));
        assert!(line("max_retries = 3").ends_with("# default"));
        assert!(line("auth_token = \"***\"").ends_with("voxgate.toml:14"));
        assert!(line("url = \"postgres://vox:***@127.0.0.1/vox\"").ends_with("voxgate.toml:8"));
        assert!(!report.text.contains("hunter2"));
        assert!(!run(GOOD, ConfigCommand::Print, true).text.contains("hunter2"));
    }

    #[test]
    fn what_is_printed_is_a_config_that_says_the_same() {
        let read = |text: &str| {
            let secrets =
                [("STORE__URL", "postgres://vox:hunter2@127.0.0.1/vox"), ("PROVIDERS__LINE__AUTH_TOKEN", "hunter2")];
            let env = secrets.map(|(key, value)| (format!("VOXGATE__{key}"), value.to_owned()));
            Loaded::read(Path::new("voxgate.toml"), text, env.into_iter())
        };
        let printed = run(GOOD, ConfigCommand::Print, false).text;
        assert_eq!(read(&printed).unwrap().config, read(GOOD).unwrap().config, "{printed}");
        let pasted = Loaded::read(Path::new("voxgate.toml"), &printed, std::iter::empty()).unwrap_err().to_string();
        for wanted in ["store.url: has \"***\" for its password", "auth_token: \"***\" is how a printed config hides"] {
            assert!(pasted.contains(wanted), "{pasted}");
        }
    }

    #[test]
    fn a_check_tells_the_most_that_one_call_can_cause() {
        let report = run(&format!("{GOOD}max_retries = 1\n[redial]\nbusy = 1\n"), ConfigCommand::Check, true);
        let read: serde_json::Value = serde_json::from_str(&report.text).unwrap();
        let most = &read["most_per_call"];
        assert_eq!((&most["attempts"], &most["dials"], &most["dial_requests"]), (&5.into(), &25.into(), &50.into()));
        let text = run(GOOD, ConfigCommand::Check, false).text;
        assert!(text.starts_with("The config is fine. One call causes at most\n  6 attempts,"), "{text}");
        assert!(text.lines().count() == 4 && text.lines().all(|line| line.len() < 80), "{text}");
    }

    /// What `serve` would refuse is not called fine.
    #[test]
    fn a_config_without_a_provider_is_not_fine() {
        for json in [false, true] {
            let report = run("", ConfigCommand::Check, json);
            assert!(report.exit == 2 && report.text.contains("calls.provider: is missing"), "{}", report.text);
        }
        assert_eq!(run("", ConfigCommand::Print, false).exit, 0, "what is set can be looked at all the same");
    }

    #[test]
    fn a_bad_config_exits_with_2_and_says_where() {
        let report = run(&GOOD.replace("from =", "form ="), ConfigCommand::Check, true);
        assert_eq!(report.exit, 2);
        let read: serde_json::Value = serde_json::from_str(&report.text).unwrap();
        assert_eq!(
            (&read["problems"][0]["line"], &read["problems"][0]["key"]),
            (&15.into(), &"providers.line.form".into())
        );
        let gone = run(&GOOD.replace("auth_token =", "auth_token_file ="), ConfigCommand::Check, false);
        assert!(gone.exit == 2 && gone.text.contains("auth_token_file: hunter2 cannot be read"), "{}", gone.text);
    }
}
