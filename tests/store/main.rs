//! The store, on SQLite and on PostgreSQL: one suite, both kinds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod attempts;
mod backup;
mod bed;
mod both;
mod calls;
mod clock;
mod depths;
mod once;
mod outcomes;
mod people;
mod pick_up;
mod postgres;
mod processes;
mod queue;
mod shelves;
mod small_disk;
mod trouble;
