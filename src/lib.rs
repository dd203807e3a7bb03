//! voxgate: a real-time voice media gateway for outbound calls.

pub mod speech;
pub mod transport;
