//! The low-pass filter of the resampler, split into phases.

use crate::rate::Rate;

/// Partial sums kept apart, so that the compiler can add them side by side. Phases are padded to whole groups.
pub(super) const LANES: usize = 8;

/// Shape of the Kaiser window: 70 dB of stopband, the most that reaches down to 4.6 kHz at this length.
const KAISER_BETA: f64 = 6.8;

/// A filter for one pair of rates. It runs, in thought, at the lowest rate that both divide, `from × up = to × down`.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    up: usize,
    down: usize,
    /// Delay in samples of the rate at which the filter runs: a multiple of `up` and of `down`.
    delay: usize,
    from_hz: u32,
    taps: usize,
    /// One row of `taps` coefficients for each of the `up` phases, oldest sample first.
    rows: Vec<f32>,
}

impl Filter {
    pub(super) fn design(from: Rate, to: Rate) -> Self {
        let (from_hz, to_hz) = (from.hz(), to.hz());
        let common = gcd(from_hz, to_hz);
        let (up, down) = ((to_hz / common) as usize, (from_hz / common) as usize);
        if from == to {
            return Self { up, down, delay: 0, from_hz, taps: 1, rows: Vec::new() };
        }
        let lower = from.min(to);
        let oversampling = from_hz as usize * up / lower.hz() as usize;
        let delay = delay_of(lower) * oversampling;
        let taps = (2 * delay + 1).div_ceil(up).next_multiple_of(LANES);
        let rows = phases(&prototype(delay, oversampling, up), up, taps);
        Self { up, down, delay, from_hz, taps, rows }
    }

    pub(super) fn is_identity(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn up(&self) -> usize {
        self.up
    }

    pub(super) fn down(&self) -> usize {
        self.down
    }

    /// Input samples that one output sample is made of.
    pub(super) fn taps(&self) -> usize {
        self.taps
    }

    /// Delay, samples at the input's rate.
    pub(super) fn delay_in(&self) -> usize {
        self.delay / self.up
    }

    /// Delay, samples at the output's rate.
    pub(super) fn delay_out(&self) -> usize {
        self.delay / self.down
    }

    pub(super) fn delay_ms(&self) -> f32 {
        self.delay_in() as f32 * 1000.0 / self.from_hz as f32
    }

    /// One output sample: the phase's coefficients over the first `taps` samples of `window`.
    pub(super) fn apply(&self, phase: usize, window: &[f32]) -> i16 {
        let row = &self.rows[phase * self.taps..][..self.taps];
        let mut sums = [0.0_f32; LANES];
        for (row, window) in row.as_chunks::<LANES>().0.iter().zip(window[..self.taps].as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sums[lane] += row[lane] * window[lane];
            }
        }
        let sum = sum_of(sums);
        // A cast from float saturates, so an overshoot clips instead of wrapping.
        (sum + 0.5_f32.copysign(sum)) as i16
    }
}

/// Adds in halves: three steps that depend on each other instead of seven.
fn sum_of(mut sums: [f32; LANES]) -> f32 {
    for half in [4, 2, 1] {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
    }
    sums[0]
}

/// Delay of the filter, samples of the lower rate. The length (twice this) sets how steep the edge is: 30 samples give
/// the 3.4–4.6 kHz edge at 8 kHz. Both figures make the delay whole at either rate; 15 would not between 16 and 24 kHz.
fn delay_of(lower: Rate) -> usize {
    match lower {
        Rate::Hz8000 => 15,
        Rate::Hz16000 | Rate::Hz24000 | Rate::Hz48000 => 16,
    }
}

/// A Kaiser-windowed sinc that cuts at half the lower rate, with a gain of `up` to make up for the stuffed zeros.
fn prototype(delay: usize, oversampling: usize, up: usize) -> Vec<f64> {
    let mut taps: Vec<f64> = (0..=2 * delay)
        .map(|n| {
            let at = n as f64 - delay as f64;
            let edge = at / delay as f64;
            sinc(at / oversampling as f64) * bessel_i0(KAISER_BETA * (1.0 - edge * edge).sqrt())
        })
        .collect();
    let gain = up as f64 / taps.iter().sum::<f64>();
    taps.iter_mut().for_each(|tap| *tap *= gain);
    taps
}

fn phases(prototype: &[f64], up: usize, taps: usize) -> Vec<f32> {
    let mut rows = vec![0.0; up * taps];
    for (n, &tap) in prototype.iter().enumerate() {
        let (age, phase) = (n / up, n % up);
        rows[phase * taps + taps - 1 - age] = tap as f32;
    }
    rows
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) }
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
