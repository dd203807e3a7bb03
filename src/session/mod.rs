//! Sessions: pure session cores from `voxgate-core`, driven by sockets, timers and speech backends.
//!
//! The control plane announces a session in the [`Registry`]; a media worker claims it when its media arrives and drives
//! it to its end.

mod driver;
mod inbound;
mod registry;
mod speaking;
mod worker;

pub use registry::{Claim, ClaimError, Expected, Registry, SessionHandle, SessionNotice, SessionReport, SessionSpec};
pub use speaking::ClipSource;
pub use worker::{HandshakeCheck, MediaPlane, MediaSettings, Services, bind_to_cpu};
