//! The only reader of the clock in this crate.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time as the sandbox counts it: from its own start, with the wall-clock time of that start for dates in messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    started_unix_ms: u64,
}

impl Clock {
    /// A clock that begins now.
    #[expect(clippy::disallowed_methods, reason = "this is the reader of the clock")]
    pub(crate) fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_unix_ms: u64::try_from(unix.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Time since the sandbox's start.
    #[expect(clippy::disallowed_methods, reason = "this is the reader of the clock")]
    pub(crate) fn now(&self) -> Duration {
        Instant::now().saturating_duration_since(self.started)
    }

    /// The instant at which `now()` will read `at`, for timers of the runtime.
    pub(crate) fn instant(&self, at: Duration) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.started + at)
    }

    /// Milliseconds since the Unix epoch at `at`.
    pub(crate) fn unix_ms(&self, at: Duration) -> u64 {
        self.started_unix_ms.saturating_add(u64::try_from(at.as_millis()).unwrap_or(u64::MAX))
    }
}
