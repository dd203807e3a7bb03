//! A telephone line in noise: what a clip sounds like after it.

use std::f32::consts::PI;

use rand::Rng;
use rand::rngs::SmallRng;
use voxgate_media::g711::{ulaw_decode, ulaw_encode};

use crate::speech::TELEPHONE_RATE_HZ;

/// How one clip is heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// Level of the speech under the noise, dB.
    pub(super) snr_db: f32,
    /// Other people's talk instead of a hum.
    pub(super) babble: bool,
    level_dbfs: f32,
    lead_ms: u32,
    /// Silence that the endpointer waits for.
    tail_ms: u32,
}

impl Conditions {
    pub(super) fn draw(rng: &mut SmallRng) -> Self {
        Self {
            snr_db: rng.random_range(10.0..=30.0),
            babble: rng.random_bool(0.5),
            level_dbfs: rng.random_range(-30.0..=-20.0),
            lead_ms: rng.random_range(200..=800),
            tail_ms: 600,
        }
    }
}

/// Sends speech through the line: 300 to 3,400 Hz, noise, µ-law.
pub(super) fn carry(speech: &[i16], conditions: &Conditions, babble: &[Vec<i16>], rng: &mut SmallRng) -> Vec<i16> {
    let samples_of = |ms: u32| (ms * TELEPHONE_RATE_HZ / 1_000) as usize;
    let (lead, tail) = (samples_of(conditions.lead_ms), samples_of(conditions.tail_ms));
    let mut signal = vec![0.0_f32; lead];
    signal.extend(speech.iter().map(|sample| f32::from(*sample)));
    signal.resize(signal.len() + tail, 0.0);
    let level = rms(&signal[lead..lead + speech.len()]).max(1.0);
    let wanted = 32_768.0 * 10.0_f32.powf(conditions.level_dbfs / 20.0);
    signal.iter_mut().for_each(|sample| *sample *= wanted / level);
    let mut noise = if conditions.babble { crowd(signal.len(), babble, rng) } else { pink(signal.len(), rng) };
    telephone_band(&mut noise);
    telephone_band(&mut signal);
    let quiet = wanted * 10.0_f32.powf(-conditions.snr_db / 20.0) / rms(&noise).max(1.0);
    let heard = signal.iter().zip(&noise).map(|(speech, noise)| noise.mul_add(quiet, *speech) as i16);
    heard.map(|sample| ulaw_decode(ulaw_encode(sample))).collect()
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// Five people who talk at once.
fn crowd(length: usize, clips: &[Vec<i16>], rng: &mut SmallRng) -> Vec<f32> {
    let mut sum = vec![0.0_f32; length];
    for _ in 0..5 {
        let mut at = 0;
        while at < length && !clips.is_empty() {
            let clip = &clips[rng.random_range(0..clips.len())];
            let skipped = if at == 0 { rng.random_range(0..clip.len().max(2) / 2) } else { 0 };
            let part = clip.iter().skip(skipped);
            sum[at..].iter_mut().zip(part).for_each(|(sum, sample)| *sum += f32::from(*sample));
            at += clip.len() - skipped + 400;
        }
    }
    sum
}

/// Pink noise after Voss: sixteen sources, each half as quick as the one before.
fn pink(length: usize, rng: &mut SmallRng) -> Vec<f32> {
    let mut sources = [0.0_f32; 16];
    let mut next = |at: usize| {
        let source = (at.trailing_zeros() as usize).min(15);
        sources[source] = rng.random_range(-1_000.0..1_000.0);
        sources.iter().sum::<f32>() + rng.random_range(-1_000.0..1_000.0)
    };
    (0..length).map(|at| next(at + 1)).collect()
}

/// 300 to 3,400 Hz by two biquads on each side.
fn telephone_band(samples: &mut [f32]) {
    for q in [0.541, 1.307] {
        biquad(samples, 300.0, q, true);
        biquad(samples, 3_400.0, q, false);
    }
}

/// A second-order filter by the bilinear transform, high-pass or low-pass.
fn biquad(samples: &mut [f32], hertz: f32, q: f32, high: bool) {
    let angle = 2.0 * PI * hertz / TELEPHONE_RATE_HZ as f32;
    let (cos, alpha) = (angle.cos(), angle.sin() / (2.0 * q));
    let (outer, middle) = if high { ((1.0 + cos) / 2.0, -(1.0 + cos)) } else { ((1.0 - cos) / 2.0, 1.0 - cos) };
    let scale = 1.0 + alpha;
    let (b0, b1, a1, a2) = (outer / scale, middle / scale, -2.0 * cos / scale, (1.0 - alpha) / scale);
    let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
    for sample in samples {
        let x = *sample;
        let y = b0 * (x + x2) + b1 * x1 - a1 * y1 - a2 * y2;
        (x2, x1, y2, y1) = (x1, x, y1, y);
        *sample = y;
    }
}
