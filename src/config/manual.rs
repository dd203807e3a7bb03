//! Section `manual`.

use std::time::Duration;

use super::section::{Finding, section};

section! {
    /// The manual queue: calls that could not be completed, for people to take up.
    pub struct Manual {
        /// How long a task stays with the person it was assigned to before somebody else may take it, in seconds.
        lease: Duration = Duration::from_secs(900),
    }
}

impl Manual {
    pub(super) fn findings(&self) -> Vec<Finding> {
        if (10..=86_400).contains(&self.lease.as_secs()) {
            return Vec::new();
        }
        vec![("lease", format!("{} s is not within 10 to 86400 s", self.lease.as_secs_f64()))]
    }
}
