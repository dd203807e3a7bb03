//! Section `retry`.

use std::time::Duration;

use voxgate_core::calls::RetryPolicy;

use super::micros;
use super::section::{Finding, section};

section! {
    /// Request retries: repeating one request to a provider. A dial is repeated only if it provably was not taken.
    pub struct Retry {
        /// Repetitions after the first try, 0 to 20.
        max_retries: u32 = 3,
        /// Before the first repetition, in seconds. A provider's own `Retry-After` wins where it is longer.
        initial_delay: Duration = Duration::from_secs(1),
        /// Each further wait is this many times the one before, 1 to 10.
        backoff_factor: f64 = 2.0,
    }
}

impl Retry {
    /// The same for the machine of an attempt.
    #[must_use]
    pub fn policy(&self) -> RetryPolicy {
        RetryPolicy {
            max_retries: self.max_retries,
            initial_delay: micros(self.initial_delay),
            backoff_factor: self.backoff_factor,
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.max_retries > 20 {
            findings.push(("max_retries", "must be from 0 to 20".to_owned()));
        }
        if self.initial_delay > Duration::from_secs(3_600) {
            findings.push(("initial_delay", "must be at most 3600 s".to_owned()));
        }
        if !(1.0..=10.0).contains(&self.backoff_factor) {
            findings.push((
                "backoff_factor",
                format!("{} is not within 1 to 10: waits must not shrink", self.backoff_factor),
            ));
        }
        findings
    }
}
