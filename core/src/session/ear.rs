//! The ear: what the callee sends, as frames, with what voice-activity detection and key detection make of them.

use voxgate_media::dtmf::{Detector, Key};
use voxgate_media::endpoint::{Activity, EndpointConfig, Endpointer};
use voxgate_media::frame::{FRAME_MS, FRAME_SAMPLES, Frame};
use voxgate_media::vad::Vad;

use super::leg_clock::LegClock;
use super::settings::Settings;

/// Frames kept from before an onset: the onset is noticed late, and the first sound of a word matters most (300 ms).
const BEFORE_ONSET: usize = 15;

/// Listens to one leg.
pub(super) struct Ear {
    pub(super) clock: LegClock,
    partial: [u8; FRAME_SAMPLES],
    filled: usize,
    vad: Box<dyn Vad>,
    endpointer: Endpointer,
    keys: Option<Detector>,
    recent: [Frame; BEFORE_ONSET],
    newest: usize,
    speech_frames: u32,
}

/// What a frame brought.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) activity: Option<Activity>,
    pub(super) key: Option<Key>,
}

impl Ear {
    pub(super) fn new(settings: &Settings, vad: Box<dyn Vad>) -> Self {
        let config = EndpointConfig {
            end_silence_ms: settings.end_silence.as_ms() as u32,
            // How long a turn may last is the session's to say: recognisers may notice speech that we do not.
            max_speech_ms: u32::MAX,
            ..EndpointConfig::default()
        };
        Self {
            clock: LegClock::default(),
            partial: [0; FRAME_SAMPLES],
            filled: 0,
            vad,
            endpointer: Endpointer::new(config),
            keys: settings.inband_keys.then(Detector::new),
            recent: [Frame::SILENCE; BEFORE_ONSET],
            newest: 0,
            speech_frames: 0,
        }
    }

    /// Takes the next whole frame off `rest`; what is left of a frame is kept for the next packet.
    pub(super) fn next_frame(&mut self, rest: &mut &[u8]) -> Option<Frame> {
        let wanted = FRAME_SAMPLES - self.filled;
        if rest.len() < wanted {
            self.partial[self.filled..self.filled + rest.len()].copy_from_slice(rest);
            self.filled += rest.len();
            *rest = &[];
            return None;
        }
        let (head, tail) = rest.split_at(wanted);
        self.partial[self.filled..].copy_from_slice(head);
        self.filled = 0;
        *rest = tail;
        Some(Frame::from_ulaw(&self.partial))
    }

    /// Listens to a frame.
    pub(super) fn hear(&mut self, frame: &Frame) -> Heard {
        self.newest = (self.newest + 1) % BEFORE_ONSET;
        self.recent[self.newest] = *frame;
        let key = self.keys.as_mut().and_then(|keys| keys.push(frame));
        // A tone is no speech, however long its key is held.
        let tone = self.keys.as_ref().is_some_and(Detector::is_pressed);
        let speech = self.vad.is_speech(frame) && !tone;
        let activity = self.endpointer.push(speech);
        match activity {
            Some(Activity::Onset) => self.speech_frames = 0,
            None | Some(Activity::End { .. } | Activity::TooLong) => self.speech_frames += u32::from(speech),
        }
        Heard { activity, key }
    }

    /// Forgets what is being said: the next onset is that of speech from here on.
    pub(super) fn expect_onset(&mut self) {
        self.endpointer.reset();
    }

    /// The frames up to now, oldest first: an onset and what came shortly before it.
    pub(super) fn recent(&self) -> impl Iterator<Item = &Frame> {
        (1..=BEFORE_ONSET).map(|age| &self.recent[(self.newest + age) % BEFORE_ONSET])
    }

    /// How much speech there was since the onset, in ms.
    pub(super) fn speech_since_onset_ms(&self) -> u32 {
        self.speech_frames * FRAME_MS
    }
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ear").field("clock", &self.clock).field("endpointer", &self.endpointer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use voxgate_media::vad::WebRtcVad;

    use super::*;

    #[test]
    fn packets_of_any_length_become_whole_frames() {
        let mut ear = Ear::new(&Settings::default(), Box::new(WebRtcVad::new()));
        let sent: Vec<u8> = (0..1_000_u32).map(|k| (k % 251) as u8).collect();
        let mut heard = Vec::new();
        for packet in sent.chunks(77) {
            let mut rest = packet;
            while let Some(frame) = ear.next_frame(&mut rest) {
                heard.extend(frame.samples().map(voxgate_media::g711::ulaw_encode));
            }
            assert!(rest.is_empty());
        }
        let again: Vec<u8> =
            sent.iter().map(|&b| voxgate_media::g711::ulaw_encode(voxgate_media::g711::ulaw_decode(b))).collect();
        assert_eq!(heard, again[..960]);
    }

    #[test]
    fn the_frames_before_an_onset_are_kept_in_order() {
        let mut ear = Ear::new(&Settings::default(), Box::new(WebRtcVad::new()));
        for k in 0..40 {
            ear.hear(&Frame::from_samples(&[k; FRAME_SAMPLES]));
        }
        let firsts: Vec<i16> = ear.recent().map(|frame| frame.samples()[0]).collect();
        assert_eq!(firsts, (25..40).collect::<Vec<i16>>());
    }
}
