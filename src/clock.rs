//! The clock: the only place that reads one. Everything else is told the time.
#![expect(clippy::disallowed_methods, reason = "this is the reader of the clock")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use voxgate_core::time::Micros;

/// The time now, for deadlines. It never steps back.
#[must_use]
pub fn now() -> Instant {
    Instant::now()
}

/// The time of day, in ms since 1970-01-01T00:00:00Z. It may step.
#[must_use]
pub fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A zero point, from which the pure machines count their time.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(Instant);

impl Epoch {
    /// Counts from now.
    #[must_use]
    pub fn begin() -> Self {
        Self(now())
    }

    /// The time since the zero point.
    #[must_use]
    pub fn micros(&self) -> Micros {
        Micros(u64::try_from(now().duration_since(self.0).as_micros()).unwrap_or(u64::MAX))
    }

    /// When a point of a machine's time comes. Points past a century are brought to it.
    #[must_use]
    pub fn instant(&self, at: Micros) -> Instant {
        const CENTURY: u64 = 100 * 366 * 86_400 * 1_000_000;
        self.0 + Duration::from_micros(at.0.min(CENTURY))
    }
}
