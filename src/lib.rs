//! voxgate: a real-time voice media gateway for outbound calls.

pub mod clock;
pub mod speech;
pub mod transport;
