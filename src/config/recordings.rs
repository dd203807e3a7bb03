//! Section `recordings`.

use std::path::PathBuf;

use super::section::section;

section! {
    /// Recordings of calls: 16-bit stereo WAV at 8 kHz, the callee left, what the callee heard of us right.
    pub struct Recordings {
        /// Folder that they are written to; made where it is missing.
        dir: PathBuf = PathBuf::from("voxgate-data/recordings"),
        /// Whether calls are recorded.
        enabled: bool = true,
    }
}
