//! Legs: how a party's media reaches us.

mod leg;
pub mod websocket;

pub use leg::{Full, Incoming, Leg};
