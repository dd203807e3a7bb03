//! What the callee puts on the line: clips, tones, keys, or nothing.

use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

use voxgate_media::frame::{FRAME_MS, FRAME_SAMPLES};
use voxgate_media::g711::{ULAW_SILENCE, ulaw_encode};

use crate::personas::clips::Clip;

/// From one key to the next: 240 ms, a quick finger.
const KEY_FRAMES: u32 = 12;
/// Peak of a tone: about -10 dBFS, the level of an answering machine's beep.
const TONE_PEAK: f32 = 10_000.0;

/// What has just happened at the mouth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// Speech begins with this frame.
    pub(super) onset: bool,
    /// Speech ended with this frame.
    pub(super) fell_silent: bool,
    /// A key is pressed now.
    pub(super) key: Option<char>,
    /// What was begun is over.
    pub(super) finished: bool,
}

/// The mouth and the finger of one callee.
#[derive(Debug, Default)]
pub(super) enum Mouth {
    #[default]
    Shut,
    Clip {
        clip: Arc<Clip>,
        frame: usize,
        for_ever: bool,
    },
    Tone {
        hz: f32,
        sample: u32,
        frames_left: u32,
    },
    Keys {
        keys: VecDeque<char>,
        wait: u32,
    },
}

impl Mouth {
    pub(super) fn say(clip: Arc<Clip>, for_ever: bool) -> Self {
        Self::Clip { clip, frame: 0, for_ever }
    }

    pub(super) fn press(keys: &str) -> Self {
        Self::Keys { keys: keys.chars().collect(), wait: 0 }
    }

    pub(super) fn tone(hz: u16, length: Duration) -> Self {
        let frames = u32::try_from(length.as_millis()).unwrap_or(u32::MAX) / FRAME_MS;
        Self::Tone { hz: f32::from(hz), sample: 0, frames_left: frames.max(1) }
    }

    /// Fills the next frame.
    pub(super) fn fill(&mut self, out: &mut [u8; FRAME_SAMPLES]) -> Said {
        out.fill(ULAW_SILENCE);
        let said = match self {
            Self::Shut => return Said::default(),
            Self::Clip { clip, frame, for_ever } => speak(clip, frame, *for_ever, out),
            Self::Tone { hz, sample, frames_left } => {
                tone(*hz, sample, out);
                *frames_left -= 1;
                Said { finished: *frames_left == 0, ..Said::default() }
            }
            Self::Keys { keys, wait } => press(keys, wait),
        };
        if said.finished {
            *self = Self::Shut;
        }
        said
    }
}

fn speak(clip: &Clip, frame: &mut usize, for_ever: bool, out: &mut [u8; FRAME_SAMPLES]) -> Said {
    let codes = clip.ulaw.get(*frame * FRAME_SAMPLES..).unwrap_or_default();
    let n = codes.len().min(FRAME_SAMPLES);
    out[..n].copy_from_slice(&codes[..n]);
    let now = *frame;
    *frame += 1;
    let at_end = codes.len() <= FRAME_SAMPLES;
    if at_end && for_ever {
        *frame = 0;
    }
    Said {
        onset: now == clip.onset_frame,
        fell_silent: now == clip.last_frame && !for_ever,
        key: None,
        finished: at_end && !for_ever,
    }
}

fn tone(hz: f32, sample: &mut u32, out: &mut [u8; FRAME_SAMPLES]) {
    for code in out {
        // Whole cycles per second come back every 8000 samples, so the phase stays small and exact.
        let turns = hz * (*sample % 8000) as f32 / 8000.0;
        #[expect(clippy::cast_possible_truncation, reason = "the peak is within i16")]
        let value = (TONE_PEAK * (turns * TAU).sin()) as i16;
        *code = ulaw_encode(value);
        *sample += 1;
    }
}

fn press(keys: &mut VecDeque<char>, wait: &mut u32) -> Said {
    if *wait > 0 {
        *wait -= 1;
        return Said { finished: keys.is_empty() && *wait == 0, ..Said::default() };
    }
    *wait = KEY_FRAMES - 1;
    Said { key: keys.pop_front(), ..Said::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personas::clips::{Clips, level_dbfs};

    fn run(mouth: &mut Mouth, frames: usize) -> Vec<(usize, Said)> {
        let mut out = [0; FRAME_SAMPLES];
        (0..frames).map(|n| (n, mouth.fill(&mut out))).filter(|(_, said)| *said != Said::default()).collect()
    }

    #[test]
    fn keys_are_pressed_one_after_the_other() {
        let mut mouth = Mouth::press("12");
        let key = |key| Said { key: Some(key), ..Said::default() };
        let finished = Said { finished: true, ..Said::default() };
        assert_eq!(run(&mut mouth, 60), [(0, key('1')), (12, key('2')), (23, finished)]);
    }

    #[test]
    fn a_clip_tells_when_speech_begins_and_ends() {
        let clip = Clips::embedded().expect("the shipped clips open").get("slt/yes").expect("a shipped clip");
        let (onset, last) = (clip.onset_frame, clip.last_frame);
        let said = run(&mut Mouth::say(clip, false), 100);
        assert_eq!(said.iter().find(|(_, said)| said.onset).map(|(n, _)| *n), Some(onset));
        assert_eq!(said.iter().find(|(_, said)| said.fell_silent).map(|(n, _)| *n), Some(last));
        assert_eq!(said.iter().filter(|(_, said)| said.finished).count(), 1);
    }

    #[test]
    fn a_tone_sounds_for_its_time() {
        let (mut mouth, mut out) = (Mouth::tone(1000, Duration::from_millis(400)), [0; FRAME_SAMPLES]);
        let finished = (0..30).position(|_| {
            let said = mouth.fill(&mut out);
            assert!(level_dbfs(&out) > -15.0);
            said.finished
        });
        assert_eq!(finished, Some(19));
        mouth.fill(&mut out);
        assert_eq!(out, [ULAW_SILENCE; FRAME_SAMPLES]);
    }
}
