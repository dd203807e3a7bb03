//! Attempts whose process died: they go on where their row says that they stood, and nothing is dialed twice.

use std::collections::BTreeMap;

use super::live::{Live, Media, Phase};
use super::{Accepted, Attempt, AttemptState, AttemptTimes, CallStatus, Output, Placing, State, Step, Timer};
use crate::model::{Disposition, Fact, FailureCode, Outcome};
use crate::time::Micros;

/// How far an attempt had come when its process died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// Nothing was asked of anybody: it may be placed.
    Created,
    /// Its dial may have gone out: it is proven or given up, and never repeated.
    Placing,
    /// Its dial went out, for the provider's name for the call is known; its row says no more than that it was placed.
    Named {
        /// The provider's name for the call.
        id: String,
    },
    /// The provider has the call, and it has not begun to ring as far as is known.
    Accepted {
        /// The provider's name for the call.
        id: String,
    },
    /// It rang.
    Ringing {
        /// The provider's name for the call.
        id: String,
    },
    /// It was answered, and its media had not come: it may still.
    Answered {
        /// The provider's name for the call.
        id: String,
    },
    /// A session talked, and died: the call is hung up.
    Talking {
        /// The provider's name for the call.
        id: String,
        /// What it comes to: see [`interrupted`].
        outcome: Outcome,
    },
    /// Its outcome is written; its call is not proven over.
    Ended {
        /// The provider's name for the call, where it was ever known.
        id: Option<String>,
    },
}

impl Resumed {
    /// By what is stored of the attempt: its state, the provider's name for the call, and what its session comes to
    /// where one talked. A state that lags behind the other two counts for less than they do.
    #[must_use]
    pub fn from_row(state: AttemptState, id: Option<String>, talked: Option<Outcome>) -> Self {
        match (state, id, talked) {
            (AttemptState::Ended | AttemptState::Finalized, id, _) => Self::Ended { id },
            (_, Some(id), Some(outcome)) => Self::Talking { id, outcome },
            (AttemptState::Ringing, Some(id), None) => Self::Ringing { id },
            (AttemptState::Answered, Some(id), None) => Self::Answered { id },
            (AttemptState::Accepted, Some(id), None) => Self::Accepted { id },
            (AttemptState::Created | AttemptState::Placing, Some(id), None) => Self::Named { id },
            (AttemptState::Created, None, None) => Self::Created,
            (_, None, _) => Self::Placing,
        }
    }
}

/// What an attempt comes to whose session died: an opt-out counts for itself, everything else was interrupted. `facts`
/// are those that are durable, in their order.
#[must_use]
pub fn interrupted(facts: &[Fact]) -> Outcome {
    let mut answers = BTreeMap::new();
    let mut opted_out = false;
    for fact in facts {
        match fact {
            Fact::OptOut { .. } => opted_out = true,
            Fact::Answer { slot, answer } => {
                answers.insert(slot.clone(), answer.clone());
            }
            Fact::Checkpoint { .. } => {}
        }
    }
    let outcome =
        if opted_out { Outcome::unanswered(Disposition::DoNotCall) } else { Outcome::failed(FailureCode::Interrupted) };
    Outcome { answers, ..outcome }
}

impl Attempt {
    /// An attempt that another process began. What that process wrote is not said again: neither the state in which it
    /// stands nor an outcome that it has.
    #[must_use]
    pub fn resume(times: AttemptTimes, now: Micros, resumed: Resumed) -> Self {
        let mut attempt = Self { unattended: true, ..Self::new(times) };
        match resumed {
            Resumed::Created => {}
            Resumed::Placing => attempt.resume_placing(now),
            Resumed::Named { id } => attempt.resume_named(now, id),
            Resumed::Accepted { id } => attempt.resume_live(now, id, Phase::Queued),
            Resumed::Ringing { id } => attempt.resume_live(now, id, Phase::Ringing),
            Resumed::Answered { id } => attempt.resume_live(now, id, Phase::Answered),
            Resumed::Talking { id, outcome } => attempt.resume_talking(now, id, outcome),
            Resumed::Ended { id } => attempt.resume_ended(now, id),
        }
        attempt
    }

    /// However long ago the dial was, the provider's list is asked for as long as it would have been.
    fn resume_placing(&mut self, now: Micros) {
        self.state = State::Placing(Placing { step: Step::Proving, retries: 0, stop: None });
        self.timers.set(Timer::Find, now);
        self.timers.set(Timer::Prove, now + self.times.prove_timeout);
    }

    fn resume_named(&mut self, now: Micros, id: String) {
        self.resume_placing(now);
        self.transition_to_live(now, Accepted { provider_call_id: id, status: CallStatus::Queued });
        self.watch(now);
    }

    fn resume_live(&mut self, now: Micros, id: String, phase: Phase) {
        self.outputs.push_back(Output::Known { id: id.clone() });
        self.state =
            State::Live(Live { id, phase, media: Media::Awaited, sequence: None, accepted_at: now, stop: None });
        if phase == Phase::Answered {
            self.timers.set(Timer::Media, now + self.times.media_timeout);
        } else {
            let queue = if phase == Phase::Queued { self.times.queue_timeout } else { Micros::ZERO };
            self.timers.set(Timer::Ring, now + queue + self.times.ring_timeout + self.times.ring_grace);
        }
        self.watch(now);
    }

    /// Nobody can go on with the talk: whoever is on the line is not kept there.
    fn resume_talking(&mut self, now: Micros, id: String, outcome: Outcome) {
        self.emit_ending(outcome.into());
        self.state = State::Closing(Some(id.clone()));
        self.watch(now);
        self.outputs.push_back(Output::HangUp { id, answered: true });
    }

    fn resume_ended(&mut self, now: Micros, id: Option<String>) {
        self.state = State::Closing(id);
        self.watch(now);
    }

    /// The provider's word is there: a call that nobody answered until now is ours to watch from here.
    pub(super) fn attend(&mut self, status: &CallStatus) {
        match status {
            CallStatus::Queued | CallStatus::Dialing | CallStatus::Ringing => self.unattended = false,
            CallStatus::Answered | CallStatus::Ended(_) | CallStatus::Unknown { .. } => {}
        }
    }

    /// What happened meanwhile is asked at once.
    fn watch(&mut self, now: Micros) {
        self.timers.set(Timer::Poll, now);
        self.timers.set(Timer::GiveUp, now + self.times.max_polling);
    }
}
