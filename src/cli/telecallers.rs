//! `voxgate telecallers`: the people who take up tasks.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::{Client, ClientError, Remote, part};
use super::shown::{cell, json_lines, table};

/// The people who take up tasks.
#[derive(Debug, Args)]
pub(super) struct Telecallers {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them, with how many tasks they have.
    List {
        /// Print JSON, one telecaller a line.
        #[arg(long)]
        json: bool,
    },
    /// Add one, who is offline at first.
    Add {
        /// The name.
        name: String,
    },
    /// Say where one stands: offline, available, reserved, on_call, wrap_up. Tasks go to who is available and has fewest.
    Set {
        /// The telecaller.
        id: String,
        /// The state.
        state: String,
    },
}

const COLUMNS: &[(&str, &str)] =
    &[("ID", "telecaller_id"), ("NAME", "name"), ("STATE", "state"), ("SINCE", "since"), ("TASKS", "tasks")];

impl Telecallers {
    pub(super) fn run(&self) -> ExitCode {
        self.remote.run(async |client| self.verb.ask(client).await)
    }
}

impl Verb {
    async fn ask(&self, client: &Client) -> Result<ExitCode, ClientError> {
        match self {
            Self::List { json } => {
                let rows = client.list("/v1/telecallers", &[]).await?;
                print!("{}", if *json { json_lines(&rows) } else { table(COLUMNS, &rows) });
            }
            Self::Add { name } => {
                let made = client.create("/v1/telecallers", &json!({"name": name})).await?;
                println!("{}", added(name, &cell(&made, "telecaller_id")));
            }
            Self::Set { id, state } => {
                let path = format!("/v1/telecallers/{}/state", part(id));
                let set = client.post(&path, &json!({"state": state})).await?;
                println!("{id} is {}", cell(&set, "state"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn added(name: &str, id: &str) -> String {
    format!("{id}: {name} is offline; `voxgate telecallers set {id} available` lets tasks come")
}
