//! Recordings: what was said and heard, as WAV files that open after a crash at any moment.

mod wav;
mod writer;

pub use writer::{Recorder, Recording, RecordingInfo};
