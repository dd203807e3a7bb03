//! Whole calls on virtual time: a session core, a simulated far end, and a callee who does what the row says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of event among all")]

mod harness;
mod histories;
mod journal;
mod keys;
mod lines;
mod scenarios;
