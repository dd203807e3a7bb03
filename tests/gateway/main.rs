//! A whole gateway over its real sockets: a simulated network on one side, bad peers and bad input on the other.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod conversation;
mod draining;
mod figures;
mod house;
mod knocks;
mod media_peers;
mod orders;
mod outcomes;
mod pair;
mod peer;
mod people;
#[expect(dead_code, reason = "shared with the tests of the store")]
#[path = "../store/postgres.rs"]
mod postgres;
mod promptness;
mod secrets;
#[path = "../store/small_disk.rs"]
mod small_disk;
mod sound;
mod speech;
mod starting;
mod strangers;
mod switchboard;
mod trouble;
