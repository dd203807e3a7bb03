//! Waits in virtual time, whatever the settings say.

use proptest::prelude::*;

use super::tests::{Trial, call, ended};
use super::*;
use crate::calls::RetryPolicy;

fn unknown() -> CallStatus {
    CallStatus::Unknown { raw: "levitating".to_owned() }
}

proptest! {
    /// Rows 000-27, 001-26: each wait before a dial is repeated is the first one times the factor to the power of the
    /// repetitions before it; and as long as one is left, nothing has failed.
    #[test]
    fn repetitions_wait_ever_longer_and_nothing_has_failed_before_the_last(
        first_ms in 1..20_000u64,
        factor in 1.0..4.0f64,
        most in 0..6u32,
    ) {
        let retry = RetryPolicy { max_retries: most, initial_delay: Micros::from_ms(first_ms), backoff_factor: factor };
        let mut trial = Trial::placed_with(AttemptTimes { retry, ..AttemptTimes::default() });
        let mut expected = Micros::from_ms(first_ms).0 as f64;
        for _ in 0..most {
            let failed_at = trial.now;
            trial.input(Input::Dialed(Err(DialFailure::NotSent)));
            prop_assert_eq!((trial.attempt.state(), trial.asked.iter().find_map(ended)), (AttemptState::Placing, None));
            prop_assert_eq!(trial.wake(), Some(Timer::Retry));
            let gap = trial.now.since(failed_at).0 as f64;
            prop_assert!((gap - expected).abs() <= 2.0, "{} µs instead of {}", gap, expected);
            expected *= factor;
        }
        trial.input(Input::Dialed(Err(DialFailure::NotSent)));
        prop_assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::Network)));
        prop_assert_eq!(trial.count(&Output::Dial), most as usize + 1);
    }

    /// Rows 000-38, 000-39, 000-40: a status that nobody knows is asked about again an interval after each answer, until
    /// the longest time is over, and so no more often than that allows; then the call has failed.
    #[test]
    fn an_unknown_status_is_asked_about_at_the_interval_and_not_for_ever(
        interval_ms in 500..120_000u64,
        longest_ms in 500..7_200_000u64,
        latency_ms in 0..500u64,
    ) {
        let (interval, longest) = (Micros::from_ms(interval_ms), Micros::from_ms(longest_ms));
        let times = AttemptTimes { poll_interval: interval, max_polling: longest, ..AttemptTimes::default() };
        let mut trial = Trial::placed_with(times);
        trial.input(Input::Dialed(Ok(call(unknown()))));
        let (mut answered, mut polls) = (trial.now, 0);
        while trial.asked.iter().find_map(ended).is_none() {
            if trial.wake() == Some(Timer::Poll) {
                prop_assert_eq!(trial.now.since(answered), interval);
                trial.now = trial.now + Micros::from_ms(latency_ms);
                trial.input(Input::Polled(Ok(unknown())));
                (answered, polls) = (trial.now, polls + 1);
            }
        }
        prop_assert!(polls <= longest_ms / interval_ms + 1, "{} polls", polls);
        prop_assert!(trial.now >= longest && trial.now <= longest + Micros::from_ms(latency_ms), "{:?}", trial.now);
        prop_assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::StatusUnknownTimeout)));
    }
}
