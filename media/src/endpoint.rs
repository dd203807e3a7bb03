//! Where an utterance begins and ends, from the verdicts of a [`Vad`](crate::Vad).

use crate::frame::FRAME_MS;

/// Frames that the onset window can remember: one bit each.
const WINDOW_MAX: u32 = u64::BITS;

/// The onset window is this many thirds of the speech that it must hold: 60 ms within 100 ms. Speech has gaps within
/// its first syllable; a click has nothing but itself.
const WINDOW_THIRDS: u32 = 5;

/// How much speech makes an onset and how much silence an end. Lengths are rounded up to whole frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointConfig {
    /// Speech that must be seen before it counts, ms; within a window of 5/3 of this. At most 760.
    pub onset_ms: u32,
    /// Silence without a break that ends the utterance, ms.
    pub end_silence_ms: u32,
    /// Speech after which an utterance is reported as too long, ms, pauses within included.
    pub max_speech_ms: u32,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self { onset_ms: 60, end_silence_ms: 500, max_speech_ms: 30_000 }
    }
}

/// A change in what the speaker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// An utterance has begun.
    Onset,
    /// The utterance is over.
    End {
        /// From the first to the last frame of speech, pauses within included, ms.
        speech_ms: u32,
        /// Silence since, ms.
        silence_ms: u32,
    },
    /// The utterance has reached its greatest length. Told once an utterance; the utterance goes on until it ends.
    TooLong,
}

/// Turns verdicts on frames into utterances.
#[derive(Clone, Debug)]
pub struct Endpointer {
    onset_frames: u32,
    end_frames: u32,
    max_frames: u32,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Quiet {
        /// The latest verdicts, newest in the lowest bit.
        window: u64,
    },
    Speaking {
        /// Since the first frame of speech.
        frames: u32,
        /// Since the last frame of speech.
        silent: u32,
        told_too_long: bool,
    },
}

impl Endpointer {
    /// An endpointer that waits for an onset.
    #[must_use]
    pub fn new(config: EndpointConfig) -> Self {
        let onset_frames = frames_of(config.onset_ms).min(WINDOW_MAX * 3 / WINDOW_THIRDS);
        Self {
            onset_frames,
            end_frames: frames_of(config.end_silence_ms),
            max_frames: frames_of(config.max_speech_ms),
            state: State::Quiet { window: 0 },
        }
    }

    /// Takes the verdict on the next frame.
    pub fn push(&mut self, speech: bool) -> Option<Activity> {
        match self.state {
            State::Quiet { window } => self.push_quiet(window, speech),
            State::Speaking { frames, silent, told_too_long } => {
                let silent = if speech { 0 } else { silent + 1 };
                self.push_speaking(frames.saturating_add(1), silent, told_too_long)
            }
        }
    }

    /// Whether an utterance has begun and not ended.
    #[must_use]
    pub fn is_speaking(&self) -> bool {
        match self.state {
            State::Quiet { .. } => false,
            State::Speaking { .. } => true,
        }
    }

    /// Changes how much silence ends an utterance, ms, at once: also for one that is under way.
    pub fn set_end_silence_ms(&mut self, ms: u32) {
        self.end_frames = frames_of(ms);
    }

    /// How far the onset of steady speech lags behind its first frame, ms.
    #[must_use]
    pub fn onset_delay_ms(&self) -> u32 {
        self.onset_frames * FRAME_MS
    }

    /// How far an onset can lag behind the first frame of its speech, ms: the audio to keep so that none is lost.
    #[must_use]
    pub fn onset_window_ms(&self) -> u32 {
        self.window_frames() * FRAME_MS
    }

    /// Forgets the utterance under way and waits for an onset.
    pub fn reset(&mut self) {
        self.state = State::Quiet { window: 0 };
    }

    fn window_frames(&self) -> u32 {
        (self.onset_frames * WINDOW_THIRDS).div_ceil(3)
    }

    fn push_quiet(&mut self, window: u64, speech: bool) -> Option<Activity> {
        let kept = u64::MAX >> (WINDOW_MAX - self.window_frames());
        let window = (window << 1 | u64::from(speech)) & kept;
        if !speech || window.count_ones() < self.onset_frames {
            self.state = State::Quiet { window };
            return None;
        }
        let frames = WINDOW_MAX - window.leading_zeros();
        self.state = State::Speaking { frames, silent: 0, told_too_long: false };
        Some(Activity::Onset)
    }

