//! Section `telemetry`.

use tracing_subscriber::EnvFilter;

use super::section::{Finding, section};

section! {
    /// What is logged.
    pub struct Telemetry {
        /// Levels by module, as in `info` or `info,voxgate::calls=debug`.
        log: String = "info".to_owned(),
    }
}

impl Telemetry {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let unreadable = |error| ("log", format!("\"{}\" cannot be read as levels by module: {error}", self.log));
        EnvFilter::try_new(&self.log).err().map(unreadable).into_iter().collect()
    }
}
