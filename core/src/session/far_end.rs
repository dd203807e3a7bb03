//! An estimate of what the far side has played.
//!
//! The far side plays what we send in order and at once, so it runs dry `plays_until`. The network's delay is not in
//! this estimate: it is learned from marks, half of the shortest round trip, for placing audio in the recording.

use voxgate_media::time::Samples;

use crate::time::Micros;

/// A mark that is later than this says more about a stall than about the path.
const LONGEST_DELAY: Micros = Micros::from_ms(500);

/// The play-out clock of one leg.
#[derive(Debug, Default)]
pub(super) struct FarEnd {
    plays_until: Micros,
    round_trip: Option<Micros>,
}

impl FarEnd {
    /// Audio of this length was sent; tells when its play-out begins.
    pub(super) fn sent(&mut self, now: Micros, length: Samples) -> Micros {
        let begins = self.plays_until.max(now);
        self.plays_until = begins + Micros::from_samples(length);
        begins
    }

    /// When everything sent so far will have been played.
    pub(super) fn plays_until(&self) -> Micros {
        self.plays_until
    }

    /// Audio that was sent and not yet played.
    pub(super) fn buffered(&self, now: Micros) -> Micros {
        self.plays_until - now
    }

    /// The far side was told to flush.
    pub(super) fn cleared(&mut self, now: Micros) {
        self.plays_until = self.plays_until.min(now);
    }

    /// A mark came back, `late` after the estimate said that all before it had been played.
    pub(super) fn mark_returned(&mut self, late: Micros) {
        let late = late.min(LONGEST_DELAY);
        self.round_trip = Some(self.round_trip.map_or(late, |shortest| shortest.min(late)));
    }

    /// How much later than estimated the callee hears us, as far as marks have told.
    pub(super) fn delay(&self) -> Micros {
        Micros(self.round_trip.unwrap_or_default().0 / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Samples = Samples(160);

    #[test]
    fn audio_plays_after_what_was_sent_before_it() {
        let mut far = FarEnd::default();
        assert_eq!(far.sent(Micros::from_ms(100), FRAME), Micros::from_ms(100));
        assert_eq!(far.sent(Micros::from_ms(105), FRAME), Micros::from_ms(120));
        assert_eq!(far.buffered(Micros::from_ms(105)), Micros::from_ms(35));
        assert_eq!(far.sent(Micros::from_ms(200), FRAME), Micros::from_ms(200));
    }

    #[test]
    fn a_clear_empties_the_far_side_at_once() {
        let mut far = FarEnd::default();
        far.sent(Micros::ZERO, Samples(1_600));
        far.cleared(Micros::from_ms(50));
        assert_eq!(far.buffered(Micros::from_ms(50)), Micros::ZERO);
        far.cleared(Micros::from_ms(90));
        assert_eq!(far.plays_until(), Micros::from_ms(50));
    }

    #[test]
    fn the_delay_is_half_of_the_shortest_round_trip() {
        let mut far = FarEnd::default();
        for late in [80, 40, 3_000] {
            far.mark_returned(Micros::from_ms(late));
        }
        assert_eq!(far.delay(), Micros::from_ms(20));
    }
}
