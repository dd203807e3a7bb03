//! The mouth: what we say, when it is sent, and how much of it was heard.

use std::sync::Arc;

use voxgate_media::frame::{FRAME_MS, FRAME_SAMPLES};
use voxgate_media::playout::{Chunk, Clip, Playout};
use voxgate_media::time::Samples;

use super::far_end::FarEnd;
use super::settings::Settings;
use crate::model::{Evidence, UtteranceId};
use crate::time::Micros;

/// A packet that arrives this shortly before a message is due sends it: one wake-up then does for both.
const EARLY: Micros = Micros::from_ms(8);
/// A message is due this much sooner than the lead needs it, so that a packet in step with it comes just before.
pub(super) const STEP: Micros = Micros::from_ms(4);
/// A mark that comes back this much before its audio can have been played does not prove that it was.
const MARK_TOO_EARLY: Micros = Micros::from_ms(200);

/// What we say now, if anything.
#[derive(Debug)]
pub(super) struct Mouth {
    lead: Micros,
    message: usize,
    far: FarEnd,
    playout: Playout,
    current: Option<Utterance>,
    next_id: UtteranceId,
}

#[derive(Debug)]
struct Utterance {
    id: UtteranceId,
    /// Whether all of its audio is here.
    complete: bool,
    sending: Sending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    /// For audio.
    Waiting,
    /// The next message is due.
    Flowing { due: Micros },
    /// Somebody speaks over it.
    Held,
    /// All was sent; its play-out ends then.
    Sent { ends: Micros },
}

/// What became of an utterance that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) id: UtteranceId,
    pub(super) heard: Samples,
    /// When the callee heard the last of it, by the play-out clock.
    pub(super) ends: Micros,
    pub(super) evidence: Evidence,
}

/// A message to send.
#[derive(Debug)]
pub(super) struct Message {
    /// Nothing where the end of the audio was all that was missing.
    pub(super) chunk: Option<Chunk>,
    pub(super) due: Micros,
    /// When the far side begins to play it.
    pub(super) plays: Micros,
    /// Whether it is the utterance's last: a mark follows it.
    pub(super) last: Option<UtteranceId>,
}

