//! Closing: no more is said, what is owed is drained, then the outcome is given out. Once.

use super::{Output, Reason, Session, SessionEvent, State, Timer};
use crate::dialog::End;
use crate::model::{Disposition, Evidence, FailureCode, Outcome};
use crate::time::Micros;

/// A store that takes longer than this to confirm the last facts does not keep the session open.
const DRAIN: Micros = Micros::from_secs(5);

impl Session {
    /// The dialog is over.
    pub(super) fn end(&mut self, now: Micros, end: End, reason: Reason) {
        self.drop_floor(now);
        self.timers.stop_all();
        // The dialog waits for nothing any more; what is on its way is drained.
        self.awaited = None;
        self.state = State::Ending { end, reason };
        self.timers.set(Timer::Commit, now + DRAIN);
        self.finish_if_drained(now);
    }

    /// It is over before a word was said.
    pub(super) fn end_unspoken(&mut self, now: Micros, reason: Reason) {
        let outcome = match reason {
            Reason::Canceled if matches!(self.state, State::New) => Outcome::unanswered(Disposition::Canceled),
            Reason::FarEndHungUp
            | Reason::Canceled
            | Reason::DialogEnded
            | Reason::MaxDuration
            | Reason::MediaFailed
            | Reason::SpeechFailed => Outcome::failed(technical(reason).unwrap_or(FailureCode::HangupEarly)),
        };
        self.finish(now, reason, Outcome { answered_by: self.answered_by, ..outcome });
    }

    /// While it was ending the far side left, or somebody lost patience: the end that was decided stands.
    pub(super) fn cut_short(&mut self, now: Micros, left: Reason) {
        if let State::Ending { reason, .. } = &mut self.state {
            if left == Reason::FarEndHungUp {
                *reason = left;
            }
            self.finish_if_drained(now);
        }
    }

    /// Goes from ending to ended once every fact is durable.
    pub(super) fn finish_if_drained(&mut self, now: Micros) {
        let State::Ending { end, reason } = &self.state else { return };
        if !self.uncommitted.is_empty() {
            return;
        }
        let (reason, outcome) = (*reason, self.outcome(end, *reason));
        self.finish(now, reason, outcome);
    }

    fn outcome(&self, end: &End, reason: Reason) -> Outcome {
        let failed = end.disposition == Disposition::Failed;
        Outcome {
            disposition: end.disposition,
            failure_code: failed.then(|| technical(reason).or(end.failure_code).unwrap_or(FailureCode::HangupEarly)),
            dialog_result: end.result.clone(),
            answers: self.dialog.answers(),
            answered_by: self.answered_by,
            queue: end.queue.clone(),
            message_left: end.disposition == Disposition::Voicemail && self.last_heard > Evidence::NotHeard,
        }
    }

    fn finish(&mut self, now: Micros, reason: Reason, outcome: Outcome) {
        self.timers.stop_all();
        self.emit(SessionEvent::HangUp { reason });
        if let Some(mut recorder) = self.recorder.take() {
            while let Some(block) = recorder.poll_block(now) {
                self.outputs.push_back(Output::Record(block));
            }
            self.outputs.extend(recorder.finish(now).map(Output::Record));
            let (lost_samples, drift_ms) = (recorder.lost() + self.ear.clock.ahead, self.ear.clock.drift_ms());
            self.emit(SessionEvent::Recorded { lost_samples, drift_ms });
        }
        self.outputs.push_back(Output::HangUp(reason));
        self.outputs.push_back(Output::Ended(outcome));
        self.state = State::Ended;
    }
}

/// The failure code where the failure was not the callee's doing.
fn technical(reason: Reason) -> Option<FailureCode> {
    match reason {
        Reason::MediaFailed => Some(FailureCode::MediaFailed),
        Reason::SpeechFailed => Some(FailureCode::SpeechFailed),
        Reason::DialogEnded | Reason::FarEndHungUp | Reason::MaxDuration | Reason::Canceled => None,
    }
}
