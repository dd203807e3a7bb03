//! The recording as the session sees it: two tracks on one timeline, cut into blocks as they become final.

use voxgate_media::time::Samples;

/// A stretch of the recording that will not change any more. μ-law, both tracks of the same length.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it begins on the session's timeline.
    pub at: Samples,
    /// What the callee said.
    pub callee: Vec<u8>,
    /// What the callee heard of us.
    pub ours: Vec<u8>,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({} ms + {} ms)", self.at.as_ms(), Samples(self.callee.len() as u64).as_ms())
    }
}
