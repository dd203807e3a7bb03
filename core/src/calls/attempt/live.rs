//! The part of an attempt's life in which the provider has the call.

use super::{
    Accepted, Attempt, AttemptState, CallEnd, CallStatus, Disposition, Ending, FailureCode, Happened, Micros, Outcome,
    Output, ProviderEvent, RequestFailure, State, Timer, Unused, session,
};

/// A call that the provider has.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) id: String,
    pub(super) phase: Phase,
    pub(super) media: Media,
    /// The count of the last event, where the provider counts.
    pub(super) sequence: Option<u64>,
    pub(super) accepted_at: Micros,
    /// We asked for its end: what the attempt comes to unless the provider knows better.
    pub(super) stop: Option<Ending>,
}

/// How far the call has come. It only moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Queued,
    Dialing,
    Ringing,
    Answered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Awaited,
    /// A session talks.
    Up,
    /// A session talked, and the call is over under it: its outcome is awaited.
    Draining,
}

impl Phase {
    pub(super) fn state(self) -> AttemptState {
        match self {
            Self::Queued | Self::Dialing => AttemptState::Accepted,
            Self::Ringing => AttemptState::Ringing,
            Self::Answered => AttemptState::Answered,
        }
    }
}

impl Ending {
    /// A call that was to be taken out of the queue, and got out of it before that, is used up.
    fn at(self, phase: Phase) -> Self {
        match (self, phase) {
            (Self::Unused(_), Phase::Dialing | Phase::Ringing) => Outcome::unanswered(Disposition::NoAnswer).into(),
            (Self::Unused(_), Phase::Answered) => Outcome::failed(FailureCode::MediaFailed).into(),
            (ending @ Self::Unused(_), Phase::Queued) | (ending @ Self::Outcome(_), _) => ending,
        }
    }
}

impl Attempt {
    pub(super) fn transition_to_live(&mut self, now: Micros, accepted: Accepted) {
        let State::Placing(placing) = &mut self.state else { return };
        let stop = placing.stop.take();
        let Accepted { provider_call_id: id, status } = accepted;
        self.outputs.extend([Output::Moved(AttemptState::Accepted), Output::Known { id: id.clone() }]);
        self.state = State::Live(Live {
            id,
            phase: Phase::Queued,
            media: Media::Awaited,
            sequence: None,
            accepted_at: now,
            stop: None,
        });
        self.timers.stop_all();
        self.timers.set(Timer::Ring, now + self.times.queue_timeout + self.times.ring_timeout + self.times.ring_grace);
        self.timers.set(Timer::GiveUp, now + self.times.max_polling);
        self.timers.set(Timer::Poll, now + self.times.poll_interval);
        self.on_status(now, status);
        match stop {
            None => {}
            // It was dialed after all.
            Some(Ending::Unused(_)) => self.stop_call(now, Ending::Unused(Unused::ProviderQueue)),
            Some(ending @ Ending::Outcome(_)) => self.stop_call(now, ending),
        }
    }

    pub(super) fn on_provider(&mut self, now: Micros, event: ProviderEvent) {
        let ProviderEvent { provider_call_id, sequence, happened } = event;
        if matches!(self.state, State::Placing(_)) {
            // Our own callback address proves the dial, whatever became of its answer.
            self.transition_to_live(
                now,
                Accepted { provider_call_id: provider_call_id.clone(), status: CallStatus::Queued },
            );
        }
        match &mut self.state {
            State::Live(live) if live.id == provider_call_id => match happened {
                Happened::AnsweredBy(who) => {
                    self.outputs.push_back(Output::Session(session::ProviderEvent::AnsweredBy(who)));
                }
                Happened::Status(status) => {
                    let stale = sequence.is_some() && sequence <= live.sequence;
                    live.sequence = live.sequence.max(sequence);
                    if !stale || matches!(status, CallStatus::Ended(_)) {
                        self.on_status(now, status);
                    }
                }
            },
            State::Closing(known) if known.as_ref().is_none_or(|id| *id == provider_call_id) => {
                let unheard_of = known.is_none();
                *known = Some(provider_call_id.clone());
                match happened {
                    Happened::Status(CallStatus::Ended(_)) => self.transition_to_over(),
                    Happened::Status(_) | Happened::AnsweredBy(_) if unheard_of => {
                        self.hang_up(now, provider_call_id, true);
                    }
                    Happened::Status(_) | Happened::AnsweredBy(_) => {}
                }
            }
            State::Created | State::Placing(_) | State::Live(_) | State::Closing(_) | State::Over => {}
        }
    }

