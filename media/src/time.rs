//! Media time: counted in samples, never mixed with the time on the wall.

use std::ops::{Add, AddAssign, Sub, SubAssign};

use crate::frame::{FRAME_MS, FRAME_SAMPLES};

/// Samples a millisecond of telephone audio has.
const PER_MS: u64 = FRAME_SAMPLES as u64 / FRAME_MS as u64;

/// A position or a length in media time: samples at 8 kHz.
///
/// Arithmetic saturates at zero and at the largest value: a position before the start is the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Samples(pub u64);

impl Samples {
    /// The start, or no length.
    pub const ZERO: Self = Self(0);

    /// The length of one [`Frame`](crate::Frame).
    pub const FRAME: Self = Self(FRAME_SAMPLES as u64);

    /// A length given in milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(PER_MS))
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0 / PER_MS
    }
}

impl Add for Samples {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Samples {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Samples {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for Samples {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_eight_samples() {
        assert_eq!(Samples::from_ms(20), Samples::FRAME);
        assert_eq!(Samples(167).as_ms(), 20);
        assert_eq!(Samples::from_ms(u64::MAX), Samples(u64::MAX));
    }

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let mut at = Samples(5);
        at -= Samples(9);
        assert_eq!(at, Samples::ZERO);
        at += Samples(3);
        assert_eq!(at, Samples(3));
        assert_eq!(Samples(u64::MAX) + Samples(1), Samples(u64::MAX));
        assert_eq!(Samples(2) - Samples(1), Samples(1));
    }
}
