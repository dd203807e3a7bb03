//! `voxgate recordings`: find, fetch and check recordings. Each access is on record before a byte is handed out.

mod fetch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use voxgate_core::model::{NumberError, PhoneNumber};

use self::fetch::{fetch, verify};
use super::client::{Client, ClientError, Remote};
use super::shown::{json_lines, table};

/// Find, fetch and check recordings. Needs a key with the role compliance.
#[derive(Debug, Args)]
pub(super) struct Recordings {
    #[command(flatten)]
    remote: Remote,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List recordings, the latest first.
    Search(Search),
    /// Fetch one, and check it against the hash that it was sealed with.
    Fetch {
        /// The recording.
        id: String,
        /// Where to; without it, a file of its name here. What is there of it already is not fetched again.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Read recordings and compare each with the hash that it was sealed with.
    Verify {
        /// The recordings.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct Search {
    /// Of calls to this number.
    #[arg(long, value_parser = number)]
    number: Option<String>,
    /// Begun at this time or later, as in 2026-12-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Begun before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Of this campaign.
    #[arg(long)]
    campaign: Option<String>,
    /// Of calls with this script.
    #[arg(long)]
    dialplan: Option<String>,
    /// Of attempts that came to this.
    #[arg(long)]
    disposition: Option<String>,
    /// Print JSON, one recording a line.
    #[arg(long)]
    json: bool,
}

const COLUMNS: &[(&str, &str)] = &[
    ("ID", "recording_id"),
    ("BEGUN", "created_at"),
    ("NUMBER", "to"),
    ("DIALPLAN", "dialplan"),
    ("DISPOSITION", "disposition"),
    ("STATE", "state"),
    ("MS", "length_ms"),
    ("INCOMPLETE", "incomplete"),
];

fn number(text: &str) -> Result<String, String> {
    let number: PhoneNumber = text.parse().map_err(|error: NumberError| error.to_string())?;
    Ok(number.to_string())
}

impl Recordings {
    pub(super) fn run(&self) -> ExitCode {
        self.remote.run(async |client| match &self.verb {
            Verb::Search(search) => search.ask(client).await,
            Verb::Fetch { id, to } => {
                let to = to.clone().unwrap_or_else(|| PathBuf::from(format!("{}.wav", id.replace(['/', '.'], "_"))));
                let bytes = fetch(client, id, &to).await?;
                println!("{}: {bytes} bytes, as they were sealed", to.display());
                Ok(ExitCode::SUCCESS)
            }
            Verb::Verify { ids } => {
                let mut worst = ExitCode::SUCCESS;
                for id in ids {
                    match verify(client, id).await {
                        Ok(bytes) => println!("{id}: {bytes} bytes, as they were sealed"),
                        Err(error @ ClientError::Altered(_)) => {
                            println!("{error}");
                            worst = ExitCode::FAILURE;
                        }
                        Err(error) => return Err(error),
                    }
                }
                Ok(worst)
            }
        })
    }
}

impl Search {
    async fn ask(&self, client: &Client) -> Result<ExitCode, ClientError> {
        let query = [
            ("to", self.number.as_deref()),
            ("since", self.since.as_deref()),
            ("until", self.until.as_deref()),
            ("campaign", self.campaign.as_deref()),
            ("dialplan", self.dialplan.as_deref()),
            ("disposition", self.disposition.as_deref()),
        ];
        let rows = client.list("/v1/recordings", &query).await?;
        print!("{}", if self.json { json_lines(&rows) } else { table(COLUMNS, &rows) });
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_to_search_for_is_checked_as_one_to_dial() {
        assert_eq!(number("+12065550110").unwrap(), "+12065550110");
        assert!(number("2065550110").unwrap_err().contains("begins with +"));
    }
}
