//! Request retries: repeating one request to a provider, within seconds.

use crate::time::Micros;

/// How often and when one request is repeated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Repetitions after the first try.
    pub max_retries: u32,
    /// Before the first repetition.
    pub initial_delay: Micros,
    /// Each further wait is this many times the one before; at least 1.
    pub backoff_factor: f64,
}

impl RetryPolicy {
    /// The wait before repetition number `retry`, counted from 0; `None` when they are used up. The provider's own wish
    /// wins where it is longer.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a saturating cast is what is meant")]
    #[expect(clippy::cast_precision_loss, reason = "delays are far below 2^53 microseconds")]
    pub fn delay(&self, retry: u32, retry_after: Option<Micros>) -> Option<Micros> {
        if retry >= self.max_retries {
            return None;
        }
        let growth = self.backoff_factor.max(1.0).powf(f64::from(retry));
        let ours = Micros((self.initial_delay.0 as f64 * growth) as u64);
        Some(ours.max(retry_after.unwrap_or_default()))
    }
}

impl Default for RetryPolicy {
    /// Three repetitions after 1, 2 and 4 s.
    fn default() -> Self {
        Self { max_retries: 3, initial_delay: Micros::from_secs(1), backoff_factor: 2.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_the_provider_may_ask_for_more() {
        let policy = RetryPolicy::default();
        let waits: Vec<_> = (0..4).map(|n| policy.delay(n, None)).collect();
        assert_eq!(waits, [1, 2, 4].map(|s| Some(Micros::from_secs(s))).into_iter().chain([None]).collect::<Vec<_>>());
        assert_eq!(policy.delay(0, Some(Micros::from_secs(9))), Some(Micros::from_secs(9)));
        assert_eq!(policy.delay(2, Some(Micros::from_secs(1))), Some(Micros::from_secs(4)));
    }
}
