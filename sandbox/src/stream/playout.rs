//! Play-out of what the gateway sends: a queue of samples drained on the frame clock, with marks at positions in it.

use std::collections::VecDeque;

use voxgate_media::frame::FRAME_SAMPLES;
use voxgate_media::g711::ULAW_SILENCE;

/// Audio that waits at most: five minutes. The carrier's own bound is not published; ours keeps a flood bounded.
const QUEUE_BYTES: usize = 5 * 60 * 8000;
/// Marks that wait at most.
const QUEUE_MARKS: usize = 1000;
/// A gap longer than this many frames (2 s) begins a new stretch of speech; a shorter one is a stretch that ran dry.
const SAME_STRETCH_TICKS: u64 = 100;

/// The queue was full, and what came is dropped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// What one frame of play-out was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pulled {
    /// Bytes of the frame that are audio of the gateway's; the rest is silence.
    pub(super) heard: usize,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Playout {
    audio: VecDeque<u8>,
    /// Where each mark stands in the audio received so far, in bytes from the stream's start.
    marks: VecDeque<(u64, String)>,
    received: u64,
    played: u64,
    /// Media has come since the last mark or clear.
    open: bool,
    /// Ticks since an open stretch ran empty.
    dry_ticks: Option<u64>,
}

impl Playout {
    /// Audio arrives. True when it continues a stretch that had run dry.
    pub(super) fn on_media(&mut self, ulaw: &[u8]) -> Result<bool, Full> {
        if self.audio.len() + ulaw.len() > QUEUE_BYTES {
            return Err(Full);
        }
        self.audio.extend(ulaw);
        self.received += ulaw.len() as u64;
        let dry = self.dry_ticks.take().is_some_and(|ticks| ticks <= SAME_STRETCH_TICKS);
        let ran_dry = dry && self.open;
        self.open = true;
        Ok(ran_dry)
    }

    /// A mark arrives: it is passed when what came before it has been played, at once if nothing is queued.
    pub(super) fn on_mark(&mut self, name: String) -> Result<(), Full> {
        self.close_stretch();
        if self.marks.len() == QUEUE_MARKS {
            return Err(Full);
        }
        self.marks.push_back((self.received, name));
        Ok(())
    }

    /// What is queued is thrown away, and all waiting marks are passed.
    pub(super) fn on_clear(&mut self) {
        self.close_stretch();
        self.audio.clear();
        self.played = self.received;
    }

    /// Plays one frame into `frame`.
    pub(super) fn pull(&mut self, frame: &mut [u8; FRAME_SAMPLES]) -> Pulled {
        let heard = self.audio.len().min(FRAME_SAMPLES);
        for (slot, code) in frame.iter_mut().zip(self.audio.drain(..heard)) {
            *slot = code;
        }
        frame[heard..].fill(ULAW_SILENCE);
        self.played += heard as u64;
        if heard < FRAME_SAMPLES && self.open {
            self.dry_ticks = Some(self.dry_ticks.map_or(0, |ticks| ticks + 1));
        }
        if self.audio.is_empty() && self.audio.capacity() > QUEUE_BYTES / 10 {
            self.audio.shrink_to(FRAME_SAMPLES * 50);
        }
        Pulled { heard }
    }

    /// The next mark that has been passed.
    pub(super) fn pop_mark(&mut self) -> Option<String> {
        let played = self.played;
        self.marks.pop_front_if(|(at, _)| *at <= played).map(|(_, name)| name)
    }

    /// Nothing is queued.
    pub(super) fn is_empty(&self) -> bool {
        self.audio.is_empty()
    }

