//! `voxgate tasks`: the manual queue.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Client, ClientError, Remote, part};
use super::shown::{cell, json_lines, table};

/// The manual queue: calls that could not be completed, for people to take up.
#[derive(Debug, Args)]
pub(super) struct Tasks {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List tasks, the most urgent first.
    List {
        /// Those in this state: open, assigned, in_progress, resolved, canceled. Without it, those that are not over.
        #[arg(long)]
        state: Option<String>,
        /// Those of this queue.
        #[arg(long)]
        queue: Option<String>,
        /// Those of this telecaller.
        #[arg(long, value_name = "ID")]
        telecaller: Option<String>,
        /// Print JSON, one task a line.
        #[arg(long)]
        json: bool,
    },
    /// Take a task up: the one that comes first, or a certain one.
    Take {
        /// The task; without it, what comes first.
        id: Option<String>,
        /// Who takes it: an id of `voxgate telecallers list`.
        #[arg(long, value_name = "ID")]
        telecaller: Option<String>,
        /// The queue that it is to come from.
        #[arg(long, conflicts_with = "id")]
        queue: Option<String>,
        /// Print the task as JSON, with all that is known of its call.
        #[arg(long)]
        json: bool,
    },
    /// Say what came of a task.
    Resolve {
        /// The task.
        id: String,
        /// What came of it, in a word or a few, as in reached.
        #[arg(long)]
        outcome: String,
        /// What the attempt came to after all: its disposition from now on, as in completed.
        #[arg(long)]
        disposition: Option<String>,
        /// What others should know.
        #[arg(long)]
        note: Option<String>,
    },
    /// Give a task back to the queue.
    GiveBack {
        /// The task.
        id: String,
        /// Not to be taken up before this time, as in 2026-12-01T10:30:00-08:00.
        #[arg(long, value_name = "TIME")]
        call_back_at: Option<String>,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "task_id"),
    ("PRIORITY", "priority"),
    ("REASON", "reason"),
    ("STATE", "state"),
    ("NUMBER", "context.to"),
    ("QUEUE", "queue"),
    ("TELECALLER", "telecaller_id"),
    ("SINCE", "created_at"),
];

impl Tasks {
    pub(super) fn run(&self) -> ExitCode {
        if let Verb::Take { telecaller: None, .. } = self.verb {
            return super::misused(
                "who takes it? Give --telecaller ID: `voxgate telecallers list` shows the ids, `voxgate telecallers add \
                 NAME` adds somebody",
            );
        }
        self.remote.run(async |client| self.verb.ask(client).await)
    }
}

impl Verb {
    async fn ask(&self, client: &Client) -> Result<ExitCode, ClientError> {
        match self {
            Self::List { state, queue, telecaller, json } => {
                let query = [
                    ("state", state.as_deref()),
                    ("queue", queue.as_deref()),
                    ("telecaller_id", telecaller.as_deref()),
                ];
                let rows = client.list("/v1/manual-tasks", &query).await?;
                print!("{}", if *json { json_lines(&rows) } else { table(COLUMNS, &rows) });
                Ok(ExitCode::SUCCESS)
            }
            Self::Take { id, telecaller, queue, json } => {
                let task = take(client, id.as_deref(), telecaller.as_deref(), queue.as_deref()).await?;
                match task {
                    Some(task) if *json => println!("{task}"),
                    Some(task) => println!("{}", taken(&task)),
                    None => println!("nothing waits"),
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Resolve { id, outcome, disposition, note } => {
                let body = json!({"outcome": outcome, "disposition": disposition, "note": note});
                change(client, id, "resolve", &body).await
            }
            Self::GiveBack { id, call_back_at } => {
                change(client, id, "give-back", &json!({"call_back_at": call_back_at})).await
            }
        }
    }
}

async fn take(
    client: &Client,
    id: Option<&str>,
    telecaller: Option<&str>,
    queue: Option<&str>,
) -> Result<Option<Value>, ClientError> {
    let Some(id) = id else {
        let who = json!({"telecaller_id": telecaller, "queue": queue});
        let mut taken = client.post("/v1/manual-tasks/take", &who).await?;
        return Ok(Some(taken["task"].take()).filter(|task| !task.is_null()));
    };
    let path = format!("/v1/manual-tasks/{}/take", part(id));
    client.post(&path, &json!({"telecaller_id": telecaller})).await.map(Some)
}

/// What was taken, and whom to call, in a line.
fn taken(task: &Value) -> String {
    let field = |name| cell(task, name);
    format!(
        "{}: call {} ({}, {}); yours until {}",
        field("task_id"),
        field("context.to"),
        field("reason"),
        field("priority"),
        field("lease_until")
    )
}

/// Changes a task; one that is over says what came of it.
async fn change(client: &Client, id: &str, verb: &str, body: &Value) -> Result<ExitCode, ClientError> {
    let changed = client.post(&format!("/v1/manual-tasks/{}/{verb}", part(id)), body).await;
    let task = match changed {
        Err(error) if error.is("illegal_transition") => {
            let stands = client.get(&format!("/v1/manual-tasks/{}", part(id)), &[]).await?;
            return Ok(super::failed(unmoved(id, &stands)));
        }
        changed => changed?,
    };
    println!("{id} is {}", cell(&task, "state"));
    Ok(ExitCode::SUCCESS)
}

/// Why a task is not changed, by where it stands.
fn unmoved(id: &str, task: &Value) -> String {
    match cell(task, "state").as_str() {
        "resolved" => format!("{id} is resolved already, on {}: {}", cell(task, "resolved_at"), cell(task, "outcome")),
        "open" => format!("nobody has {id}: take it first with `voxgate tasks take {id} --telecaller ID`"),
        state => format!("{id} is {state}: nothing is changed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::client::tests::Counterpart;

    #[tokio::test]
    async fn a_task_is_taken_in_a_line() {
        let task = json!({"task_id": "task-1", "reason": "busy", "priority": "low", "context": {"to": "+12065550115"},
            "lease_until": "2026-12-01T10:30:00Z"});
        let counterpart = Counterpart::answering(200, &json!({"task": task}).to_string()).await;
        let found = take(&counterpart.client, None, Some("agent-1"), None).await.unwrap().unwrap();
        assert_eq!(taken(&found), "task-1: call +12065550115 (busy, low); yours until 2026-12-01T10:30:00Z");
        let nothing = Counterpart::answering(200, "{\"task\": null}").await;
        assert_eq!(take(&nothing.client, None, Some("agent-1"), None).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_task_that_is_resolved_already_says_so() {
        let no = json!({"code": "illegal_transition", "detail": "resolved does not lead to resolved"}).to_string();
        let stands =
            json!({"state": "resolved", "outcome": "reached", "resolved_at": "2026-12-01T10:30:00Z"}).to_string();
        let counterpart = Counterpart::serving(move |path| match path.ends_with("/resolve") {
            true => (409, no.clone()),
            false => (200, stands.clone()),
        })
        .await;
        assert_eq!(change(&counterpart.client, "task-1", "resolve", &json!({})).await.unwrap(), ExitCode::FAILURE);
        let row = json!({"state": "resolved", "outcome": "reached", "resolved_at": "2026-12-01T10:30:00Z"});
        assert_eq!(unmoved("task-1", &row), "task-1 is resolved already, on 2026-12-01T10:30:00Z: reached");
        assert!(unmoved("task-1", &json!({"state": "open"})).contains("take it first"));
    }
}
