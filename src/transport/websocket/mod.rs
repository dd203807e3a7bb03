//! Media over WebSocket: one socket, one dialect per vendor.

mod handshake;
mod socket;
pub mod twilio;

pub use handshake::{Greeting, Refused, Upgrade, accept};
pub use socket::{Received, Socket};
