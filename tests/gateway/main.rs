//! A whole gateway over its real sockets: a simulated network on one side, bad peers and bad input on the other.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod conversation;
mod house;
mod media_peers;
mod orders;
mod outcomes;
mod peer;
mod sound;
mod speech;
mod starting;
mod switchboard;
