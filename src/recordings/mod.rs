//! Recordings: what was said and heard, as WAV files that open after a crash at any moment.

mod seal;
mod wav;
mod writer;

pub use seal::{Seal, hash_file, seal};
pub use writer::{Recorder, Recording, RecordingInfo};
