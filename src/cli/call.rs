//! `voxgate call`: orders a call of a running gateway, and follows it where that is wanted.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::client::{Client, ClientError, Remote};
use super::shown::cell;
use super::steps::follow;
use super::told::Teller;

/// Order a call of a running gateway.
#[derive(Debug, Args)]
pub(super) struct Call {
    #[command(flatten)]
    remote: Remote,
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
    /// The called party's time zone, as in America/Los_Angeles; without it, that of the number.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// What the call belongs to, for searches.
    #[arg(long)]
    campaign: Option<String>,
    /// Not to be dialed before this, as in 2026-12-01T10:30:00-08:00.
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// Not to be dialed after this.
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// Refuse it where every slot is taken, rather than wait for one.
    #[arg(long)]
    reject_when_full: bool,
    /// A file with the order as JSON, instead of all of the above.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["number", "dialplan", "language", "variables", "time_zone",
        "campaign", "not_before", "not_after", "reject_when_full"])]
    order: Option<PathBuf>,
    /// Tell each step of the call until it is over; 1 is returned unless it is completed.
    #[arg(long)]
    watch: bool,
    /// Print JSON: the call, and before it each step where it is watched.
    #[arg(long)]
    json: bool,
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as name=value, as in first_name=Ana")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Call {
    pub(super) fn run(&self) -> ExitCode {
        match self.body() {
            Ok(body) => self.remote.run(async |client| self.ask(client, &body).await),
            Err(error) => super::misused(error),
        }
    }

    fn body(&self) -> Result<Value, String> {
        if let Some(file) = &self.order {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            return serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()));
        }
        let variables: Map<_, _> = self.variables.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        Ok(json!({
            "to": self.number,
            "dialplan": self.dialplan,
            "language": self.language,
            "variables": variables,
            "time_zone": self.time_zone,
            "campaign": self.campaign,
            "not_before": self.not_before,
            "not_after": self.not_after,
            "when_full": if self.reject_when_full { "reject" } else { "wait" },
        }))
    }

    async fn ask(&self, client: &Client, body: &Value) -> Result<ExitCode, ClientError> {
        let ordered = client.create("/v1/calls", body).await?;
        let id = cell(&ordered, "call_id");
        if !self.watch {
            if self.json {
                println!("{ordered}")
            } else {
                println!("{id}")
            }
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("{id}: the call goes on if you stop watching");
        let mut teller = Teller::new(self.json);
        let over = follow(client, &id, |step| teller.print(step), |why| eprintln!("{why}")).await?;
        if self.json {
            println!("{over}")
        } else {
            println!("{}", verdict(&over))
        }
        Ok(if cell(&over, "state") == "completed" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// What came of a call, in a line.
fn verdict(call: &Value) -> String {
    let mut text = format!("{}: {}", cell(call, "call_id"), cell(call, "state"));
    for (name, field) in [
        ("disposition", "disposition"),
        ("code", "failure_code"),
        ("result", "dialog_result"),
        ("recording", "recording_id"),
        ("task", "manual_task_id"),
    ] {
        if !call[field].is_null() {
            text.push_str(&format!(", {name} {}", cell(call, field)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches};

    use super::*;
    use crate::cli::client::tests::Counterpart;

    fn call(arguments: &[&str]) -> Call {
        let matches = Call::augment_args(Command::new("call")).no_binary_name(true).get_matches_from(arguments);
        Call::from_arg_matches(&matches).unwrap()
    }

    #[tokio::test]
    async fn an_order_is_sent_as_the_api_wants_it() {
        let counterpart = Counterpart::answering(202, "{\"call_id\": \"call-1\"}").await;
        let call = call(&["+12065550110", "--dialplan", "consent", "--var", "first_name=Ana=B", "--reject-when-full"]);
        assert_eq!(call.ask(&counterpart.client, &call.body().unwrap()).await.unwrap(), ExitCode::SUCCESS);
        let asked = counterpart.asked();
        let body: Value = serde_json::from_str(asked[0].splitn(5, ' ').nth(4).unwrap()).unwrap();
        assert!(asked[0].starts_with("POST /v1/calls "), "{asked:?}");
        assert_eq!((&body["to"], &body["dialplan"]), (&"+12065550110".into(), &"consent".into()));
        assert_eq!((&body["variables"]["first_name"], &body["when_full"]), (&"Ana=B".into(), &"reject".into()));
    }

    #[tokio::test]
    async fn who_watches_is_told_the_end_by_the_exit_code() {
        for (state, expected) in [("completed", ExitCode::SUCCESS), ("suppressed", ExitCode::FAILURE)] {
            let answer = json!({"call_id": "call-1", "state": state, "items": []}).to_string();
            let counterpart = Counterpart::answering(200, &answer).await;
            let call = call(&["+12065550110", "--watch"]);
            assert_eq!(call.ask(&counterpart.client, &call.body().unwrap()).await.unwrap(), expected);
        }
        let failed = json!({"call_id": "call-1", "state": "failed", "disposition": "busy", "manual_task_id": "task-9"});
        assert_eq!(verdict(&failed), "call-1: failed, disposition busy, task task-9");
    }
}
