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
        /// Who takes it.
        #[arg(long, value_name = "ID")]
        telecaller: String,
        /// The queue that it is to come from.
        #[arg(long, conflicts_with = "id")]
        queue: Option<String>,
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
            Self::Take { id: None, telecaller, queue } => {
                let taken =
                    client.post("/v1/manual-tasks/take", &json!({"telecaller_id": telecaller, "queue": queue})).await?;
                let task = &taken["task"];
                if task.is_null() {
                    println!("nothing waits")
                } else {
                    println!("{task:#}")
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Take { id: Some(id), telecaller, .. } => {
                let path = format!("/v1/manual-tasks/{}/take", part(id));
                let task = client.post(&path, &json!({"telecaller_id": telecaller})).await?;
                println!("{task:#}");
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

async fn change(client: &Client, id: &str, verb: &str, body: &Value) -> Result<ExitCode, ClientError> {
    let task = client.post(&format!("/v1/manual-tasks/{}/{verb}", part(id)), body).await?;
    println!("{id} is {}", cell(&task, "state"));
    Ok(ExitCode::SUCCESS)
}
