//! How much of a stretch of audio is the two tones of one key.
//!
//! Audio is taken in blocks of 5 ms. Each block is projected once on all eight tones; a window of four blocks names
//! the strongest row and column; then the two are fitted together, block by block, as sines of free amplitude and
//! phase. How the phase advances from block to block tells how far each tone is off its nominal frequency, far finer
//! than a window of 20 ms resolves.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::key::{COLUMNS, Key, ROWS};

/// Samples in a block: 5 ms.
pub(super) const BLOCK: usize = 40;

/// Blocks in a window: 20 ms, the shortest that keeps neighbouring rows apart.
pub(super) const WINDOW: usize = 4;

const RATE_HZ: f64 = 8_000.0;

/// Rows, then columns.
const TONES: usize = 8;

/// Energy of a window that is too quiet to look at: −45 dBFS. Q.24 lets the power levels differ by country; −25 dBm,
/// where most stop, is −31 dBFS.
const QUIET: f32 = (WINDOW * BLOCK) as f32 * 34_000.0;

/// How far the column may be above the row: 4 dB (Q.24), with 1 dB for noise. As a ratio of powers.
const COLUMN_ABOVE: f32 = 3.16;

/// How far the row may be above the column: 8 dB (Q.24), with 1 dB for noise. As a ratio of powers.
const ROW_ABOVE: f32 = 7.94;

/// Share of the window's energy that the two tones must make up: speech has harmonics, a key has none. Noise 15 dB
/// below a key (Q.24) leaves 0.97 on average, and less where babble swells.
const PURE: f32 = 0.70;

/// Share below which fitting is not worth its cost. A tone at the edge of what is accepted loses half.
const WORTH_FITTING: f32 = 0.30;

/// Greatest distance of a tone from its nominal frequency, as a part of it: between what must be accepted (1.5 %) and
/// what must be rejected (3.5 %), nearer to the first, because speech wanders and a keypad does not.
const OFF_FREQUENCY: f32 = 0.022;

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

#[derive(Clone, Copy, Debug, Default)]
struct Complex {
    re: f32,
    im: f32,
}

impl Complex {
    fn unit(angle: f64) -> Self {
        Self { re: angle.cos() as f32, im: angle.sin() as f32 }
    }

    fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }

    fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn conj(self) -> Self {
        Self { re: self.re, im: -self.im }
    }

    fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

/// One block, projected.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// Onto the cosine of each tone, then onto the sine of each.
    sums: [f32; 2 * TONES],
    energy: f32,
}

/// A window that two tones make up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) key: Key,
    /// Share of the window's energy that the tones are, 0–1.
    pub(super) purity: f32,
}

/// The latest blocks of a stream.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    /// Oldest first.
    blocks: [Block; WINDOW],
}

impl Spectrum {
    pub(super) fn new() -> Self {
        Self { blocks: [Block::default(); WINDOW] }
    }

    /// Takes in the next block, and tells the key whose two tones make up the window, if there is one.
    pub(super) fn push(&mut self, samples: &[i16; BLOCK]) -> Option<Match> {
        let tables = &*TABLES;
        self.blocks.rotate_left(1);
        self.blocks[WINDOW - 1] = tables.project(samples);

        let energy = self.blocks.iter().map(|block| block.energy).sum::<f32>();
        if energy < QUIET {
            return None;
        }
        let powers = tables.powers(&self.blocks);
        let (row, column) = (strongest(&powers[..4]), strongest(&powers[4..]));
        // A sine of the window's full energy projects to half of it per sample.
        let share = 2.0 * (powers[row] + powers[4 + column]) / (energy * (WINDOW * BLOCK) as f32);
        if share < WORTH_FITTING {
            return None;
        }
        let purity = self.tones_power(tables, row, column)? * (WINDOW * BLOCK) as f32 / 2.0 / energy;
        (purity >= PURE).then(|| Match { key: Key::at(row, column), purity })
    }

    /// Power of the two tones together; none where either is off its frequency or too weak beside the other.
    fn tones_power(&self, tables: &Tables, row: usize, column: usize) -> Option<f32> {
        let inverse_gram = &tables.inverse_gram[row * 4 + column];
        let (mut low, mut high) = ([Complex::default(); WINDOW], [Complex::default(); WINDOW]);
        for (at, block) in self.blocks.iter().enumerate() {
            let [row_part, column_part] = fit(block, row, 4 + column, inverse_gram);
            low[at] = row_part.times(tables.back[at][row]);
            high[at] = column_part.times(tables.back[at][4 + column]);
        }
        let (low, high) = (coherent_power(&low, ROWS[row])?, coherent_power(&high, COLUMNS[column])?);
        (high <= COLUMN_ABOVE * low && low <= ROW_ABOVE * high).then_some(low + high)
    }
}

