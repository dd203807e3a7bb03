//! A simulated telephone network that speaks Twilio's own API from the carrier's side: calls are placed by REST, told of
//! by signed callbacks, and carried by Media Streams, of which the sandbox is the client.
//!
//! Its callees are personas in files, reached by a number plan; they know only what they hear, and speak recorded audio.
//! The gateway and the sandbox are joined by HTTP and WebSocket alone: this crate shares no code with the gateway except
//! the audio functions of `voxgate-media`, computes signatures with its own code, and reports what the real service would
//! have refused.
//!
//! | module | what it is |
//! |---|---|
//! | `rest` | the carrier's REST API, and the sandbox's own (`/sandbox/…`) |
//! | `network` | calls as machines, and what carries them |
//! | `callbacks` | signed forms to the gateway |
//! | `twiml` | documents that tell a call what to do |
//! | `stream` | a callee's end of a media stream: play-out, ear, mouth, line, socket |
//! | `personas` | who is called: files, number plan, clips, behaviour |
//! | `faults` | what goes wrong on demand |
//! | `report` | what was seen and measured |
//! | `bare` | a plain load of media sockets, for a reference |

pub mod bare;
mod calendar;
mod callbacks;
mod clock;
mod config;
mod error;
mod faults;
mod network;
mod personas;
pub mod report;
mod rest;
mod sandbox;
pub mod signature;
mod stream;
mod twiml;

pub use config::{ACCOUNT_SID, AUTH_TOKEN, Config};
pub use error::Error;
pub use faults::{Fault, FaultKind, Operation};
pub use personas::PersonaError;
pub use personas::plan::Number;
pub use report::Report;
pub use sandbox::Sandbox;
