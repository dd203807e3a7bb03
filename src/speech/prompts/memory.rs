//! Clips in memory, the least recently used of them given up when there are too many bytes.

use std::collections::HashMap;
use std::sync::Arc;

use voxgate_media::playout::Clip;

use super::key::Key;

pub(super) struct Memory {
    clips: HashMap<Key, (Arc<Clip>, u64)>,
    bytes: usize,
    limit: usize,
    /// Counts uses: the clip with the smallest number has waited longest.
    uses: u64,
}

impl Memory {
    pub(super) fn new(limit: usize) -> Self {
        Self { clips: HashMap::new(), bytes: 0, limit, uses: 0 }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<Clip>> {
        let (clip, used) = self.clips.get_mut(key)?;
        self.uses += 1;
        *used = self.uses;
        Some(Arc::clone(clip))
    }

    pub(super) fn put(&mut self, key: Key, clip: Arc<Clip>) {
        self.uses += 1;
        self.bytes += clip.ulaw().len();
        if let Some((replaced, _)) = self.clips.insert(key, (clip, self.uses)) {
            self.bytes -= replaced.ulaw().len();
        }
        while self.bytes > self.limit && self.clips.len() > 1 {
            self.drop_oldest();
        }
    }

    /// A look at every clip: some hundreds, and only when one was just made.
    fn drop_oldest(&mut self) {
        let oldest = self.clips.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
        if let Some((clip, _)) = oldest.and_then(|key| self.clips.remove(&key)) {
            self.bytes -= clip.ulaw().len();
        }
    }
}
