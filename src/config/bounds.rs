//! The most that one call can cause, as the config stands: how often somebody is called, how often a provider asked.

use std::fmt;
use std::time::Duration;

use super::Config;

/// The most that one call can cause through the provider of the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Attempts that count: so often a phone rings at most.
    pub attempts: u64,
    /// Times that the call is put back and no attempt counts. Each may be a dial that the provider took and never began.
    pub deferrals: u64,
    /// Dials that the provider takes.
    pub dials: u64,
    /// Requests to dial, those included that were provably not taken.
    pub dial_requests: u64,
    /// Other requests: status, hang-ups, looking for a dial whose answer was lost. Reached only where the provider
    /// answers and says nothing.
    pub other_requests: u64,
}

impl Config {
    /// The most that one call can cause. Times that the person on the phone asked for themselves are not counted.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let attempts = u64::from(self.call_policy().most_attempts());
        let deferrals = u64::from(self.calls.max_deferrals);
        let provider = self.calls.provider.as_deref().unwrap_or_default();
        let tries = u64::from(self.retry_of(provider).max_retries) + 1;
        let dials = attempts + deferrals;
        Bounds { attempts, deferrals, dials, dial_requests: dials * tries, other_requests: dials * self.questions() }
    }

    /// Requests about one dial that was taken.
    fn questions(&self) -> u64 {
        let calls = &self.calls;
        let looks = |span: Duration| span.as_millis().div_ceil(calls.status_poll_interval.as_millis().max(1)) as u64;
        // Before the outcome and after it a call is asked about; after it each answer that it lives is followed by a
        // hang-up, and one more goes out when it is given up.
        looks(calls.prove_timeout) + 3 * looks(calls.max_polling_duration) + 1
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, deferrals, dials, dial_requests, other_requests } = self;
        writeln!(f, "One call causes at most")?;
        writeln!(f, "  {attempts} attempts, and is put back {deferrals} times without one")?;
        writeln!(f, "  {dials} dials that the provider takes, by {dial_requests} requests to dial")?;
        writeln!(f, "  {other_requests} requests about these dials")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Provider;

    fn bounds(change: impl FnOnce(&mut Config)) -> Bounds {
        let mut config = Config::default();
        config.calls.max_deferrals = 0;
        change(&mut config);
        config.bounds()
    }

    /// Row 000-28: `n` retries are `n + 1` requests. Redials multiply them, and the smaller limit of attempts holds.
    #[test]
    fn retries_and_redials_multiply() {
        let counts = |change: fn(&mut Config)| {
            let found = bounds(change);
            (found.attempts, found.dials, found.dial_requests)
        };
        assert_eq!(counts(|_| ()), (6, 6, 24), "two redials, two, and one; three retries");
        assert_eq!(counts(|config| config.retry.max_retries = 0), (6, 6, 6));
        assert_eq!(counts(|config| (config.redial.transient, config.redial.busy) = (0, 1)), (4, 4, 16));
        assert_eq!(counts(|config| config.calls.max_attempts = 1), (1, 1, 4));
        assert_eq!(counts(|config| config.calls.max_deferrals = 7), (6, 13, 52), "a dial may be taken back unbegun");
    }

    /// Row 001-24: a provider's own retries win over those of everybody.
    #[test]
    fn a_provider_may_have_retries_of_its_own() {
        let found = bounds(|config| {
            config.calls.provider = Some("line".to_owned());
            config.providers.insert("line".to_owned(), Provider { max_retries: Some(1), ..Provider::default() });
        });
        assert_eq!((found.attempts, found.dial_requests), (6, 12));
    }

    #[test]
    fn a_silent_provider_is_asked_so_often_and_no_more() {
        let found = bounds(|config| {
            config.calls.max_attempts = 1;
            config.calls.status_poll_interval = Duration::from_secs(10);
            config.calls.max_polling_duration = Duration::from_secs(60);
            config.calls.prove_timeout = Duration::from_secs(30);
        });
        assert_eq!(found.other_requests, 3 + 3 * 6 + 1);
    }
}
