//! How much a peer may send.

use voxgate_core::time::Micros;

/// Messages a second that a peer may keep up: four times what audio in real time takes.
const PER_SECOND: u64 = 200;
/// Messages that may come at once, after a stall of ten seconds or so.
const BURST: u64 = 1_000;

/// Counts a peer's messages against the time. A peer that floods us is cut off before it costs others theirs.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    taken: u64,
    refilled: Micros,
}

impl Allowance {
    /// Takes one message; tells whether it was within the allowance.
    pub(super) fn take(&mut self, now: Micros) -> bool {
        let earned = now.since(self.refilled).0 * PER_SECOND / 1_000_000;
        if earned > 0 {
            self.taken = self.taken.saturating_sub(earned);
            self.refilled = now;
        }
        self.taken += 1;
        self.taken <= BURST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_time_audio_passes_for_ever_and_a_stall_is_caught_up() {
        let mut allowance = Allowance::default();
        assert!((0..100_000).all(|k| allowance.take(Micros::from_ms(k * 20))));
        let later = Micros::from_ms(100_000 * 20);
        assert!((0..500).all(|_| allowance.take(later)), "ten seconds at once");
    }

    #[test]
    fn a_flood_is_noticed() {
        let mut allowance = Allowance::default();
        let passed = (0..5_000).filter(|k| allowance.take(Micros(k * 100))).count();
        assert!((1_000..1_200).contains(&passed), "{passed}");
    }
}
