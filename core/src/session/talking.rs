//! Speaking for the dialog: what it wants done, and what becomes of what is said.

use std::sync::Arc;

use voxgate_media::playout::{Chunk, Clip};

use super::mouth::Spoken;
use super::{Floor, Output, Reason, SaidPrompt, Session, SessionEvent, SpeechCommand, SpeechEvent, State, Timer};
use crate::dialog::{Action, End, Event, Listen, Prompt, Say};
use crate::model::{Disposition, Evidence, Fact, FactId, FailureCode, UtteranceId};
use crate::time::Micros;

/// A prompt that was not made in this time never will be: nobody waits longer on the phone.
const READY: Micros = Micros::from_secs(8);
/// A mark may come this much later than the play-out estimate before the estimate decides.
const MARK: Micros = Micros::from_ms(1_500);
/// A store that takes longer than this does not keep a person on the line; the shell has spooled the fact by then.
const COMMIT: Micros = Micros::from_secs(5);

impl Session {
    /// Tells the dialog what happened and does what it wants.
    pub(super) fn tell_dialog(&mut self, now: Micros, event: Event) {
        self.dialog.handle_event(event);
        self.follow_dialog(now);
    }

    /// Does what the dialog wants, until it wants nothing or a fact must be durable first.
    pub(super) fn follow_dialog(&mut self, now: Micros) {
        while self.awaited.is_none() {
            let Some(action) = self.dialog.poll_action() else { return };
            match action {
                Action::Commit(fact) => self.commit(now, fact),
                Action::Turn { state, say, listen, ahead } => self.take_turn(now, state, say, listen, ahead),
                Action::AwaitKeys(time) => self.timers.set(Timer::Keys, now + time),
                Action::End(end) => return self.end(now, end, Reason::DialogEnded),
            }
        }
    }

    fn commit(&mut self, now: Micros, fact: Fact) {
        let id = self.next_fact;
        self.next_fact = id.next();
        self.uncommitted.insert(id);
        if fact.must_precede() {
            self.drop_floor(now);
            self.awaited = Some(id);
            self.timers.set(Timer::Commit, now + COMMIT);
        }
        self.outputs.push_back(Output::Commit(id, fact));
    }

    pub(super) fn on_committed(&mut self, now: Micros, id: FactId) {
        self.uncommitted.remove(&id);
        if self.awaited.take_if(|awaited| *awaited == id).is_some() {
            self.timers.stop(Timer::Commit);
            self.follow_dialog(now);
        }
        self.finish_if_drained(now);
    }

    pub(super) fn on_commit_overdue(&mut self, now: Micros) {
        if matches!(self.state, State::Ending { .. }) {
            self.uncommitted.clear();
            return self.finish_if_drained(now);
        }
        self.awaited = None;
        self.follow_dialog(now);
    }

    fn take_turn(
        &mut self,
        now: Micros,
        state: Arc<str>,
        say: Option<Say>,
        listen: Option<Listen>,
        ahead: Vec<Arc<Prompt>>,
    ) {
        self.drop_floor(now);
        self.emit(SessionEvent::State { state });
        self.listen = listen;
        self.must_hear = say.as_ref().is_some_and(|say| say.must_hear);
        match say {
            Some(say) => self.speak(now, say),
            None if self.listen.is_some() => self.open_floor(now),
            None => self.tell_dialog(now, Event::SayEnded { heard: Evidence::Acknowledged }),
        }
        for prompt in ahead {
            self.ask(SpeechCommand::Prepare(prompt));
        }
    }

    fn speak(&mut self, now: Micros, say: Say) {
        let utterance = self.mouth.begin();
        self.state = State::Active(Floor::Speaking);
        self.unsaid = Some(say.prompts.iter().map(|prompt| SaidPrompt::from(&**prompt)).collect());
        self.ask(SpeechCommand::Speak(utterance, say.prompts));
        self.arm_mouth(now);
    }

    /// Whatever was being said or heard is over, finished or not.
    pub(super) fn drop_floor(&mut self, now: Micros) {
        self.timers.stop(Timer::NoInput);
        self.timers.stop(Timer::Keys);
        if let Some(Floor::Held { turn } | Floor::Hearing { turn } | Floor::Thinking { turn }) = self.floor() {
            self.forget_turn(turn);
        }
        self.cut_utterance(now);
        if matches!(self.state, State::Active(_)) {
            self.state = State::Active(Floor::Deciding);
        }
    }

    /// Stops what is being said and flushes the far side.
    pub(super) fn cut_utterance(&mut self, now: Micros) {
        let Some(spoken) = self.mouth.cut(now) else { return };
        self.arm_mouth(now);
        self.ask(SpeechCommand::Cancel(spoken.id));
        if self.unsaid.is_none() {
            self.outputs.push_back(Output::Clear);
            if let Some(recorder) = self.recorder.as_mut() {
                recorder.cut_ours((now + self.mouth.delay()).to_samples());
            }
        }
        self.note_spoken(spoken);
    }

    fn note_spoken(&mut self, spoken: Spoken) {
        self.last_heard = spoken.evidence;
        if self.unsaid.take().is_some() {
            return;
        }
        let (until_ms, heard_ms) = ((spoken.ends + self.mouth.delay()).as_ms(), spoken.heard.as_ms());
        self.emit(SessionEvent::Heard { utterance: spoken.id, until_ms, heard_ms, evidence: spoken.evidence });
    }