    /// Media has come since the last mark or clear: the gateway is in the middle of something.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    fn close_stretch(&mut self) {
        self.open = false;
        self.dry_ticks = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one line of a play-out table does and expects.
    enum Row {
        Media(usize),
        Mark(&'static str),
        Clear,
        /// Plays a frame: bytes heard, marks passed after it.
        Tick(usize, &'static [&'static str]),
        /// Marks passed without a frame.
        Now(&'static [&'static str]),
    }
    use Row::{Clear, Mark, Media, Now, Tick};

    fn run(rows: &[Row]) -> usize {
        let (mut playout, mut frame, mut ran_dry) = (Playout::default(), [0; FRAME_SAMPLES], 0);
        for (n, row) in rows.iter().enumerate() {
            match row {
                Media(bytes) => ran_dry += usize::from(playout.on_media(&vec![0x20; *bytes]).expect("room")),
                Mark(name) => playout.on_mark((*name).to_owned()).expect("room"),
                Clear => playout.on_clear(),
                Tick(heard, _) => assert_eq!(playout.pull(&mut frame).heard, *heard, "row {n}"),
                Now(_) => {}
            }
            if let Tick(_, marks) | Now(marks) = row {
                let passed: Vec<String> = std::iter::from_fn(|| playout.pop_mark()).collect();
                assert_eq!(passed, *marks, "row {n}");
            }
        }
        ran_dry
    }

    #[test]
    fn a_mark_is_passed_when_the_audio_before_it_has_been_played() {
        let rows = [Media(400), Mark("a"), Media(80), Mark("b"), Now(&[]), Tick(160, &[]), Tick(160, &[])];
        assert_eq!(run(&rows), 0);
        let more =
            [Media(400), Mark("a"), Media(80), Mark("b"), Tick(160, &[]), Tick(160, &[]), Tick(160, &["a", "b"])];
        assert_eq!(run(&more), 0);
    }

    #[test]
    fn a_mark_on_an_empty_queue_is_passed_at_once() {
        assert_eq!(run(&[Mark("a"), Now(&["a"]), Media(160), Tick(160, &[]), Mark("b"), Now(&["b"])]), 0);
    }

    #[test]
    fn a_clear_throws_audio_away_and_passes_every_mark() {
        assert_eq!(run(&[Media(800), Mark("a"), Media(800), Mark("b"), Clear, Now(&["a", "b"]), Tick(0, &[])]), 0);
    }

    #[test]
    fn only_a_stretch_that_goes_on_after_a_gap_ran_dry() {
        assert_eq!(run(&[Media(160), Tick(160, &[]), Tick(0, &[]), Media(160)]), 1, "a gap in the middle");
        assert_eq!(run(&[Media(100), Tick(100, &[]), Media(160)]), 1, "a frame that was not full");
        assert_eq!(run(&[Media(160), Tick(160, &[]), Media(160)]), 0, "in time");
        assert_eq!(run(&[Media(160), Mark("a"), Tick(160, &["a"]), Tick(0, &[]), Media(160)]), 0, "a mark ended it");
        assert_eq!(
            run(&[Media(160), Tick(160, &[]), Tick(0, &[]), Mark("a"), Now(&["a"]), Media(160)]),
            0,
            "late mark"
        );
        assert_eq!(run(&[Media(160), Tick(160, &[]), Tick(0, &[]), Clear, Media(160)]), 0, "a clear ended it");
    }

    proptest::proptest! {
        /// Whatever is sent, in whatever order: every mark comes back once, in order, never before the audio in front of
        /// it was played or cleared; and what is heard is what was sent and not cleared.
        #[test]
        fn every_mark_comes_back_once_and_in_order(steps in proptest::collection::vec((0..4_u8, 1..500_usize), 1..200)) {
            let (mut playout, mut frame) = (Playout::default(), [0; FRAME_SAMPLES]);
            let (mut sent, mut back, mut waiting, mut heard) = (0_usize, Vec::new(), 0, 0);
            for (step, size) in steps {
                match step {
                    0 => { playout.on_media(&vec![0; size]).expect("room"); waiting += size; }
                    1 => { playout.on_mark(sent.to_string()).expect("room"); sent += 1; }
                    2 => { playout.on_clear(); waiting = 0; }
                    _ => {
                        let pulled = playout.pull(&mut frame).heard;
                        proptest::prop_assert_eq!(pulled, waiting.min(FRAME_SAMPLES));
                        waiting -= pulled;
                        heard += pulled;
                    }
                }
                back.extend(std::iter::from_fn(|| playout.pop_mark()));
                if waiting == 0 {
                    proptest::prop_assert_eq!(back.len(), sent);
                }
            }
            playout.on_clear();
            back.extend(std::iter::from_fn(|| playout.pop_mark()));
            proptest::prop_assert_eq!(back, (0..sent).map(|n| n.to_string()).collect::<Vec<_>>());
            proptest::prop_assert!(heard as u64 <= playout.received);
        }
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut playout = Playout::default();
        playout.on_media(&vec![0; QUEUE_BYTES]).expect("room");
        assert_eq!(playout.on_media(&[0]), Err(Full));
        for n in 0..QUEUE_MARKS {
            playout.on_mark(n.to_string()).expect("room");
        }
        assert_eq!(playout.on_mark("one more".to_owned()), Err(Full));
    }
}
