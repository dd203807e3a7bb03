//! One attempt: a try to reach one number, from its order to its outcome.
//!
//! A dial goes out at most once unless it provably was not taken. A dial whose fate is unknown is proven by the
//! attempt's own callbacks or media, else by a unique match in the provider's list. Callbacks may be lost, doubled and
//! out of order: nothing moves back, and what they do not say is asked. An attempt whose process died is
//! [resumed](Attempt::resume) by the next one under the same rules.

#[cfg(test)]
mod histories;
mod io;
mod live;
mod resume;
#[cfg(test)]
mod resume_tests;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wait_tests;

use std::collections::VecDeque;

pub use io::{AttemptTimes, Input, Output, Timer, Unused};
pub use resume::{Resumed, interrupted};
pub use state::AttemptState;

use self::io::{Ending, Timers};
use self::live::{Live, Media};
use super::{Accepted, CallEnd, CallStatus, DialFailure, Happened, ProviderEvent, RequestFailure};
use crate::model::{Disposition, FailureCode, Outcome};
use crate::session;
use crate::time::Micros;

/// How long after a dial without an answer the provider's list is first asked: it takes a moment to show a call.
const FIRST_FIND: Micros = Micros::from_secs(2);

/// The machine of one attempt. Time counts from any fixed point.
#[derive(Debug)]
pub struct Attempt {
    times: AttemptTimes,
    state: State,
    timers: Timers,
    outputs: VecDeque<Output>,
    /// Whether somebody may have answered while no process of ours was there.
    unattended: bool,
}

#[derive(Debug)]
enum State {
    Created,
    Placing(Placing),
    /// The provider has the call, by its name.
    Live(Live),
    /// The outcome is out, the call is not yet proven over. `None`: not even its name is known.
    Closing(Option<String>),
    Over,
}

#[derive(Debug)]
struct Placing {
    step: Step,
    retries: u32,
    /// Somebody asked to stop it while a dial was under way: what it comes to, as soon as it is known.
    stop: Option<Ending>,
}

#[derive(Debug)]
enum Step {
    Token,
    Dialing,
    Backoff,
    Proving,
}