/// Power of a tone that keeps one frequency through the window; none where that is too far from `nominal_hz`.
fn coherent_power(amplitudes: &[Complex; WINDOW], nominal_hz: f64) -> Option<f32> {
    let advance =
        amplitudes.windows(2).map(|pair| pair[1].times(pair[0].conj())).fold(Complex::default(), Complex::plus);
    let angle = advance.im.atan2(advance.re);
    let greatest = (TAU * nominal_hz * BLOCK as f64 / RATE_HZ) as f32 * OFF_FREQUENCY;
    if angle.abs() > greatest {
        return None;
    }
    let back = Complex { re: angle.cos(), im: -angle.sin() };
    let sum = amplitudes.iter().rev().fold(Complex::default(), |sum, &amplitude| sum.times(back).plus(amplitude));
    Some(sum.power() / (WINDOW * WINDOW) as f32)
}

/// Amplitude and phase of two sines that come nearest to the block, by least squares.
fn fit(block: &Block, row: usize, column: usize, inverse_gram: &[[f32; 4]; 4]) -> [Complex; 2] {
    let sums = [block.sums[row], block.sums[TONES + row], block.sums[column], block.sums[TONES + column]];
    let [a, b, c, d] = inverse_gram.map(|line| line.iter().zip(sums).map(|(line, sum)| line * sum).sum::<f32>());
    [Complex { re: a, im: -b }, Complex { re: c, im: -d }]
}

fn strongest(powers: &[f32]) -> usize {
    (0..powers.len()).fold(0, |best, at| if powers[at] > powers[best] { at } else { best })
}

/// What every detector shares.
struct Tables {
    /// Cosines and sines of all tones, sample by sample.
    basis: [[f32; 2 * TONES]; BLOCK],
    /// Turns the phase of a block back to the window's start, block by block.
    back: [[Complex; TONES]; WINDOW],
    /// For each key, the inverse of the products of its cosines and sines over a block.
    inverse_gram: [[[f32; 4]; 4]; 16],
}

impl Tables {
    fn new() -> Self {
        let steps: [f64; TONES] =
            std::array::from_fn(|tone| TAU * ROWS.iter().chain(&COLUMNS).copied().nth(tone).unwrap_or(0.0) / RATE_HZ);
        let wave = |n: usize, column: usize| {
            let angle = steps[column % TONES] * n as f64;
            if column < TONES { angle.cos() } else { angle.sin() }
        };
        let basis = std::array::from_fn(|n| std::array::from_fn(|column| wave(n, column) as f32));
        let back = std::array::from_fn(|block| {
            std::array::from_fn(|tone| Complex::unit(-steps[tone] * (block * BLOCK) as f64))
        });
        let inverse_gram = std::array::from_fn(|key| {
            let (row, column) = (key / 4, 4 + key % 4);
            let chosen = [row, TONES + row, column, TONES + column];
            let product = |a: usize, b: usize| (0..BLOCK).map(|n| wave(n, chosen[a]) * wave(n, chosen[b])).sum();
            invert(std::array::from_fn(|a| std::array::from_fn(|b| product(a, b))))
        });
        Self { basis, back, inverse_gram }
    }

    fn project(&self, samples: &[i16; BLOCK]) -> Block {
        let mut block = Block::default();
        for (&sample, basis) in samples.iter().zip(&self.basis) {
            let sample = f32::from(sample);
            block.energy += sample * sample;
            for (sum, wave) in block.sums.iter_mut().zip(basis) {
                *sum += sample * wave;
            }
        }
        block
    }

    /// Power of each tone over the window, at its nominal frequency.
    fn powers(&self, blocks: &[Block; WINDOW]) -> [f32; TONES] {
        std::array::from_fn(|tone| {
            let turned = blocks
                .iter()
                .zip(&self.back)
                .map(|(block, back)| Complex { re: block.sums[tone], im: -block.sums[TONES + tone] }.times(back[tone]));
            turned.fold(Complex::default(), Complex::plus).power()
        })
    }
}

/// Gauss–Jordan without pivoting: the matrix is symmetric and positive definite.
fn invert(mut matrix: [[f64; 4]; 4]) -> [[f32; 4]; 4] {
    let mut inverse: [[f64; 4]; 4] = std::array::from_fn(|a| std::array::from_fn(|b| f64::from(u8::from(a == b))));
    for pivot in 0..4 {
        let scale = 1.0 / matrix[pivot][pivot];
        for side in [&mut matrix, &mut inverse] {
            side[pivot] = side[pivot].map(|value| value * scale);
        }
        for line in (0..4).filter(|&line| line != pivot) {
            let factor = matrix[line][pivot];
            for side in [&mut matrix, &mut inverse] {
                let pivot_line = side[pivot];
                side[line].iter_mut().zip(pivot_line).for_each(|(value, pivot)| *value -= factor * pivot);
            }
        }
    }
    inverse.map(|line| line.map(|value| value as f32))
}