    /// News of the call, by whatever way it came.
    pub(super) fn on_status(&mut self, now: Micros, status: CallStatus) {
        let phase = match status {
            CallStatus::Ended(end) => return self.on_call_over(now, end),
            // Whether it rings cannot be said, so it is not ended for ringing.
            CallStatus::Unknown { .. } => return self.timers.stop(Timer::Ring),
            CallStatus::Queued => Phase::Queued,
            CallStatus::Dialing => Phase::Dialing,
            CallStatus::Ringing => Phase::Ringing,
            CallStatus::Answered => Phase::Answered,
        };
        self.advance(now, phase);
    }

    fn advance(&mut self, now: Micros, phase: Phase) {
        let State::Live(live) = &mut self.state else { return };
        if phase <= live.phase {
            return;
        }
        let before = live.phase.state();
        let left_queue = live.phase == Phase::Queued;
        let awaited = live.media == Media::Awaited;
        live.phase = phase;
        if before != phase.state() {
            self.outputs.push_back(Output::Moved(phase.state()));
        }
        if live.stop.is_some() {
            return;
        }
        if self.timers.is_set(Timer::Poll) {
            // Callbacks come: no need to ask yet.
            self.timers.set(Timer::Poll, now + self.times.poll_interval);
        }
        if phase == Phase::Answered {
            self.timers.stop(Timer::Ring);
            if awaited {
                self.timers.set(Timer::Media, now + self.times.media_timeout);
            }
        } else if left_queue {
            self.timers.set(Timer::Ring, now + self.times.ring_timeout + self.times.ring_grace);
        }
    }

    pub(super) fn on_media_up(&mut self, now: Micros, provider_call_id: String) {
        if matches!(self.state, State::Placing(_)) {
            self.transition_to_live(
                now,
                Accepted { provider_call_id: provider_call_id.clone(), status: CallStatus::Answered },
            );
        }
        let State::Live(live) = &mut self.state else { return };
        if live.id != provider_call_id || live.media != Media::Awaited || live.stop.is_some() {
            return;
        }
        live.media = Media::Up;
        self.advance(now, Phase::Answered);
        // A live medium says more of the call than any poll; from here the session minds its length.
        self.timers.stop_all();
    }

    /// The call is proven over.
    fn on_call_over(&mut self, now: Micros, end: CallEnd) {
        let state = std::mem::replace(&mut self.state, State::Over);
        match state {
            State::Live(Live { media: Media::Awaited, stop, phase, .. }) => {
                self.end_unplaced(match (end, stop) {
                    (CallEnd::Completed | CallEnd::Canceled, Some(ours)) => ours.at(phase),
                    (end, _) => self.without_media(end).into(),
                });
            }
            State::Live(live @ Live { media: Media::Up, .. }) => {
                self.state = State::Live(Live { media: Media::Draining, ..live });
                self.timers.stop_all();
                self.timers.set(Timer::Drain, now + self.times.drain_timeout);
                self.outputs.push_back(Output::Session(session::ProviderEvent::Ended));
            }
            State::Closing(_) => self.transition_to_over(),
            other @ (State::Created | State::Placing(_) | State::Live(_) | State::Over) => self.state = other,
        }
    }

    /// What a call comes to whose media never came up here. Whoever answered while nobody was there may have been talked
    /// with, and was left alone in any case.
    pub(super) fn without_media(&self, end: CallEnd) -> Outcome {
        if self.unattended && end == CallEnd::Completed {
            return Outcome::failed(FailureCode::Interrupted);
        }
        end.without_media()
    }

    /// Ends the call at the provider before a session talks.
    pub(super) fn stop_call(&mut self, now: Micros, ending: Ending) {
        let State::Live(live) = &mut self.state else { return };
        if live.stop.is_some() || live.media != Media::Awaited {
            return;
        }
        live.stop = Some(ending);
        let (id, answered) = (live.id.clone(), live.phase == Phase::Answered);
        self.timers.stop(Timer::Ring);
        self.timers.stop(Timer::Media);
        self.outputs.push_back(Output::CancelSession);
        self.hang_up(now, id, answered);
    }

    fn hang_up(&mut self, now: Micros, id: String, answered: bool) {
        self.timers.set(Timer::Poll, now + self.times.poll_interval);
        self.outputs.push_back(Output::HangUp { id, answered });
    }

    pub(super) fn on_session_hang_up(&mut self, now: Micros) {
        let State::Live(Live { id, media: Media::Up, .. }) = &self.state else { return };
        let id = id.clone();
        self.hang_up(now, id, true);
    }

