//! The recorder: two tracks on the session's timeline, with a tail that may still change.
//!
//! What the callee said is placed by the leg's own clock; what the callee heard of us is placed where it is played. A
//! clear takes back what was not played, so nothing is final until it is older than the tail.

use std::ops::Range;

use voxgate_media::g711::ULAW_SILENCE;
use voxgate_media::time::Samples;

use super::record::Block;
use crate::time::Micros;

/// How long audio stays open to change beyond the lead: a late packet, a clear, a mark.
const TAIL: Samples = Samples::from_ms(1_000);
/// Blocks handed out are of this length.
const BLOCK: Samples = Samples::from_ms(1_000);
/// How far beyond the present audio may be placed: the lead, and what a leg may run ahead.
const AHEAD: Samples = Samples::from_ms(500);
const WINDOW: usize = (TAIL.0 + BLOCK.0 + AHEAD.0) as usize;

/// Two tracks and the window of them that is still open.
#[derive(Debug)]
pub(super) struct Recorder {
    begin: Samples,
    callee: Box<[u8]>,
    ours: Box<[u8]>,
    /// Samples that came when their place was final already.
    too_late: u64,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self {
            begin: Samples::ZERO,
            callee: vec![ULAW_SILENCE; WINDOW].into(),
            ours: vec![ULAW_SILENCE; WINDOW].into(),
            too_late: 0,
        }
    }

    /// What the callee said at `at` of the session's timeline.
    pub(super) fn callee(&mut self, at: Samples, ulaw: &[u8]) {
        self.too_late += place(&mut self.callee, self.begin, at, ulaw);
    }

    /// What the callee hears of us from `at` on.
    pub(super) fn ours(&mut self, at: Samples, ulaw: &[u8]) {
        self.too_late += place(&mut self.ours, self.begin, at, ulaw);
    }

    /// Nothing of ours is heard from `at` on: it was flushed.
    pub(super) fn cut_ours(&mut self, at: Samples) {
        let from = (at - self.begin).0 as usize;
        if let Some(tail) = self.ours.get_mut(from..) {
            tail.fill(ULAW_SILENCE);
        }
    }

    /// The next block that is final at `now`.
    pub(super) fn poll_block(&mut self, now: Micros) -> Option<Block> {
        if now.to_samples() < self.begin + BLOCK + TAIL {
            return None;
        }
        Some(self.take(BLOCK))
    }

    /// Everything up to `now`, final or not: the session is over.
    pub(super) fn finish(&mut self, now: Micros) -> Option<Block> {
        let length = (now.to_samples() - self.begin).min(Samples(WINDOW as u64));
        (length > Samples::ZERO).then(|| self.take(length))
    }

    /// Samples that are missing from the recording because they came too late, or too far ahead of time.
    pub(super) fn lost(&self) -> u64 {
        self.too_late
    }

    fn take(&mut self, length: Samples) -> Block {
        let n = length.0 as usize;
        let block = Block { at: self.begin, callee: shift(&mut self.callee, n), ours: shift(&mut self.ours, n) };
        self.begin += length;
        block
    }
}

/// Writes `ulaw` at `at` into a track that begins at `begin`; tells how many samples had no place in it.
fn place(track: &mut [u8], begin: Samples, at: Samples, ulaw: &[u8]) -> u64 {
    let skipped = ((begin - at).0 as usize).min(ulaw.len());
    let from = (at - begin).0 as usize;
    let wanted: Range<usize> = from.min(track.len())..(from + ulaw.len() - skipped).min(track.len());
    let placed = wanted.len();
    track[wanted].copy_from_slice(&ulaw[skipped..skipped + placed]);
    (ulaw.len() - placed) as u64
}

/// Takes the first `n` samples off a track and moves the rest forward.
fn shift(track: &mut [u8], n: usize) -> Vec<u8> {
    let taken = track[..n].to_vec();
    track.copy_within(n.., 0);
    let kept = track.len() - n;
    track[kept..].fill(ULAW_SILENCE);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Samples {
        Samples::from_ms(ms)
    }

    #[test]
    fn a_block_is_final_one_second_after_its_end() {
        let mut recorder = Recorder::new();
        recorder.callee(ms(500), &[1; 160]);
        assert!(recorder.poll_block(Micros::from_ms(1_999)).is_none());
        let block = recorder.poll_block(Micros::from_ms(2_000)).unwrap();
        assert_eq!((block.at, block.callee.len()), (ms(0), 8_000));
        assert_eq!(block.callee[4_000..4_160], [1; 160]);
        assert!(recorder.poll_block(Micros::from_ms(2_000)).is_none());
    }

    #[test]
    fn what_was_flushed_was_not_heard() {
        let mut recorder = Recorder::new();
        recorder.ours(ms(100), &[7; 1_600]);
        recorder.cut_ours(ms(150));
        let block = recorder.finish(Micros::from_ms(400)).unwrap();
        assert_eq!(block.ours.iter().filter(|&&b| b == 7).count(), 400);
        assert_eq!(block.callee.len(), block.ours.len());
    }

    #[test]
    fn audio_that_comes_too_late_is_counted() {
        let mut recorder = Recorder::new();
        recorder.poll_block(Micros::from_ms(2_000)).unwrap();
        recorder.callee(ms(990), &[1; 160]);
        assert_eq!(recorder.lost(), 80);
        recorder.callee(ms(3_490), &[1; 160]);
        assert_eq!(recorder.lost(), 160, "beyond the window");
        recorder.callee(ms(900_000), &[1; 160]);
        assert_eq!(recorder.lost(), 320);
    }

    #[test]
    fn the_end_hands_out_the_tail() {
        let mut recorder = Recorder::new();
        assert!(recorder.finish(Micros::ZERO).is_none());
        recorder.callee(ms(0), &[3; 160]);
        assert_eq!(recorder.finish(Micros::from_ms(20)).unwrap().callee, vec![3; 160]);
    }
}
