//! The HTTP API, asked in process: one file per resource, as in its tree.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod access;
mod actions;
mod attempts;
mod bench;
mod calls;
#[path = "../carrier/mod.rs"]
#[expect(dead_code, reason = "each test binary uses a part of the carrier")]
mod carrier;
mod dnc;
mod document;
mod envelope;
mod events;
mod health;
mod idempotency;
mod keys;
mod manual_tasks;
mod recordings;
mod served;
mod sessions;
mod stats;
mod story;
mod telecallers;
mod webhooks;
