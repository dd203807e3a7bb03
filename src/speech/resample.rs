//! Sample rates of whole clips, off the frame path.
//!
//! The media crate converts between the rates of legs. `espeak-ng` speaks at 22,050 Hz, which is none of them: this one
//! takes any pair of rates, because it has the whole clip at hand and nobody waits for its next sample.

use std::f64::consts::PI;

use voxgate_media::{Rate, resample_clip};

use super::Pcm;

/// Zero crossings of the sinc on each side: more than 60 dB of stop band with the window below.
const ZERO_CROSSINGS: f64 = 32.0;

/// Passband edge as a share of the lower Nyquist frequency: 3,720 Hz at 8 kHz, above the telephone band's 3,400 Hz.
const PASSBAND: f64 = 0.93;

impl Pcm {
    /// The same sound at another rate, of the same duration, without delay.
    pub fn resampled(&self, rate_hz: u32) -> Self {
        if rate_hz == self.rate_hz || self.rate_hz == 0 || rate_hz == 0 {
            return Self { rate_hz, samples: self.samples.clone() };
        }
        if let (Some(from), Some(to)) = (Rate::from_hz(self.rate_hz), Rate::from_hz(rate_hz)) {
            return Self { rate_hz, samples: resample_clip(&self.samples, from, to) };
        }
        let kernel = Kernel::new(self.rate_hz, rate_hz);
        let count = self.samples.len() as u64 * u64::from(rate_hz) / u64::from(self.rate_hz);
        let samples = (0..count).map(|index| kernel.sample(&self.samples, index)).collect();
        Self { rate_hz, samples }
    }
}

/// Tap weights by phase: the ratio of two rates is rational, so that only so many phases exist.
struct Kernel {
    /// Input samples that `phases` output samples span.
    step: u64,
    phases: u64,
    half: usize,
    weights: Vec<f32>,
}

impl Kernel {
    fn new(from_hz: u32, to_hz: u32) -> Self {
        let divisor = gcd(from_hz, to_hz);
        let (step, phases) = (u64::from(from_hz / divisor), u64::from(to_hz / divisor));
        let cutoff = PASSBAND * (f64::from(to_hz) / f64::from(from_hz)).min(1.0);
        let half = (ZERO_CROSSINGS / cutoff).ceil() as usize;
        let mut weights = Vec::with_capacity(phases as usize * 2 * half);
        for phase in 0..phases {
            let fraction = (phase * step % phases) as f64 / phases as f64;
            let taps = (0..2 * half).map(|tap| windowed_sinc(tap as f64 - (half - 1) as f64 - fraction, cutoff, half));
            weights.extend(taps.map(|weight| weight as f32));
        }
        Self { step, phases, half, weights }
    }

    fn sample(&self, input: &[i16], index: u64) -> i16 {
        let (whole, phase) = ((index * self.step / self.phases) as usize, (index % self.phases) as usize);
        let taps = &self.weights[phase * 2 * self.half..][..2 * self.half];
        let first = whole + 1;
        let mut sum = 0.0_f32;
        for (tap, weight) in taps.iter().enumerate() {
            let Some(at) = (first + tap).checked_sub(self.half) else { continue };
            sum += weight * input.get(at).copied().map_or(0.0, f32::from);
        }
        sum.round() as i16
    }
}

/// A sinc under a Blackman window, at `at` input samples from its middle.
fn windowed_sinc(at: f64, cutoff: f64, half: usize) -> f64 {
    let position = at / half as f64;
    if position.abs() >= 1.0 {
        return 0.0;
    }
    let window = 0.42 + 0.5 * (PI * position).cos() + 0.08 * (2.0 * PI * position).cos();
    let angle = PI * at * cutoff;
    let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
    cutoff * sinc * window
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, hertz: f64) -> Pcm {
        let angle = 2.0 * PI * hertz / f64::from(rate_hz);
        Pcm { rate_hz, samples: (0..rate_hz).map(|n| (8_000.0 * (angle * f64::from(n)).sin()) as i16).collect() }
    }

    fn level(samples: &[i16]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        (middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64).sqrt()
    }

    #[test]
    fn the_telephone_band_passes_and_what_would_alias_does_not() {
        for rate in [16_000, 22_050] {
            for hertz in [300.0, 1_000.0, 3_400.0] {
                let change = level(&tone(rate, hertz).resampled(8_000).samples) / level(&tone(rate, hertz).samples);
                assert!((0.944..1.06).contains(&change), "{hertz} Hz at {rate}: {change}");
            }
            for hertz in [4_700.0, 6_000.0, 7_500.0] {
                let left = level(&tone(rate, hertz).resampled(8_000).samples) / level(&tone(rate, hertz).samples);
                assert!(left < 0.001, "{hertz} Hz at {rate} leaves {left}");
            }
        }
    }

    #[test]
    fn a_tone_keeps_its_phase_and_duration() {
        let up = tone(8_000, 700.0).resampled(16_000);
        let wanted = tone(16_000, 700.0);
        assert_eq!(up.samples.len(), 16_000);
        for at in 2_000..14_000 {
            assert!((i32::from(up.samples[at]) - i32::from(wanted.samples[at])).abs() < 40, "at {at}");
        }
        assert_eq!(tone(22_050, 700.0).resampled(8_000).samples.len(), 8_000);
    }
}
