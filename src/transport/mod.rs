//! Legs: how a party's media reaches us.

pub mod websocket;
