//! Telephone audio as pure functions and machines: no runtime, no clock, no I/O, no allocation per frame.
//! The unit of work is a [`Frame`], 20 ms of 8 kHz linear audio, and time is counted in [`Samples`], never in seconds.
//! Whatever delays or buffers says by how much in a method.

pub mod beep;
pub mod conceal;
pub mod dtmf;
pub mod endpoint;
pub mod frame;
pub mod g711;
pub mod level;
pub mod playout;
pub mod rate;
pub mod resample;
pub mod time;
pub mod vad;

pub use conceal::Concealer;
pub use endpoint::{Activity, EndpointConfig, Endpointer};
pub use frame::{FRAME_MS, FRAME_SAMPLES, Frame};
pub use rate::Rate;
pub use resample::{Resampler, resample_clip};
pub use time::Samples;
pub use vad::{Vad, WebRtcVad};
