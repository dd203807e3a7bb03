//! voxgate: a real-time voice media gateway for outbound calls.

pub mod clock;
pub mod journal;
pub mod meters;
pub mod recordings;

pub mod speech;
pub mod transport;
