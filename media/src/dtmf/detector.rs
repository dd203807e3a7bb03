//! When a key counts as pressed, and when as let go.

use super::key::Key;
use super::spectrum::{BLOCK, Match, Spectrum};
use crate::frame::Frame;

/// Windows, one every 5 ms, that must agree before a key counts. A window agrees when some 14 of its 20 ms hold the
/// tone, so a tone of 40 ms yields at least six and one of 23 ms at most four.
const ACCEPT: u8 = 5;

/// Purity that at least one of them must have. A key has such a moment even in babble 15 dB below it; two harmonics of
/// a voice that happen to be a key's tones hardly ever.
const CLEAR: f32 = 0.85;

/// Windows without the key after which it is let go. An interruption of 10 ms costs four; the shortest pause between
/// two presses of a key (40 ms) at least nine.
const RELEASE: u8 = 7;

/// Finds keys in a stream of audio. Reports each press once, when it has lasted long enough to be one.
#[derive(Clone, Debug)]
pub struct Detector {
    spectrum: Spectrum,
    /// Reported and not yet let go.
    pressed: Option<Seen>,
    /// Seen, but not for long enough.
    rising: Option<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    key: Key,
    hits: u8,
    /// The greatest purity among them.
    purity: f32,
    /// Windows since the last hit.
    missed: u8,
}

impl Detector {
    /// A detector at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self { spectrum: Spectrum::new(), pressed: None, rising: None }
    }

    /// Takes in the next frame; tells the key whose press was accepted within it.
    pub fn push(&mut self, frame: &Frame) -> Option<Key> {
        let mut accepted = None;
        for block in frame.samples().as_chunks::<BLOCK>().0 {
            let seen = self.spectrum.push(block);
            // A frame has fewer windows than one key needs, so a second key cannot follow within it.
            accepted = accepted.or(self.on_window(seen));
        }
        accepted
    }

    /// Whether the key that was told last is still held.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.pressed.is_some()
    }

    /// Forgets the past: the next frame begins a new stream.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn on_window(&mut self, seen: Option<Match>) -> Option<Key> {
        self.pressed = age(self.pressed, seen);
        self.rising = age(self.rising, seen);
        let Match { key, purity } = seen?;
        if self.pressed.is_some_and(|pressed| pressed.key == key) {
            return None;
        }
        let rising = self.rising.filter(|rising| rising.key == key);
        let rising = rising.unwrap_or(Seen { key, hits: 1, purity, missed: 0 });
        if rising.hits < ACCEPT || rising.purity < CLEAR {
            self.rising = Some(rising);
            return None;
        }
        self.pressed = Some(rising);
        self.rising = None;
        Some(key)
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts the window for or against a key; none once it is let go.
fn age(known: Option<Seen>, seen: Option<Match>) -> Option<Seen> {
    let known = known?;
    if let Some(seen) = seen.filter(|seen| seen.key == known.key) {
        let hits = known.hits.saturating_add(1);
        return Some(Seen { hits, purity: known.purity.max(seen.purity), missed: 0, ..known });
    }
    let missed = known.missed + 1;
    (missed < RELEASE).then_some(Seen { missed, ..known })
}
