//! Audio made up for tests: noise, babble. The same seed always gives the same sound.

use voxgate_media::Frame;

use crate::voice::Voice;

/// SplitMix64: small, and good enough to shape sound.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Evenly between `low` and `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[(self.bits() % from.len() as u64) as usize]
    }
}

/// A sine that starts at `phase` (radians), at 8 kHz, `level` being its RMS level in dBFS.
pub(crate) fn sine(hz: f64, level: f64, phase: f64) -> impl Iterator<Item = f64> {
    let amplitude = 2_f64.sqrt() * amplitude_of(level);
    (0..).map(move |n| amplitude * (std::f64::consts::TAU * hz * f64::from(n) / 8_000.0 + phase).sin())
}

/// RMS amplitude of a level in dBFS.
pub(crate) fn amplitude_of(level: f64) -> f64 {
    32_768.0 * 10_f64.powf(level / 20.0)
}

/// White noise with an RMS level of `level` dBFS.
pub(crate) fn white_noise(seed: u64, level: f64) -> impl Iterator<Item = f64> {
    let mut random = Random(seed);
    // Evenly spread between ±a has an RMS of a/√3.
    let peak = 3_f64.sqrt() * amplitude_of(level);
    std::iter::repeat_with(move || random.between(-peak, peak))
}

/// Eight people talking at once, with an RMS level of `level` dBFS, at 8 kHz.
pub(crate) fn babble(seed: u64, level: f64, len: usize) -> Vec<f64> {
    let mut sum = vec![0.0; len];
    for voice in 0..8 {
        for (sum, sample) in sum.iter_mut().zip(Voice::new(seed * 8 + voice)) {
            *sum += sample;
        }
    }
    set_level(&mut sum, level);
    sum
}

/// Scales audio to an RMS level in dBFS.
pub(crate) fn set_level(audio: &mut [f64], level: f64) {
    let power = audio.iter().map(|sample| sample * sample).sum::<f64>() / audio.len() as f64;
    let gain = amplitude_of(level) / power.sqrt();
    audio.iter_mut().for_each(|sample| *sample *= gain);
}

/// Whole frames of audio; the last is filled up with silence. A cast from float saturates, so what is too loud clips.
pub(crate) fn frames(audio: &[f64]) -> Vec<Frame> {
    audio
        .chunks(160)
        .map(|chunk| {
            Frame::from_samples(&std::array::from_fn(|n| chunk.get(n).map_or(0, |sample| sample.round() as i16)))
        })
        .collect()
}
