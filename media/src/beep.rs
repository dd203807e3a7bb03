//! The beep of a voicemail box: one steady tone that ends in silence.
//!
//! The ringing tone of many countries (425 Hz, a second long) is such a sound too: listen after the answer only.

use std::f32::consts::TAU;

use crate::frame::{FRAME_MS, FRAME_SAMPLES, Frame};

/// Where voicemail boxes have their beep, Hz: 350–2,200, and 2 % either way for what is measured.
const BAND_HZ: std::ops::RangeInclusive<f32> = 343.0..=2_244.0;

/// Whole frames of tone that make a beep: a tone of 150 ms has at least six, however it lies.
const SHORTEST: u32 = 6;

/// Frames between the last whole frame of tone and silence: the one in which it ends and one in which it rings out.
const ENDING: u8 = 2;

/// RMS level below which a frame is silent, dBFS.
const SILENT_DBFS: f32 = -50.0;

/// How far below its tone a frame is silent on a noisy line, dB.
const SILENT_BELOW: f32 = 20.0;

/// RMS level that a beep has at least, dBFS.
const LOUD_DBFS: f32 = -40.0;

/// Share of a frame's energy that the tone makes up.
const PURE: f32 = 0.92;

/// How far frequency (as a part of it) and level (dB) may be from where the tone began. A voice that is held moves by
/// more within 120 ms.
const STEADY: (f32, f32) = (0.008, 1.5);

/// A beep that has just ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beep {
    /// Frequency, Hz.
    pub hz: f32,
    /// Length in whole frames, ms.
    pub ms: u32,
}

/// Finds beeps in a stream of audio. Reports each when the silence after it has begun.
#[derive(Clone, Debug, Default)]
pub struct Detector {
    tone: Option<Tone>,
}

#[derive(Clone, Copy, Debug)]
struct Tone {
    hz: f32,
    level: f32,
    frames: u32,
    /// Frames since the tone's last whole one.
    ending: u8,
}

impl Detector {
    /// A detector at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next frame; tells the beep that it ended, if one did.
    pub fn push(&mut self, frame: &Frame) -> Option<Beep> {
        let level = frame.level_dbfs();
        let found = if level >= LOUD_DBFS { tone_hz(frame.samples()) } else { None };
        let Some(hz) = found else { return self.on_other(level) };
        let known = self.tone.filter(|tone| tone.ending == 0 && is_steady(tone, hz, level));
        let Tone { hz, level, frames, .. } = known.unwrap_or(Tone { hz, level, frames: 0, ending: 0 });
        self.tone = Some(Tone { hz, level, frames: frames.saturating_add(1), ending: 0 });
        None
    }

    /// A frame that is no tone: the end of one, or the silence after it, or something else altogether.
    fn on_other(&mut self, level: f32) -> Option<Beep> {
        let tone = self.tone.take().filter(|tone| tone.frames >= SHORTEST)?;
        if level <= SILENT_DBFS.max(tone.level - SILENT_BELOW) {
            return Some(Beep { hz: tone.hz, ms: tone.frames * FRAME_MS });
        }
        let ending = tone.ending + 1;
        self.tone = (ending <= ENDING).then_some(Tone { ending, ..tone });
        None
    }
}

fn is_steady(tone: &Tone, hz: f32, level: f32) -> bool {
    (hz / tone.hz - 1.0).abs() <= STEADY.0 && (level - tone.level).abs() <= STEADY.1
}

/// The frequency of the one tone that the frame is, if it is one in the band.
fn tone_hz(samples: &[i16; FRAME_SAMPLES]) -> Option<f32> {
    let hz = crossing_hz(samples)?;
    (BAND_HZ.contains(&hz) && purity(samples, hz) >= PURE).then_some(hz)
}

/// The frequency by the times at which the signal rises through zero. A quarter of the peak must be reached on either
/// side, so that noise around zero does not count.
fn crossing_hz(samples: &[i16; FRAME_SAMPLES]) -> Option<f32> {
    let clear = i32::from(samples.iter().map(|sample| sample.unsigned_abs()).max()?) / 4;
    let (mut first, mut last, mut cycles) = (None, 0.0, 0);
    let (mut was_low, mut rise) = (false, 0.0);
    for (at, pair) in samples.windows(2).enumerate() {
        let (before, after) = (i32::from(pair[0]), i32::from(pair[1]));
        if before < 0 && after >= 0 {
            rise = at as f32 + before as f32 / (before - after) as f32;
        }
        was_low |= before < -clear;
        if was_low && after > clear {
            was_low = false;
            cycles += u32::from(first.is_some());
            first.get_or_insert(rise);
            last = rise;
        }
    }
    let span = last - first?;
    (cycles > 0 && span > 0.0).then(|| cycles as f32 * 8_000.0 / span)
}

/// Share of the frame's energy that a sine of this frequency makes up.
fn purity(samples: &[i16; FRAME_SAMPLES], hz: f32) -> f32 {
    let (turn_im, turn_re) = (TAU * hz / 8_000.0).sin_cos();
    let (mut re, mut im) = (1.0_f32, 0.0_f32);
    let (mut sum_re, mut sum_im, mut energy) = (0.0, 0.0, 0.0);
    for &sample in samples {
        let sample = f32::from(sample);
        sum_re += sample * re;
        sum_im += sample * im;
        energy += sample * sample;
        (re, im) = (re * turn_re - im * turn_im, re * turn_im + im * turn_re);
    }
    2.0 * (sum_re * sum_re + sum_im * sum_im) / (energy * FRAME_SAMPLES as f32)
}