impl Attempt {
    /// An attempt to which nothing has happened.
    #[must_use]
    pub fn new(times: AttemptTimes) -> Self {
        Self { times, state: State::Created, timers: Timers::default(), outputs: VecDeque::new(), unattended: false }
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> AttemptState {
        match &self.state {
            State::Created => AttemptState::Created,
            State::Placing(_) => AttemptState::Placing,
            State::Live(live) => live.phase.state(),
            State::Closing(_) | State::Over => AttemptState::Ended,
        }
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Attempt::handle_timeout`], and what for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<(Micros, Timer)> {
        self.timers.next()
    }

    /// Something happened.
    pub fn handle_input(&mut self, now: Micros, input: Input) {
        match input {
            Input::Place => self.on_place(),
            Input::Token => self.on_token(),
            Input::Dialed(Ok(accepted)) => self.on_accepted(now, accepted),
            Input::Dialed(Err(failure)) => self.on_dial_failure(now, failure),
            Input::Found(found) => self.on_found(now, found.unwrap_or_default()),
            Input::Polled(answer) => self.on_answer(now, answer),
            Input::HungUp(answer) => self.on_hung_up(now, answer),
            Input::Provider(event) => self.on_provider(now, event),
            Input::MediaUp { provider_call_id } => self.on_media_up(now, provider_call_id),
            Input::SessionHangUp => self.on_session_hang_up(now),
            Input::SessionEnded(outcome) => self.on_session_ended(now, outcome),
            Input::Cancel => self.on_cancel(now),
            Input::Withdraw => self.on_withdraw(),
            Input::Cease => self.on_cease(now),
        }
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Micros) {
        while let Some(timer) = self.timers.expire(now) {
            match timer {
                Timer::Retry => self.on_retry(),
                Timer::Find => self.on_find(),
                Timer::Prove => self.on_unproven(now),
                Timer::Ring => self.stop_call(now, Outcome::unanswered(Disposition::NoAnswer).into()),
                Timer::Media => self.stop_call(now, self.without_media(CallEnd::Completed).into()),
                Timer::Poll => self.on_poll_due(),
                Timer::Drain => self.conclude(now, Outcome::failed(FailureCode::InternalError)),
                Timer::GiveUp => self.on_give_up(now),
            }
        }
    }

    fn on_place(&mut self) {
        if !matches!(self.state, State::Created) {
            return;
        }
        self.state = State::Placing(Placing { step: Step::Token, retries: 0, stop: None });
        self.outputs.extend([Output::Moved(AttemptState::Placing), Output::AwaitToken]);
    }

    fn on_token(&mut self) {
        let State::Placing(placing @ Placing { step: Step::Token, .. }) = &mut self.state else { return };
        placing.step = Step::Dialing;
        self.outputs.push_back(Output::Dial);
    }

    fn on_retry(&mut self) {
        let State::Placing(placing @ Placing { step: Step::Backoff, .. }) = &mut self.state else { return };
        placing.step = Step::Token;
        self.outputs.push_back(Output::AwaitToken);
    }

    /// The dial's own answer. A callback may have been quicker.
    fn on_accepted(&mut self, now: Micros, accepted: Accepted) {
        match &self.state {
            State::Placing(_) => self.transition_to_live(now, accepted),
            State::Live(live) if live.id == accepted.provider_call_id => self.on_status(now, accepted.status),
            State::Created | State::Live(_) | State::Closing(_) | State::Over => {}
        }
    }

    fn on_dial_failure(&mut self, now: Micros, failure: DialFailure) {
        let State::Placing(placing @ Placing { step: Step::Dialing, .. }) = &mut self.state else { return };
        let (wait, code) = match failure {
            DialFailure::NotSent => (None, FailureCode::Network),
            DialFailure::RateLimited { retry_after } => (retry_after, FailureCode::Timeout),
            DialFailure::Refused(code) => return self.end_unplaced(Outcome::failed(code).into()),
            DialFailure::Withheld => {
                let ending = placing.stop.take().unwrap_or(Ending::Unused(Unused::Withdrawn));
                return self.end_unplaced(ending);
            }
            DialFailure::Unknown => {
                placing.step = Step::Proving;
                self.timers.set(Timer::Find, now + FIRST_FIND);
                self.timers.set(Timer::Prove, now + self.times.prove_timeout);
                return;
            }
        };
        if let Some(ending) = placing.stop.take() {
            return self.end_unplaced(ending);
        }
        let Some(delay) = self.times.retry.delay(placing.retries, wait) else {
            return self.end_unplaced(Outcome::failed(code).into());
        };
        placing.retries += 1;
        placing.step = Step::Backoff;
        self.timers.set(Timer::Retry, now + delay);
    }

    fn on_find(&mut self) {
        if matches!(self.state, State::Placing(_)) {
            self.outputs.push_back(Output::Find);
        }
    }

    /// More than one match proves nothing.
    fn on_found(&mut self, now: Micros, found: Vec<Accepted>) {
        let State::Placing(Placing { step: Step::Proving, .. }) = self.state else { return };
        match <[Accepted; 1]>::try_from(found) {
            Ok([only]) => {
                self.attend(&only.status);
                self.transition_to_live(now, only);
            }
            Err(_) => self.timers.set(Timer::Find, now + self.times.poll_interval),
        }
    }

    /// Nothing proved the dial: the outcome goes out, and a call that shows itself later is ended.
    fn on_unproven(&mut self, now: Micros) {
        self.timers.stop_all();
        self.timers.set(Timer::GiveUp, now + self.times.max_polling);
        self.emit_ending(Outcome::failed(FailureCode::StatusUnknownTimeout).into());
        self.outputs.push_back(Output::CancelSession);
        self.state = State::Closing(None);
    }

    fn on_cancel(&mut self, now: Micros) {
        match &mut self.state {
            State::Placing(placing) => match placing.step {
                Step::Token | Step::Backoff => self.end_unplaced(canceled()),
                Step::Dialing | Step::Proving => placing.stop = Some(canceled()),
            },
            State::Created => self.end_unplaced(canceled()),
            State::Live(Live { media: Media::Up, .. }) => self.outputs.push_back(Output::CancelSession),
            State::Live(_) => self.stop_call(now, canceled()),
            State::Closing(_) | State::Over => {}
        }
    }

    /// Only what provably was not dialed is taken back: the wait for an earlier dial's answer goes on.
    fn on_withdraw(&mut self) {
        match &self.state {
            State::Created | State::Placing(Placing { step: Step::Token | Step::Backoff, .. }) => {
                self.end_unplaced(Ending::Unused(Unused::Withdrawn));
            }
            State::Placing(_) | State::Live(_) | State::Closing(_) | State::Over => {}
        }
    }

    /// What the provider has queued is put back, what rings rang in vain.
    fn on_cease(&mut self, now: Micros) {
        self.on_withdraw();
        match &mut self.state {
            State::Placing(placing) => {
                placing.stop.get_or_insert(Ending::Unused(Unused::Withdrawn));
            }
            State::Live(Live { media: Media::Up, .. }) => self.outputs.push_back(Output::CancelSession),
            State::Live(_) => self.stop_call(now, Ending::Unused(Unused::ProviderQueue)),
            State::Created | State::Closing(_) | State::Over => {}
        }
    }

    /// The end of an attempt that has no call at the provider.
    fn end_unplaced(&mut self, ending: Ending) {
        self.emit_ending(ending);
        self.outputs.push_back(Output::CancelSession);
        self.transition_to_over();
    }

    fn emit_ending(&mut self, ending: Ending) {
        self.outputs.extend([Output::Moved(AttemptState::Ended), ending.output()]);
    }

    fn transition_to_over(&mut self) {
        self.timers.stop_all();
        self.state = State::Over;
        self.outputs.push_back(Output::Over);
    }
}

fn canceled() -> Ending {
    Outcome::unanswered(Disposition::Canceled).into()
}
