//! The store, on SQLite and on PostgreSQL: one suite, both kinds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bed;
mod both;
mod calls;
mod postgres;
