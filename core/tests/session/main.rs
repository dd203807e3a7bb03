//! Whole calls on virtual time: a session core, a simulated far end, and a callee who does what the row says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;
mod histories;
mod journal;
mod scenarios;
