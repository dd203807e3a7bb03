//! Section `telemetry`.

use std::path::PathBuf;

use tracing_subscriber::EnvFilter;

use super::section::{Finding, section};
use super::value::Console;

section! {
    /// What is logged.
    pub struct Telemetry {
        /// Levels by module, as in `info` or `info,voxgate::calls=debug`. At `debug` and below, numbers are not masked.
        log: String = "info".to_owned(),
        /// File that log lines are appended to, as JSON. Default: `logs.jsonl` below `store.dir`.
        file: PathBuf = PathBuf::from("voxgate-data/logs.jsonl"),
        /// What standard error shows: `none`, `plain` lines for people, or the `json` lines of the file.
        console: Console = Console::None,
    }
}

impl Telemetry {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let unreadable = |error| ("log", format!("\"{}\" cannot be read as levels by module: {error}", self.log));
        EnvFilter::try_new(&self.log).err().map(unreadable).into_iter().collect()
    }
}
