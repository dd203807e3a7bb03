//! Section `recordings`.

use std::path::PathBuf;

use super::section::{Finding, section};

section! {
    /// Recordings of calls: 16-bit stereo WAV at 8 kHz, the callee left, what the callee heard of us right.
    pub struct Recordings {
        /// Folder that they are written to; made where it is missing. Default: `recordings` below `store.dir`.
        dir: PathBuf = PathBuf::from("voxgate-data/recordings"),
        /// Whether calls are recorded.
        enabled: bool = true,
        /// Days that a recording is kept after its call, 1 to 36500.
        retention_days: u32 = 90,
    }
}

impl Recordings {
    pub(super) fn findings(&self) -> Vec<Finding> {
        if (1..=36_500).contains(&self.retention_days) {
            return Vec::new();
        }
        vec![("retention_days", format!("{} is not within 1 to 36500 days", self.retention_days))]
    }
}
