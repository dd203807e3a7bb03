//! Playout: what we say, cut into messages, by utterance.
//!
//! A [`Clip`] is one prompt's audio, encoded once and shared by every call that says it. A [`Playout`] walks through
//! the clips of one utterance and hands out [`Chunk`]s that point into them: nothing is copied or allocated per frame.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::frame::FRAME_SAMPLES;
use crate::g711::{ULAW_SILENCE, encode_ulaw};
use crate::time::Samples;

/// One prompt's audio: G.711 μ-law at 8 kHz in whole 20 ms frames.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip {
    ulaw: Box<[u8]>,
}

impl Clip {
    /// Encodes linear samples at 8 kHz; the last frame is filled up with silence.
    #[must_use]
    pub fn from_pcm(samples: &[i16]) -> Self {
        let mut ulaw = vec![ULAW_SILENCE; samples.len().next_multiple_of(FRAME_SAMPLES)];
        encode_ulaw(samples, &mut ulaw[..samples.len()]);
        Self { ulaw: ulaw.into_boxed_slice() }
    }

    /// Takes encoded samples; the last frame is filled up with silence.
    #[must_use]
    pub fn from_ulaw(mut ulaw: Vec<u8>) -> Self {
        ulaw.resize(ulaw.len().next_multiple_of(FRAME_SAMPLES), ULAW_SILENCE);
        Self { ulaw: ulaw.into_boxed_slice() }
    }

    /// The encoded audio, one byte a sample.
    #[must_use]
    pub fn ulaw(&self) -> &[u8] {
        &self.ulaw
    }

    /// Its length.
    #[must_use]
    pub fn len(&self) -> Samples {
        Samples(self.ulaw.len() as u64)
    }

    /// Whether there is no audio in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ulaw.is_empty()
    }
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clip({} ms)", self.len().as_ms())
    }
}

/// A stretch of a clip, to be sent as one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    clip: Arc<Clip>,
    range: Range<u32>,
}

impl Chunk {
    /// The encoded audio, one byte a sample; whole frames.
    #[must_use]
    pub fn ulaw(&self) -> &[u8] {
        &self.clip.ulaw[self.range.start as usize..self.range.end as usize]
    }

    /// Its length.
    #[must_use]
    pub fn len(&self) -> Samples {
        Samples(u64::from(self.range.end - self.range.start))
    }

    /// Whether it is empty; a playout hands out none that is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }
}

/// Walks through the clips of one utterance.
#[derive(Debug, Default)]
pub struct Playout {
    clips: VecDeque<Arc<Clip>>,
    /// Position in the first clip.
    offset: usize,
    /// Everything before the first clip.
    passed: u64,
}

impl Playout {
    /// Forgets the last utterance and begins a new one with no audio yet.
    pub fn begin(&mut self) {
        self.clips.clear();
        self.offset = 0;
        self.passed = 0;
    }

    /// Adds the utterance's next clip.
    pub fn push(&mut self, clip: Arc<Clip>) {
        if !clip.is_empty() {
            self.clips.push_back(clip);
        }
    }

    /// How much of the utterance was handed out.
    #[must_use]
    pub fn position(&self) -> Samples {
        Samples(self.passed + self.offset as u64)
    }

    /// Whether everything that was pushed has been handed out.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.clips.is_empty()
    }

    /// The next stretch, at most `frames` frames long, never across the end of a clip.
    pub fn next_chunk(&mut self, frames: usize) -> Option<Chunk> {
        let clip = self.clips.front()?;
        let end = (self.offset + frames * FRAME_SAMPLES).min(clip.ulaw.len());
        let chunk = Chunk { clip: Arc::clone(clip), range: self.offset as u32..end as u32 };
        self.offset = end;
        if end == clip.ulaw.len() {
            self.finish_clip();
        }
        Some(chunk)
    }

    fn finish_clip(&mut self) {
        if let Some(clip) = self.clips.pop_front() {
            self.passed += clip.len().0;
            self.offset = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clip of `frames` frames whose every byte is `fill`.
    fn clip(frames: usize, fill: u8) -> Arc<Clip> {
        Arc::new(Clip::from_ulaw(vec![fill; frames * FRAME_SAMPLES]))
    }

    fn lengths(playout: &mut Playout, frames: usize) -> Vec<(u8, usize)> {
        std::iter::from_fn(|| playout.next_chunk(frames))
            .map(|c| (c.ulaw()[0], c.ulaw().len() / FRAME_SAMPLES))
            .collect()
    }

    #[test]
    fn chunks_never_cross_the_end_of_a_clip() {
        let mut playout = Playout::default();
        playout.push(clip(3, 1));
        playout.push(clip(2, 2));
        assert_eq!(lengths(&mut playout, 2), [(1, 2), (1, 1), (2, 2)]);
        assert!(playout.is_exhausted());
        assert_eq!(playout.position(), Samples(5 * 160));
    }

    #[test]
    fn a_new_utterance_begins_with_nothing() {
        let mut playout = Playout::default();
        playout.push(clip(3, 1));
        playout.next_chunk(1);
        playout.begin();
        assert!(playout.next_chunk(1).is_none());
        assert_eq!(playout.position(), Samples(0));
    }

    #[test]
    fn a_short_last_frame_is_filled_with_silence() {
        let clip = Clip::from_pcm(&[1_000; 161]);
        assert_eq!(clip.len(), Samples(320));
        assert!(clip.ulaw()[161..].iter().all(|&b| b == ULAW_SILENCE));
    }
}
