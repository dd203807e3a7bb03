//! Recordings: what was said and heard, as WAV files that open after a crash at any moment.

mod retention;
mod seal;
mod wav;
mod writer;

pub use retention::remove;
pub use seal::{Seal, hash_file, seal};
pub use writer::{Recorder, Recording, RecordingInfo};
