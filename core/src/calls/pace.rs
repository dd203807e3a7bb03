//! Calls per second, as one provider allows them.

use crate::time::Micros;

/// A token bucket of one token: dials are spread evenly and never come in a burst, for a provider would only queue what
/// is beyond its rate.
#[derive(Clone, Debug)]
pub struct Pace {
    interval: Micros,
    free_at: Micros,
}

impl Pace {
    /// At most `per_second` dials a second; fractions are fine. What is not above zero counts as one a second.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a saturating cast is what is meant")]
    pub fn new(per_second: f64) -> Self {
        let per_second = if per_second > 0.0 { per_second } else { 1.0 };
        Self { interval: Micros((1_000_000.0 / per_second).ceil() as u64), free_at: Micros::ZERO }
    }

    /// Spends the token.
    ///
    /// # Errors
    /// When the next one comes, where there is none.
    pub fn take(&mut self, now: Micros) -> Result<(), Micros> {
        if now < self.free_at {
            return Err(self.free_at);
        }
        self.free_at = now + self.interval;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_call_a_second_is_one_call_a_second() {
        let mut pace = Pace::new(1.0);
        assert_eq!(pace.take(Micros::from_secs(5)), Ok(()));
        assert_eq!(pace.take(Micros::from_secs(5)), Err(Micros::from_secs(6)));
        assert_eq!(pace.take(Micros(5_999_999)), Err(Micros::from_secs(6)));
        assert_eq!(pace.take(Micros::from_secs(6)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_second_has_more_dials_than_allowed(per_second in 0.1f64..50.0, steps in prop::collection::vec(0u64..400_000, 1..300)) {
            let mut pace = Pace::new(per_second);
            let mut now = Micros::ZERO;
            let mut taken = Vec::new();
            for step in steps {
                now = now + Micros(step);
                if pace.take(now).is_ok() {
                    taken.push(now);
                }
            }
            for (i, first) in taken.iter().enumerate() {
                let within = taken[i..].iter().filter(|t| t.since(*first) < Micros::from_secs(1)).count();
                prop_assert!(within as f64 <= per_second.ceil(), "{within} dials within a second at {per_second}");
            }
        }
    }
}
