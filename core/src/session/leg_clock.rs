//! One leg's clock against the session's: where its audio belongs, and how far the two drift apart.

use voxgate_media::time::Samples;

use crate::time::Micros;

/// A packet may begin this much before the last one ended: clocks in ms are coarse.
const OVERLAP: Samples = Samples::from_ms(10);
/// Audio that claims to be this far in the future is a flood.
const AHEAD: Samples = Samples::from_ms(500);
/// How long the least delay is looked for; the drift is the change between the first such stretch and the last.
const STRETCH: Samples = Samples::from_ms(5_000);

/// Places packets on the session's timeline.
#[derive(Debug, Default)]
pub(super) struct LegClock {
    /// The session's position of the leg's zero, in samples; known from the first packet on.
    zero: Option<i64>,
    next: Samples,
    drift: Drift,
    /// Samples that ran ahead of time.
    pub(super) ahead: u64,
}

/// Where a packet belongs on the session's timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// Behind the one before it.
    InOrder(Samples),
    /// Its successor was faster, or it came before: it can be recorded, but nobody can listen to it any more.
    Late(Samples),
}

#[derive(Debug, Default)]
struct Drift {
    first: Option<i64>,
    last: i64,
    least: Option<i64>,
    until: Samples,
}

impl LegClock {
    /// Where a packet of `length` that begins at `at` of the leg's clock belongs; `None` if it is far ahead of time.
    pub(super) fn place(&mut self, now: Micros, at: Samples, length: Samples) -> Option<Placed> {
        let present = now.to_samples();
        let zero = *self.zero.get_or_insert(present.0 as i64 - length.0 as i64 - at.0 as i64);
        let position = (at.0 as i64).saturating_add(zero);
        let place = Samples(u64::try_from(position).unwrap_or(0));
        if at + OVERLAP < self.next {
            return Some(Placed::Late(place));
        }
        if position > (present + AHEAD).0 as i64 {
            self.ahead += length.0;
            return None;
        }
        self.next = at + length;
        self.drift.arrived(present, present.0 as i64 - position - length.0 as i64);
        Some(Placed::InOrder(place))
    }

    /// How much the leg's clock has gained on ours (lost, if negative), in ms.
    pub(super) fn drift_ms(&self) -> i64 {
        self.drift.first.map_or(0, |first| (first - self.drift.last) / 8)
    }
}

impl Drift {
    fn arrived(&mut self, present: Samples, delay: i64) {
        let least = self.least.map_or(delay, |least| least.min(delay));
        self.least = Some(least);
        if self.until == Samples::ZERO {
            self.until = present + STRETCH;
        }
        if present >= self.until {
            self.first.get_or_insert(least);
            self.last = least;
            self.least = None;
            self.until = present + STRETCH;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Samples = Samples::FRAME;

    #[test]
    fn packets_are_placed_by_the_legs_own_clock() {
        let mut clock = LegClock::default();
        // (session ms, leg ms, expected ms)
        let table = [(1_020, 5, 1_000), (1_048, 25, 1_020), (1_090, 45, 1_040)];
        for (now, at, expected) in table {
            let placed = clock.place(Micros::from_ms(now), Samples::from_ms(at), FRAME);
            assert_eq!(placed, Some(Placed::InOrder(Samples::from_ms(expected))), "{now} {at}");
        }
    }

    #[test]
    fn what_is_late_has_a_place_and_what_is_far_ahead_has_none() {
        use Placed::{InOrder, Late};
        let mut clock = LegClock::default();
        let ms = Samples::from_ms;
        let table = [
            (20, 0, Some(InOrder(ms(0)))),
            (40, 20, Some(InOrder(ms(20)))),
            (41, 20, Some(Late(ms(20)))),
            (42, 0, Some(Late(ms(0)))),
            (60, 60_000, None),
            (60, 40, Some(InOrder(ms(40)))),
        ];
        for (now, at, expected) in table {
            assert_eq!(clock.place(Micros::from_ms(now), ms(at), FRAME), expected, "{now} {at}");
        }
        assert_eq!(clock.ahead, FRAME.0);
    }

    #[test]
    fn a_clock_that_runs_fast_shows_as_drift() {
        let mut clock = LegClock::default();
        for k in 0..3_000_u64 {
            let now = Micros(k * 20_000 - k * 20); // 0.1 % fast, with a jitter of up to 7 ms
            clock.place(now + Micros::from_ms(k * 31 % 8), Samples(k * 160), FRAME);
        }
        assert!((45..=65).contains(&clock.drift_ms()), "{}", clock.drift_ms());
    }
}
