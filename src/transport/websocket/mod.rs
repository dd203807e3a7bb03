//! Media over WebSocket: one dialect per vendor.

pub mod twilio;