    /// The session is over: it talked, or it broke before it could.
    pub(super) fn on_session_ended(&mut self, now: Micros, outcome: Outcome) {
        let State::Live(live) = &self.state else { return };
        match live.media {
            Media::Up | Media::Draining => self.conclude(now, outcome),
            Media::Awaited => self.stop_call(now, outcome.into()),
        }
    }

    /// The attempt has its outcome; the call may still have to be proven over.
    pub(super) fn conclude(&mut self, now: Micros, outcome: Outcome) {
        let State::Live(live) = &self.state else { return };
        let (id, over) = (live.id.clone(), live.media == Media::Draining);
        self.emit_ending(outcome.into());
        if over {
            return self.transition_to_over();
        }
        self.state = State::Closing(Some(id));
        self.timers.stop_all();
        self.timers.set(Timer::Poll, now + self.times.poll_interval);
        self.timers.set(Timer::GiveUp, now + self.times.max_polling);
    }

    pub(super) fn on_poll_due(&mut self) {
        let id = match &self.state {
            State::Live(live) => live.id.clone(),
            State::Closing(Some(id)) => id.clone(),
            State::Created | State::Placing(_) | State::Closing(None) | State::Over => return,
        };
        self.outputs.push_back(Output::Poll { id });
    }

    /// The answer to a poll. A call whose end we want and that still lives is hung up again.
    pub(super) fn on_answer(&mut self, now: Micros, answer: Result<CallStatus, RequestFailure>) {
        match answer {
            Ok(status) => {
                self.attend(&status);
                self.on_status(now, status.clone());
                self.after_poll(now, &status);
            }
            Err(RequestFailure::Gone) => {
                self.on_call_over(now, CallEnd::Failed(FailureCode::StatusUnknownTimeout));
            }
            Err(RequestFailure::Later { retry_after }) => {
                self.poll_again(now, self.times.poll_interval.max(retry_after.unwrap_or_default()));
            }
        }
    }

    fn after_poll(&mut self, now: Micros, status: &CallStatus) {
        let queue_timeout = self.times.queue_timeout;
        match &self.state {
            State::Live(live) if live.media == Media::Awaited => {
                let (id, answered) = (live.id.clone(), live.phase == Phase::Answered);
                let stuck = *status == CallStatus::Queued
                    && live.phase == Phase::Queued
                    && now.since(live.accepted_at) >= queue_timeout;
                if live.stop.is_some() {
                    self.hang_up(now, id, answered);
                } else if stuck {
                    self.stop_call(now, Ending::Unused(Unused::ProviderQueue));
                } else {
                    self.poll_again(now, self.times.poll_interval);
                }
            }
            State::Closing(Some(id)) => {
                let id = id.clone();
                self.hang_up(now, id, true);
            }
            State::Live(_) | State::Created | State::Placing(_) | State::Closing(None) | State::Over => {}
        }
    }

    fn poll_again(&mut self, now: Micros, wait: Micros) {
        let polled = match &self.state {
            State::Live(live) => live.media == Media::Awaited,
            State::Closing(known) => known.is_some(),
            State::Created | State::Placing(_) | State::Over => false,
        };
        if polled && !self.timers.is_set(Timer::Poll) {
            self.timers.set(Timer::Poll, now + wait);
        }
    }

    /// The answer to a hang-up: a call that the provider does not know any more is over.
    pub(super) fn on_hung_up(&mut self, now: Micros, answer: Result<CallStatus, RequestFailure>) {
        match answer {
            Ok(status) => self.on_status(now, status),
            Err(RequestFailure::Gone) => self.on_call_over(now, CallEnd::Completed),
            Err(RequestFailure::Later { .. }) => self.poll_again(now, self.times.poll_interval),
        }
    }

    /// Nobody said in time that the call is over.
    pub(super) fn on_give_up(&mut self, now: Micros) {
        if matches!(self.state, State::Closing(_)) {
            return self.transition_to_over();
        }
        let State::Live(live) = &self.state else { return };
        let (id, answered) = (live.id.clone(), live.phase == Phase::Answered);
        let outcome = match &live.stop {
            Some(Ending::Outcome(ours)) => ours.clone(),
            // What may still ring must not be dialed anew.
            Some(Ending::Unused(_)) | None => Outcome::failed(FailureCode::StatusUnknownTimeout),
        };
        self.outputs.push_back(Output::CancelSession);
        self.conclude(now, outcome);
        self.hang_up(now, id, answered);
    }
}