    fn push_speaking(&mut self, frames: u32, silent: u32, told_too_long: bool) -> Option<Activity> {
        let spoken = frames - silent;
        if silent >= self.end_frames {
            self.reset();
            return Some(Activity::End {
                speech_ms: spoken.saturating_mul(FRAME_MS),
                silence_ms: silent.saturating_mul(FRAME_MS),
            });
        }
        let too_long = spoken >= self.max_frames;
        self.state = State::Speaking { frames, silent, told_too_long: too_long || told_too_long };
        (too_long && !told_too_long).then_some(Activity::TooLong)
    }
}

impl Default for Endpointer {
    fn default() -> Self {
        Self::new(EndpointConfig::default())
    }
}

/// Whole frames that hold this many milliseconds, at least one.
fn frames_of(ms: u32) -> u32 {
    ms.div_ceil(FRAME_MS).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: EndpointConfig = EndpointConfig { onset_ms: 60, end_silence_ms: 100, max_speech_ms: 400 };

    /// What happens, and at which frame, when `#` are frames of speech and `.` are not.
    fn activities(endpointer: &mut Endpointer, verdicts: &str) -> Vec<(usize, Activity)> {
        let pushed = verdicts.chars().enumerate();
        pushed.filter_map(|(at, verdict)| Some((at, endpointer.push(verdict == '#')?))).collect()
    }

    fn end(speech_ms: u32, silence_ms: u32) -> Activity {
        Activity::End { speech_ms, silence_ms }
    }

    #[test]
    fn utterances_begin_and_end_where_a_listener_would_say() {
        use Activity::{Onset, TooLong};
        for (what, verdicts, expected) in [
            ("silence", "..........", vec![]),
            ("a click", "..#.......", vec![]),
            ("two clicks far apart", ".#....#...", vec![]),
            ("a thud of 40 ms", ".##.......", vec![]),
            ("speech that goes on", "..####", vec![(4, Onset)]),
            ("speech with a gap in its first syllable", ".#.##....", vec![(4, Onset)]),
            ("60 ms of the last 100", ".#.#.#", vec![(5, Onset)]),
            ("60 ms of the last 120", ".#..#.#...", vec![]),
            ("one word", ".###.....", vec![(3, Onset), (8, end(60, 100))]),
            ("a word with a pause", ".###....##.....", vec![(3, Onset), (14, end(180, 100))]),
            ("two words", "###.....###.....", vec![(2, Onset), (7, end(60, 100)), (10, Onset), (15, end(60, 100))]),
            ("a talker", "######################.....", vec![(2, Onset), (19, TooLong), (26, end(440, 100))]),
        ] {
            assert_eq!(activities(&mut Endpointer::new(END), verdicts), expected, "{what}: {verdicts}");
        }
    }

    #[test]
    fn a_shorter_silence_ends_the_utterance_under_way() {
        let mut endpointer = Endpointer::new(END);
        activities(&mut endpointer, "###..");
        assert!(endpointer.is_speaking());
        endpointer.set_end_silence_ms(60);
        assert_eq!(activities(&mut endpointer, "."), [(0, end(60, 60))]);
        assert!(!endpointer.is_speaking());
    }

    #[test]
    fn a_reset_forgets_the_utterance_and_the_window() {
        let mut endpointer = Endpointer::new(END);
        activities(&mut endpointer, "###");
        endpointer.reset();
        assert!(!endpointer.is_speaking());
        activities(&mut endpointer, "##");
        endpointer.reset();
        assert_eq!(activities(&mut endpointer, "#......"), []);
    }

    #[test]
    fn an_onset_comes_within_the_delay_and_the_window_it_states() {
        for onset_ms in [0, 20, 50, 60, 200, 760, u32::MAX] {
            let mut endpointer = Endpointer::new(EndpointConfig { onset_ms, ..END });
            let frames = (1..).find(|_| endpointer.push(true).is_some()).expect("speech is an onset in the end");
            assert_eq!(endpointer.onset_delay_ms(), frames * FRAME_MS, "{onset_ms} ms");
            assert!(endpointer.onset_window_ms() >= endpointer.onset_delay_ms());
            assert!(endpointer.onset_window_ms() <= WINDOW_MAX * FRAME_MS);
        }
    }

    #[test]
    fn the_default_is_60_of_100_ms_and_half_a_second() {
        let mut endpointer = Endpointer::default();
        assert_eq!((endpointer.onset_delay_ms(), endpointer.onset_window_ms()), (60, 100));
        let heard = activities(&mut endpointer, &format!("#####{}", ".".repeat(30)));
        assert_eq!(heard, [(2, Activity::Onset), (29, end(100, 500))]);
    }
}