impl Mouth {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            lead: settings.lead,
            message: settings.frames_per_message.max(1),
            far: FarEnd::default(),
            playout: Playout::default(),
            current: None,
            next_id: UtteranceId(0),
        }
    }

    /// Begins an utterance whose audio will come.
    pub(super) fn begin(&mut self) -> UtteranceId {
        let id = self.next_id;
        self.next_id = id.next();
        self.playout.begin();
        self.current = Some(Utterance { id, complete: false, sending: Sending::Waiting });
        id
    }

    pub(super) fn current(&self) -> Option<UtteranceId> {
        self.current.as_ref().map(|u| u.id)
    }

    /// More audio of an utterance; tells whether it was wanted.
    pub(super) fn add(&mut self, now: Micros, id: UtteranceId, clip: Arc<Clip>, last: bool) -> bool {
        let Some(current) = self.current.as_mut().filter(|u| u.id == id) else {
            return false;
        };
        self.playout.push(clip);
        current.complete |= last;
        if current.sending == Sending::Waiting {
            current.sending = Sending::Flowing { due: now };
        }
        true
    }

    /// Whether more audio must come before anything else can happen.
    pub(super) fn is_waiting(&self) -> bool {
        self.current.as_ref().is_some_and(|u| u.sending == Sending::Waiting)
    }

    /// Whether the utterance turned out to have no audio at all.
    pub(super) fn is_mute(&self) -> bool {
        let complete = self.current.as_ref().is_some_and(|u| u.complete);
        complete && self.playout.is_exhausted() && self.playout.position() == Samples::ZERO
    }

    /// When the next message is due.
    pub(super) fn due(&self) -> Option<Micros> {
        match self.current.as_ref()?.sending {
            Sending::Flowing { due } => Some(due),
            Sending::Waiting | Sending::Held | Sending::Sent { .. } => None,
        }
    }

    /// The next message, if it is due, or nearly so and we are awake anyway.
    pub(super) fn poll_message(&mut self, now: Micros) -> Option<Message> {
        let due = self.due().filter(|&due| due <= now + EARLY)?;
        let lead_frames = self.lead.as_ms() / u64::from(FRAME_MS);
        let room = (self.lead + EARLY - self.far.buffered(now)).as_ms() / u64::from(FRAME_MS);
        let frames = if self.far.buffered(now) == Micros::ZERO { lead_frames } else { room.min(self.message as u64) };
        let chunk = self.playout.next_chunk(frames.max(1) as usize);
        let plays = chunk.as_ref().map_or(now, |chunk| self.far.sent(now, chunk.len()));
        let last = self.after_message(now);
        (chunk.is_some() || last.is_some()).then_some(Message { chunk, due, plays, last })
    }

    /// Decides what to wait for next; tells the utterance's id if all of it was sent.
    fn after_message(&mut self, now: Micros) -> Option<UtteranceId> {
        let due = self.next_due(now);
        let dry = self.far.plays_until();
        let current = self.current.as_mut()?;
        current.sending = match (self.playout.is_exhausted(), current.complete) {
            (false, _) => Sending::Flowing { due },
            (true, false) => Sending::Waiting,
            (true, true) => Sending::Sent { ends: dry },
        };
        matches!(current.sending, Sending::Sent { .. }).then_some(current.id)
    }

    /// When there is room for a message within the lead.
    fn next_due(&self, now: Micros) -> Micros {
        let message = Micros::from_samples(Samples((self.message * FRAME_SAMPLES) as u64));
        (self.far.plays_until() + message + STEP - self.lead).max(now)
    }

    /// Stops sending until it is known whether somebody wants to be heard.
    pub(super) fn hold(&mut self) {
        if let Some(current) = self.current.as_mut()
            && !matches!(current.sending, Sending::Sent { .. })
        {
            current.sending = Sending::Held;
        }
    }

    /// Goes on from where it was held: nothing was flushed, so all that was sent has been heard or still will be.
    pub(super) fn resume(&mut self, now: Micros) {
        let due = self.next_due(now);
        let Some(current) = self.current.as_mut().filter(|u| u.sending == Sending::Held) else {
            return;
        };
        current.sending =
            if self.playout.is_exhausted() && !current.complete { Sending::Waiting } else { Sending::Flowing { due } };
    }

    /// Gives the utterance up. The far side must be told to flush.
    pub(super) fn cut(&mut self, now: Micros) -> Option<Spoken> {
        let heard = self.heard(now);
        let current = self.current.take()?;
        self.far.cleared(now);
        Some(Spoken { id: current.id, heard, ends: self.far.plays_until(), evidence: Evidence::NotHeard })
    }

    /// A mark came back: an utterance whose audio can have been played by now was heard.
    pub(super) fn mark_returned(&mut self, now: Micros, id: UtteranceId) -> Option<Spoken> {
        let ends = self.sent_until().filter(|_| self.current() == Some(id))?;
        if now + MARK_TOO_EARLY < ends {
            return None;
        }
        self.far.mark_returned(now - ends);
        self.finish(Evidence::Acknowledged)
    }

    /// The mark did not come: the play-out clock decides.
    pub(super) fn mark_overdue(&mut self) -> Option<Spoken> {
        self.sent_until()?;
        self.finish(Evidence::Estimated)
    }

    /// When the utterance will have been played, once all of it was sent.
    pub(super) fn sent_until(&self) -> Option<Micros> {
        match self.current.as_ref()?.sending {
            Sending::Sent { ends } => Some(ends),
            Sending::Waiting | Sending::Flowing { .. } | Sending::Held => None,
        }
    }

    /// How much later than estimated the callee hears us.
    pub(super) fn delay(&self) -> Micros {
        self.far.delay()
    }

    fn heard(&self, now: Micros) -> Samples {
        self.playout.position() - self.far.buffered(now).to_samples()
    }

    fn finish(&mut self, evidence: Evidence) -> Option<Spoken> {
        let current = self.current.take()?;
        let (heard, ends) = (self.playout.position(), self.far.plays_until());
        Some(Spoken { id: current.id, heard, ends, evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mouth_saying(frames: usize) -> Mouth {
        let settings = Settings { frames_per_message: 2, ..Settings::default() };
        let mut mouth = Mouth::new(&settings);
        let id = mouth.begin();
        let clip = Arc::new(Clip::from_ulaw(vec![1; frames * FRAME_SAMPLES]));
        assert!(mouth.add(Micros::ZERO, id, clip, true));
        mouth
    }

    /// Sends whatever falls due until `end`, waking up only when something is due; tells when and how many frames.
    fn run(mouth: &mut Mouth, end: Micros) -> Vec<(u64, usize)> {
        let mut sent = Vec::new();
        while let Some(due) = mouth.due().filter(|&due| due <= end) {
            let message = mouth.poll_message(due).unwrap();
            sent.push((due.as_ms(), message.chunk.unwrap().ulaw().len() / FRAME_SAMPLES));
        }
        sent
    }

    #[test]
    fn the_lead_is_sent_at_once_and_then_kept() {
        let mut mouth = mouth_saying(10);
        assert_eq!(run(&mut mouth, Micros::from_ms(500)), [(0, 3), (44, 2), (84, 2), (124, 2), (164, 1)]);
        assert_eq!(mouth.sent_until(), Some(Micros::from_ms(200)));
    }

    #[test]
    fn a_wake_up_shortly_before_a_message_is_due_sends_it() {
        let mut mouth = mouth_saying(10);
        mouth.poll_message(Micros::ZERO).unwrap();
        assert!(mouth.poll_message(Micros::from_ms(20)).is_none());
        assert!(mouth.poll_message(Micros::from_ms(40)).is_some());
        assert_eq!(mouth.due(), Some(Micros::from_ms(84)), "the grid stays where it was");
    }

    #[test]
    fn what_is_held_goes_on_without_a_gap_or_a_repetition() {
        let mut mouth = mouth_saying(50);
        run(&mut mouth, Micros::from_ms(100));
        mouth.hold();
        assert_eq!(mouth.due(), None);
        mouth.resume(Micros::from_ms(110));
        assert_eq!(mouth.playout.position(), Samples::from_ms(140), "all that was sent is still going to be played");
        assert_eq!(mouth.due(), Some(Micros::from_ms(124)), "within the lead, as if nothing had been");
        mouth.hold();
        mouth.resume(Micros::from_ms(900));
        assert_eq!(mouth.playout.position(), Samples::from_ms(140), "the far side ran dry there");
        assert_eq!(mouth.due(), Some(Micros::from_ms(900)));
    }

    #[test]
    fn a_cut_tells_how_much_was_heard() {
        let mut mouth = mouth_saying(50);
        run(&mut mouth, Micros::from_ms(100));
        let spoken = mouth.cut(Micros::from_ms(105)).unwrap();
        assert_eq!((spoken.heard, spoken.evidence), (Samples::from_ms(105), Evidence::NotHeard));
        assert_eq!(mouth.due(), None);
        assert!(mouth.mark_returned(Micros::from_ms(106), spoken.id).is_none(), "flushed, not heard");
    }

    #[test]
    fn a_mark_counts_only_when_its_audio_can_have_been_played() {
        let mut mouth = mouth_saying(50);
        run(&mut mouth, Micros::from_secs(2));
        assert!(mouth.mark_returned(Micros::from_ms(700), UtteranceId(0)).is_none());
        let spoken = mouth.mark_returned(Micros::from_ms(1_030), UtteranceId(0)).unwrap();
        assert_eq!((spoken.heard, spoken.evidence), (Samples::from_ms(1_000), Evidence::Acknowledged));
        assert!(mouth.mark_returned(Micros::from_ms(1_040), UtteranceId(0)).is_none());
    }

    #[test]
    fn audio_of_a_dead_utterance_is_not_wanted() {
        let mut mouth = mouth_saying(5);
        let clip = Arc::new(Clip::from_ulaw(vec![1; 160]));
        mouth.cut(Micros::ZERO);
        assert!(!mouth.add(Micros::ZERO, UtteranceId(0), clip, true));
    }
}
