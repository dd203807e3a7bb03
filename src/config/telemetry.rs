//! Section `telemetry`.

use super::section::section;

section! {
    /// What is logged.
    pub struct Telemetry {
        /// Levels by module, as in `info` or `info,voxgate::calls=debug`.
        log: String = "info".to_owned(),
    }
}
