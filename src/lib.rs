//! voxgate: a real-time voice media gateway for outbound calls.

pub mod app;
pub mod calls;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dialplans;
mod folders;
pub mod http;
pub mod journal;
mod lines;
pub mod meters;
pub mod metrics;
pub mod picture;
pub mod providers;
pub mod recordings;
pub mod session;
pub mod simulation;
pub mod speech;
pub mod store;
pub mod telemetry;
pub mod transport;
