//! The tone of a key, as a keypad sends it.

use std::f64::consts::TAU;

use super::key::Key;
use crate::time::Samples;

/// Samples a second.
const RATE_HZ: f64 = 8_000.0;

/// Level of [`render`], dBFS: what a telephone sends on the line, −7 dBm0 for the pair.
const RENDER_DBFS: f32 = -13.0;

/// Rise and fall, samples: 2 ms keep the edges from clicking.
const RAMP: u64 = 16;

/// The samples of one key press at 8 kHz, one by one.
#[derive(Clone, Debug)]
pub struct Tone {
    /// Radians a sample, low and high group.
    steps: (f64, f64),
    amplitude: f64,
    at: u64,
    len: u64,
}

impl Tone {
    /// A press of `key` for `ms` milliseconds with an RMS level of `level_dbfs`, both tones equally loud.
    ///
    /// Above −6.1 dBFS the peaks clip.
    #[must_use]
    pub fn new(key: Key, ms: u32, level_dbfs: f32) -> Self {
        let (low, high) = key.tones();
        let step = |hz: f64| TAU * hz / RATE_HZ;
        // Two sines of one amplitude have, together, that amplitude as their RMS level.
        let amplitude = 32_768.0 * 10_f64.powf(f64::from(level_dbfs) / 20.0);
        Self { steps: (step(low), step(high)), amplitude, at: 0, len: Samples::from_ms(ms.into()).0 }
    }
}

impl Iterator for Tone {
    type Item = i16;

    fn next(&mut self) -> Option<i16> {
        if self.at == self.len {
            return None;
        }
        let edge = (self.at + 1).min(self.len - self.at).min(RAMP);
        let gain = self.amplitude * edge as f64 / RAMP as f64;
        let at = self.at as f64;
        self.at += 1;
        Some((gain * ((self.steps.0 * at).sin() + (self.steps.1 * at).sin())).round() as i16)
    }
}

/// A press of `key` for `ms`, then silence for `gap_ms`, at 8 kHz and −13 dBFS.
#[must_use]
pub fn render(key: Key, ms: u32, gap_ms: u32) -> Vec<i16> {
    let gap = Samples::from_ms(gap_ms.into()).0 as usize;
    Tone::new(key, ms, RENDER_DBFS).chain(std::iter::repeat_n(0, gap)).collect()
}
