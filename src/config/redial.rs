//! Section `redial`.

use std::time::Duration;

use voxgate_core::calls::{Backoff, RedialPolicy, RedialRule};

use super::millis;
use super::section::{Finding, section};

/// However often a wait was multiplied, a call is not put off for longer than a week.
const LONGEST_WAIT_MS: u64 = 7 * 86_400_000;

section! {
    /// Redials: new attempts of a call that reached nobody, minutes to hours after the one before.
    pub struct Redial {
        /// Redials of a call after no answer or a machine, 0 to 20.
        no_answer: u32 = 2,
        /// Before the first of them, in seconds.
        no_answer_delay: Duration = Duration::from_secs(900),
        /// Each further wait is this many times the one before, 1 to 10.
        no_answer_factor: f64 = 2.0,
        /// Redials of a call after a busy line, 0 to 20.
        busy: u32 = 2,
        /// Before the first of them, in seconds.
        busy_delay: Duration = Duration::from_secs(900),
        /// Each further wait is this many times the one before, 1 to 10.
        busy_factor: f64 = 2.0,
        /// Redials of a call after a failure that passes: network, timeout, media or speech, an open breaker; 0 to 20.
        transient: u32 = 1,
        /// Before the first of them, in seconds.
        transient_delay: Duration = Duration::from_secs(300),
        /// Each further wait is this many times the one before, 1 to 10.
        transient_factor: f64 = 2.0,
    }
}

impl Redial {
    /// The same for the policy of calls.
    #[must_use]
    pub fn policy(&self) -> RedialPolicy {
        let rule = |max, first, factor| RedialRule {
            max,
            backoff: Backoff { first_ms: millis(first), factor, longest_ms: LONGEST_WAIT_MS },
        };
        RedialPolicy {
            no_answer: rule(self.no_answer, self.no_answer_delay, self.no_answer_factor),
            busy: rule(self.busy, self.busy_delay, self.busy_factor),
            transient: rule(self.transient, self.transient_delay, self.transient_factor),
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (key, most) in [("no_answer", self.no_answer), ("busy", self.busy), ("transient", self.transient)] {
            if most > 20 {
                findings.push((key, format!("{most} is not within 0 to 20 redials")));
            }
        }
        let delays = [
            ("no_answer_delay", self.no_answer_delay),
            ("busy_delay", self.busy_delay),
            ("transient_delay", self.transient_delay),
        ];
        for (key, delay) in delays {
            if delay > Duration::from_secs(7 * 86_400) {
                findings.push((key, "must be at most 604800 s, which is a week".to_owned()));
            }
        }
        let factors = [
            ("no_answer_factor", self.no_answer_factor),
            ("busy_factor", self.busy_factor),
            ("transient_factor", self.transient_factor),
        ];
        for (key, factor) in factors {
            if !(1.0..=10.0).contains(&factor) {
                findings.push((key, format!("{factor} is not within 1 to 10: waits must not shrink")));
            }
        }
        findings
    }
}
