//! Voice activity detection: whether a frame holds speech.

use webrtc_vad::{SampleRate, Vad as Engine, VadMode};

use crate::frame::Frame;

/// The engine takes the first frames with any sound in them for speech, whatever they hold: it learns the background
/// from them. Counted so, a line that opens with noise would begin with an utterance of 80 ms.
const LEARNING: u8 = 4;

/// Tells speech from everything else, frame by frame.
pub trait Vad {
    /// Whether this frame, the next of its stream, holds speech.
    fn is_speech(&mut self, frame: &Frame) -> bool;

    /// Forgets what was learned of the background: the next frame begins a new stream.
    fn reset(&mut self);
}

/// The detector of the WebRTC project in its mode 2 ("aggressive"), the one with the fewest false alarms on telephone
/// audio in noise that still hears soft speech. It learns the background from the first 80 ms of sound and hears no
/// speech in them. 1–4 µs a frame; not `Send`.
pub struct WebRtcVad {
    engine: Engine,
    /// Verdicts of speech still to be disbelieved.
    learning: u8,
}

impl WebRtcVad {
    /// A detector at the start of a stream. Allocates; nothing after this does.
    #[must_use]
    pub fn new() -> Self {
        Self { engine: Engine::new_with_rate_and_mode(SampleRate::Rate8kHz, VadMode::Aggressive), learning: LEARNING }
    }
}

impl Default for WebRtcVad {
    fn default() -> Self {
        Self::new()
    }
}

impl Vad for WebRtcVad {
    fn is_speech(&mut self, frame: &Frame) -> bool {
        // The engine refuses only lengths that a frame cannot have.
        let speech = matches!(self.engine.is_voice_segment(frame.samples()), Ok(true));
        if speech && self.learning > 0 {
            self.learning -= 1;
            return false;
        }
        speech
    }

    fn reset(&mut self) {
        // The engine's own reset falls back to mode 0.
        self.engine.reset();
        self.engine.set_mode(VadMode::Aggressive);
        self.learning = LEARNING;
    }
}

impl std::fmt::Debug for WebRtcVad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebRtcVad").finish_non_exhaustive()
    }
}
