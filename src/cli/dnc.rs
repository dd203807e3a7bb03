//! `voxgate dnc`: numbers that are never dialed.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::{Client, ClientError, Remote, part};
use super::shown::{json_lines, table};

/// Numbers that are never dialed.
#[derive(Debug, Args)]
pub(super) struct Dnc {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them.
    List {
        /// Print JSON, one number a line.
        #[arg(long)]
        json: bool,
    },
    /// Add one: no later dial passes it.
    Add {
        /// The number, with + and country code.
        number: String,
        /// Why, for whoever asks later.
        #[arg(long)]
        reason: String,
    },
    /// Take one off. Who opted out must have asked for it.
    Remove {
        /// The number, with + and country code.
        number: String,
        /// Why, for whoever asks later.
        #[arg(long)]
        reason: Option<String>,
    },
}

const COLUMNS: &[(&str, &str)] = &[("NUMBER", "number"), ("SINCE", "at"), ("SOURCE", "source"), ("REASON", "reason")];

impl Dnc {
    pub(super) fn run(&self) -> ExitCode {
        self.remote.run(async |client| self.verb.ask(client).await)
    }
}

impl Verb {
    async fn ask(&self, client: &Client) -> Result<ExitCode, ClientError> {
        match self {
            Self::List { json } => {
                let rows = client.list("/v1/dnc", &[]).await?;
                print!("{}", if *json { json_lines(&rows) } else { table(COLUMNS, &rows) });
            }
            Self::Add { number, reason } => {
                client.create("/v1/dnc", &json!({"number": number, "reason": reason})).await?;
                println!("{number} is never dialed from now on");
            }
            Self::Remove { number, reason } => {
                client.delete(&format!("/v1/dnc/{}", part(number)), &[("reason", reason.as_deref())]).await?;
                println!("{number} may be dialed again");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
