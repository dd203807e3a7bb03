//! Section `alerts`.

use std::time::Duration;

use super::section::{Finding, section};

section! {
    /// What operators are told of while everything still works: as warnings in the log, and counted in the metrics.
    pub struct Alerts {
        /// A call that takes longer from the provider's token to its audio, the ringing aside, in seconds.
        call_setup: Duration = Duration::from_secs(5),
    }
}

impl Alerts {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let span = self.call_setup;
        if (Duration::from_millis(10)..=Duration::from_secs(600)).contains(&span) {
            return Vec::new();
        }
        vec![("call_setup", format!("{} s is not within 0.01 to 600 s", span.as_secs_f64()))]
    }
}
