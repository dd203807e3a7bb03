//! What the line does to the callee's audio: noise, jitter, stalls. Random by seed, over the time that is given.

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use voxgate_media::frame::FRAME_SAMPLES;
use voxgate_media::g711::{ulaw_decode, ulaw_encode};

/// Frames that wait at most (60 s); a longer stall drops the oldest.
const WAITING_FRAMES: usize = 3000;

/// The effects of a persona's line; the default is a clean one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LineEffects {
    pub(crate) noise: Option<Noise>,
    /// Each frame leaves up to this much late, in order.
    pub(crate) jitter: Duration,
    pub(crate) stalls: Option<Stalls>,
}

/// Noise under everything the callee sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    /// RMS against full scale.
    pub(crate) dbfs: f32,
    pub(crate) colour: NoiseColour,
}

/// White is flat; pink falls by 3 dB an octave, like most rooms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NoiseColour {
    White,
    Pink,
}

/// Nothing leaves for `length` once in every `every`; then all of it at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stalls {
    pub(crate) every: Duration,
    pub(crate) length: Duration,
}

/// A frame on its way, with its media time in ms since the stream's start.
pub(crate) type Timed = (u64, [u8; FRAME_SAMPLES]);

/// The line of one call.
#[derive(Debug)]
pub(crate) struct Line {
    effects: LineEffects,
    random: SmallRng,
    /// Filter memory of the pink noise.
    pink: [f32; 3],
    waiting: VecDeque<(Duration, Timed)>,
    next_stall: Option<Duration>,
    stalled_until: Duration,
}

impl Line {
    /// A line whose randomness is fixed by `seed`.
    pub(crate) fn new(effects: LineEffects, seed: u64, now: Duration) -> Self {
        Self {
            effects,
            random: SmallRng::seed_from_u64(seed),
            pink: [0.0; 3],
            waiting: VecDeque::new(),
            next_stall: effects.stalls.map(|stalls| now + stalls.every),
            stalled_until: Duration::ZERO,
        }
    }

    /// Nothing leaves before this time: the callee's side of a fault.
    pub(crate) fn stall_until(&mut self, until: Duration) {
        self.stalled_until = self.stalled_until.max(until);
    }

    /// Takes one frame of the callee's.
    pub(crate) fn push(&mut self, now: Duration, timestamp_ms: u64, mut frame: [u8; FRAME_SAMPLES]) {
        if let Some(noise) = self.effects.noise {
            self.add_noise(noise, &mut frame);
        }
        if let (Some(at), Some(stalls)) = (self.next_stall, self.effects.stalls)
            && now >= at
        {
            self.stall_until(now + stalls.length);
            self.next_stall = Some(at + stalls.every);
        }
        let late = self.effects.jitter.mul_f32(if self.effects.jitter.is_zero() { 0.0 } else { self.random.random() });
        let after_last = self.waiting.back().map_or(Duration::ZERO, |(leaves, _)| *leaves);
        if self.waiting.len() == WAITING_FRAMES {
            self.waiting.pop_front();
        }
        self.waiting.push_back(((now + late).max(after_last), (timestamp_ms, frame)));
    }

    /// The next frame that leaves now.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<Timed> {
        if now < self.stalled_until || self.waiting.front().is_none_or(|(leaves, _)| now < *leaves) {
            return None;
        }
        self.waiting.pop_front().map(|(_, timed)| timed)
    }

    fn add_noise(&mut self, noise: Noise, frame: &mut [u8; FRAME_SAMPLES]) {
        let rms = 32_768.0 * 10.0_f32.powf(noise.dbfs / 20.0);
        for code in frame {
            let sample = f32::from(ulaw_decode(*code)) + rms * self.noise_sample(noise.colour);
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16 on this line")]
            let sample = sample.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16;
            *code = ulaw_encode(sample);
        }
    }

    /// One sample of noise of about unit RMS. The pink filter's coefficients are Paul Kellet's economy form.
    fn noise_sample(&mut self, colour: NoiseColour) -> f32 {
        // A uniform value in [-1, 1) has an RMS of 1/√3.
        let white = (self.random.random::<f32>() * 2.0 - 1.0) * 1.732;
        match colour {
            NoiseColour::White => white,
            NoiseColour::Pink => {
                let [a, b, c] = &mut self.pink;
                *a = 0.997_65 * *a + white * 0.099_046;
                *b = 0.963_00 * *b + white * 0.296_516_4;
                *c = 0.570_00 * *c + white * 1.052_691_3;
                // Measured: the sum below has an RMS of 3.1 for a white input of unit RMS.
                (*a + *b + *c + white * 0.1848) / 3.1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personas::clips::level_dbfs;
    use voxgate_media::g711::ULAW_SILENCE;

    const QUIET: [u8; FRAME_SAMPLES] = [ULAW_SILENCE; FRAME_SAMPLES];

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn drained(line: &mut Line, now: u64) -> Vec<u64> {
        std::iter::from_fn(|| line.pop(ms(now))).map(|(timestamp, _)| timestamp).collect()
    }

    #[test]
    fn a_clean_line_passes_each_frame_at_once() {
        let mut line = Line::new(LineEffects::default(), 1, ms(0));
        line.push(ms(20), 0, QUIET);
        assert_eq!(line.pop(ms(20)), Some((0, QUIET)));
        assert_eq!(line.pop(ms(20)), None);
    }

    #[test]
    fn a_stall_holds_frames_and_lets_them_go_in_a_burst() {
        let stalls = Some(Stalls { every: ms(100), length: ms(60) });
        let mut line = Line::new(LineEffects { stalls, ..LineEffects::default() }, 1, ms(0));
        let mut left = Vec::new();
        for n in 1..=8 {
            line.push(ms(n * 20), n, QUIET);
            left.push(drained(&mut line, n * 20));
        }
        assert_eq!(left, [vec![1], vec![2], vec![3], vec![4], vec![], vec![], vec![], vec![5, 6, 7, 8]]);
    }

    #[test]
    fn jitter_keeps_the_order_and_its_bound() {
        let mut line = Line::new(LineEffects { jitter: ms(40), ..LineEffects::default() }, 7, ms(0));
        let mut left = Vec::new();
        for now in 1..=400 {
            if now % 20 == 0 && now <= 200 {
                line.push(ms(now), now, QUIET);
            }
            left.extend(drained(&mut line, now).into_iter().map(|pushed| (pushed, now)));
        }
        assert_eq!(
            left.iter().map(|(pushed, _)| *pushed).collect::<Vec<_>>(),
            (1..=10).map(|n| n * 20).collect::<Vec<_>>()
        );
        assert!(left.iter().all(|(pushed, at)| at - pushed <= 41), "{left:?}");
    }

    #[test]
    fn noise_has_the_level_that_was_asked_for() {
        for colour in [NoiseColour::White, NoiseColour::Pink] {
            let noise = Some(Noise { dbfs: -35.0, colour });
            let mut line = Line::new(LineEffects { noise, ..LineEffects::default() }, 3, ms(0));
            let mut all = Vec::new();
            for n in 0..500 {
                line.push(ms(n * 20), n, QUIET);
                all.extend(line.pop(ms(n * 20)).expect("a frame leaves").1);
            }
            let level = level_dbfs(&all[8000..]);
            assert!((level + 35.0).abs() < 1.5, "{colour:?}: {level} dBFS");
        }
    }
}
