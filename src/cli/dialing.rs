//! `voxgate stop-dialing` and `voxgate resume-dialing`: no dial of any process goes out between the two.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::client::Remote;

/// Whether anybody is dialed.
#[derive(Debug, Args)]
pub(super) struct Dialing {
    #[command(flatten)]
    remote: Remote,
}

impl Dialing {
    /// Stops all dialing, within a second and across restarts. Calls that are under way go on.
    pub(super) fn stop(&self) -> ExitCode {
        self.tell("/v1/actions/stop-dialing", "dialing is stopped; `voxgate resume-dialing` lets it go on")
    }

    /// Lets dialing go on.
    pub(super) fn resume(&self) -> ExitCode {
        self.tell("/v1/actions/resume-dialing", "dialing goes on")
    }

    fn tell(&self, path: &str, done: &str) -> ExitCode {
        self.remote.run(async |client| {
            client.post(path, &json!({})).await?;
            println!("{done}");
            Ok(ExitCode::SUCCESS)
        })
    }
}
