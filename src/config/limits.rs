//! Section `limits`.

use super::section::{Finding, section};

section! {
    /// What this deployment takes on.
    pub struct Limits {
        /// Calls that may be under way at once, from before the dial until they are proven over.
        sessions: u32 = 100,
    }
}

impl Limits {
    pub(super) fn findings(&self) -> Vec<Finding> {
        if self.sessions == 0 {
            return vec![("sessions", "0 would refuse every call: allow at least 1".to_owned())];
        }
        Vec::new()
    }
}
