//! Session time: microseconds since a session began.

use std::ops::{Add, Sub};

use voxgate_media::time::Samples;

/// A point in session time, or a span of it, in microseconds. The shell maps it to the machine's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

impl Micros {
    /// The beginning of the session, or no time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `ms` milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * 1_000)
    }

    /// A span of `s` seconds.
    #[must_use]
    pub const fn from_secs(s: u64) -> Self {
        Self(s * 1_000_000)
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0 / 1_000
    }

    /// The span from `earlier` to here; zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// The same span in samples at 8 kHz, rounded down.
    #[must_use]
    pub const fn to_samples(self) -> Samples {
        Samples(self.0 / 125)
    }

    /// A span of audio at 8 kHz as time.
    #[must_use]
    pub const fn from_samples(samples: Samples) -> Self {
        Self(samples.0 * 125)
    }
}

impl Add for Micros {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Saturates at zero: session time has no past before its beginning.
impl Sub for Micros {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.since(other)
    }
}
