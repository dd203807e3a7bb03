//! `voxgate keys`: who may use the API, and what for.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::{Client, ClientError, Remote, part};
use super::shown::{cell, json_lines, table};

/// Who may use the API, and what for.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key. It is shown once and never again.
    Create {
        /// Whose key it is.
        name: String,
        /// What it may do; may be repeated: admin, operator, author, telecaller, compliance, integrator.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List keys, without what makes them keys.
    List {
        /// Print JSON, one key a line.
        #[arg(long)]
        json: bool,
    },
    /// Make a key worthless, at once and for good.
    Revoke {
        /// The key's name in the list.
        id: String,
    },
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "key_id"),
    ("NAME", "name"),
    ("ROLES", "roles"),
    ("CREATED", "created_at"),
    ("LAST USED", "last_used_at"),
    ("REVOKED", "revoked_at"),
];

impl Keys {
    pub(super) fn run(&self) -> ExitCode {
        self.remote.run(async |client| self.verb.ask(client).await)
    }
}

impl Verb {
    async fn ask(&self, client: &Client) -> Result<ExitCode, ClientError> {
        match self {
            Self::Create { name, roles, json } => {
                let made = client.create("/v1/keys", &json!({"name": name, "roles": roles})).await?;
                match json {
                    true => println!("{made}"),
                    false => println!("{}", cell(&made, "key")),
                }
                eprintln!("keep it now: it is not shown again");
            }
            Self::List { json } => {
                let rows = client.list("/v1/keys", &[]).await?;
                print!("{}", if *json { json_lines(&rows) } else { table(COLUMNS, &rows) });
            }
            Self::Revoke { id } => {
                client.post(&format!("/v1/keys/{}/revoke", part(id)), &json!({})).await?;
                println!("{id} lets nobody in any more");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
