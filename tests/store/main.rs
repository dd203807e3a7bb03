//! The store, on SQLite and on PostgreSQL: one suite, both kinds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod attempts;
mod bed;
mod both;
mod calls;
mod outcomes;
mod people;
mod pick_up;
mod postgres;
mod processes;
mod shelves;
mod trouble;