    pub(super) fn on_speech(&mut self, now: Micros, event: SpeechEvent) {
        match event {
            SpeechEvent::Ready { utterance, clip, last } => self.on_ready(now, utterance, clip, last),
            SpeechEvent::SpeakFailed { utterance } if self.mouth.current() == Some(utterance) => {
                self.gone(now, Reason::SpeechFailed);
            }
            SpeechEvent::SpeakFailed { .. } => {}
            SpeechEvent::Onset => self.on_onset(now),
            SpeechEvent::Heard { turn, text } => self.on_heard(now, turn, Some(text)),
            SpeechEvent::NotUnderstood { turn } | SpeechEvent::ListenFailed { turn } => self.on_heard(now, turn, None),
        }
    }

    fn on_ready(&mut self, now: Micros, utterance: UtteranceId, clip: Arc<Clip>, last: bool) {
        if self.mouth.add(now, utterance, clip, last) {
            if self.mouth.is_mute() {
                return self.gone(now, Reason::SpeechFailed);
            }
            self.send_due(now);
        }
    }

    /// Sends what is due, and what is nearly due since we are awake.
    pub(super) fn send_due(&mut self, now: Micros) {
        while let Some(message) = self.mouth.poll_message(now) {
            if let Some(chunk) = message.chunk {
                self.send(now, chunk, message.due, message.plays);
            }
            if let Some(utterance) = message.last {
                self.outputs.push_back(Output::Mark(utterance));
            }
        }
        self.arm_mouth(now);
    }

    fn send(&mut self, now: Micros, chunk: Chunk, due: Micros, plays: Micros) {
        self.record_blocks(now);
        let heard_from = plays + self.mouth.delay();
        if let (Some(prompts), Some(utterance)) = (self.unsaid.take(), self.mouth.current()) {
            self.emit(SessionEvent::Said { utterance, from_ms: heard_from.as_ms(), prompts });
        }
        if let Some(recorder) = self.recorder.as_mut() {
            recorder.ours(heard_from.to_samples(), chunk.ulaw());
        }
        self.outputs.push_back(Output::Send { chunk, due });
    }

    /// Sets the timers of what we say to what it waits for: its next message, more audio, its mark.
    pub(super) fn arm_mouth(&mut self, now: Micros) {
        let overdue = self.timers.get(Timer::Ready).unwrap_or(now + READY);
        self.arm(Timer::Send, self.mouth.due());
        self.arm(Timer::Ready, self.mouth.is_waiting().then_some(overdue));
        self.arm(Timer::Mark, self.mouth.sent_until().map(|ends| ends + MARK));
    }

    fn arm(&mut self, timer: Timer, at: Option<Micros>) {
        match at {
            Some(at) => self.timers.set(timer, at),
            None => self.timers.stop(timer),
        }
    }

    pub(super) fn on_mark(&mut self, now: Micros, id: UtteranceId) {
        if let Some(spoken) = self.mouth.mark_returned(now, id) {
            self.on_spoken(now, spoken);
        }
    }

    pub(super) fn on_mark_overdue(&mut self, now: Micros) {
        if let Some(spoken) = self.mouth.mark_overdue() {
            self.on_spoken(now, spoken);
        }
    }

    /// All that was said has been played. Who spoke over its last moments goes on speaking.
    fn on_spoken(&mut self, now: Micros, spoken: Spoken) {
        self.arm_mouth(now);
        self.note_spoken(spoken);
        self.must_hear = false;
        if let Some(Floor::Held { turn }) = self.floor() {
            self.timers.stop(Timer::Confirm);
            self.state = State::Active(Floor::Hearing { turn });
        } else if matches!(self.floor(), Some(Floor::Speaking)) {
            self.state = State::Active(Floor::Deciding);
        }
        self.tell_dialog(now, Event::SayEnded { heard: spoken.evidence });
        if matches!(self.floor(), Some(Floor::Deciding)) && self.awaited.is_none() && self.listen.is_some() {
            self.open_floor(now);
        }
    }

    /// The callee may speak.
    pub(super) fn open_floor(&mut self, now: Micros) {
        self.state = State::Active(Floor::Listening);
        // Who is speaking already is heard from here on.
        self.ear.expect_onset();
        if let Some(listen) = &self.listen {
            self.timers.set(Timer::NoInput, now + listen.no_input);
        }
    }

    /// Nothing more can be said: the dialog tells how it ends.
    pub(super) fn gone(&mut self, now: Micros, reason: Reason) {
        match self.state {
            State::New | State::Classifying => return self.end_unspoken(now, reason),
            State::Ending { .. } | State::Ended => return self.cut_short(now, reason),
            State::Active(_) => {}
        }
        self.drop_floor(now);
        self.listen = None;
        self.awaited = None;
        self.dialog.handle_event(Event::Gone);
        while let Some(action) = self.dialog.poll_action() {
            match action {
                Action::Commit(fact) => self.commit(now, fact),
                Action::End(end) => return self.end(now, end, reason),
                Action::Turn { .. } | Action::AwaitKeys(_) => {}
            }
        }
        // A dialog always answers that it is over; one that does not is a defect of ours.
        let failure_code = Some(FailureCode::InternalError);
        self.end(now, End { disposition: Disposition::Failed, failure_code, result: None, queue: None }, reason);
    }
}
