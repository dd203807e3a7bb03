//! Attempts by scenario, and by random histories.

use proptest::prelude::*;

use super::*;

const ID: &str = "CA1";

/// An attempt with a clock, which answers tokens by itself and keeps what it was asked for.
struct Trial {
    attempt: Attempt,
    now: Micros,
    asked: Vec<Output>,
}

impl Trial {
    fn placed() -> Self {
        let mut trial = Self { attempt: Attempt::new(AttemptTimes::default()), now: Micros::ZERO, asked: Vec::new() };
        trial.input(Input::Place);
        trial
    }

    fn accepted() -> Self {
        let mut trial = Self::placed();
        trial.input(Input::Dialed(Ok(call(CallStatus::Queued))));
        trial
    }

    fn input(&mut self, input: Input) {
        self.attempt.handle_input(self.now, input);
        while let Some(output) = self.attempt.poll_output() {
            if output == Output::AwaitToken {
                self.attempt.handle_input(self.now, Input::Token);
            }
            self.asked.push(output);
        }
    }

    fn status(&mut self, sequence: u64, status: CallStatus) {
        self.input(Input::Provider(ProviderEvent {
            provider_call_id: ID.to_owned(),
            sequence: Some(sequence),
            happened: Happened::Status(status),
        }));
    }

    /// Goes to the next timer and says which it was.
    fn wake(&mut self) -> Option<Timer> {
        let (at, timer) = self.attempt.poll_timeout()?;
        self.now = self.now.max(at);
        self.attempt.handle_timeout(self.now);
        while let Some(output) = self.attempt.poll_output() {
            if output == Output::AwaitToken {
                self.attempt.handle_input(self.now, Input::Token);
            }
            self.asked.push(output);
        }
        Some(timer)
    }

    fn count(&self, output: &Output) -> usize {
        self.asked.iter().filter(|o| *o == output).count()
    }

    /// The disposition and failure code; panics unless there is exactly one outcome.
    fn outcome(&self) -> (Disposition, Option<FailureCode>) {
        let outcomes: Vec<_> = self.asked.iter().filter_map(ended).collect();
        assert_eq!(outcomes.len(), 1, "{:?}", self.asked);
        (outcomes[0].disposition, outcomes[0].failure_code)
    }
}

fn ended(output: &Output) -> Option<&Outcome> {
    if let Output::Ended(outcome) = output { Some(outcome) } else { None }
}

fn call(status: CallStatus) -> Accepted {
    Accepted { provider_call_id: ID.to_owned(), status }
}

fn poll() -> Output {
    Output::Poll { id: ID.to_owned() }
}

fn hang_up(answered: bool) -> Output {
    Output::HangUp { id: ID.to_owned(), answered }
}

/// Row 002-08: what the provider reports is what the attempt comes to, and no session outlives it.
#[test]
fn an_unanswered_call_ends_as_its_provider_says() {
    let table = [
        (CallEnd::Busy, (Disposition::Busy, None)),
        (CallEnd::NoAnswer, (Disposition::NoAnswer, None)),
        (CallEnd::Declined, (Disposition::Declined, None)),
        (CallEnd::Canceled, (Disposition::Canceled, None)),
        (CallEnd::Completed, (Disposition::Failed, Some(FailureCode::MediaFailed))),
        (CallEnd::Failed(FailureCode::CarrierBlocked), (Disposition::Failed, Some(FailureCode::CarrierBlocked))),
    ];
    for (end, expected) in table {
        let mut trial = Trial::accepted();
        trial.status(0, CallStatus::Dialing);
        trial.status(1, CallStatus::Ringing);
        trial.status(2, CallStatus::Ended(end));
        assert_eq!(trial.outcome(), expected);
        assert_eq!(trial.asked[trial.asked.len() - 2..], [Output::CancelSession, Output::Over]);
    }
}

/// Row 002-63: a line that rings for ever is hung up once the ring time and its grace are over.
#[test]
fn endless_ringing_is_ended_by_us() {
    let mut trial = Trial::accepted();
    trial.status(0, CallStatus::Ringing);
    while trial.count(&hang_up(false)) == 0 {
        if trial.wake() == Some(Timer::Poll) {
            trial.input(Input::Polled(Ok(CallStatus::Ringing)));
        }
    }
    assert_eq!(trial.now, Micros::from_secs(38));
    trial.input(Input::HungUp(Ok(CallStatus::Ended(CallEnd::Canceled))));
    assert_eq!(trial.outcome(), (Disposition::NoAnswer, None));
}

#[test]
fn lost_callbacks_are_made_good_by_polls() {
    let mut trial = Trial::accepted();
    assert_eq!(trial.wake(), Some(Timer::Poll));
    assert_eq!(trial.now, Micros::from_secs(5));
    assert_eq!(trial.count(&poll()), 1);
    trial.input(Input::Polled(Err(RequestFailure::Later { retry_after: Some(Micros::from_secs(9)) })));
    assert_eq!(trial.wake(), Some(Timer::Poll));
    assert_eq!(trial.now, Micros::from_secs(14));
    trial.input(Input::Polled(Ok(CallStatus::Ended(CallEnd::Busy))));
    assert_eq!(trial.outcome(), (Disposition::Busy, None));
}

#[test]
fn callbacks_doubled_and_out_of_order_move_nothing_back() {
    let mut trial = Trial::accepted();
    trial.status(2, CallStatus::Answered);
    trial.status(1, CallStatus::Ringing);
    trial.status(2, CallStatus::Answered);
    trial.status(0, CallStatus::Dialing);
    assert_eq!(trial.attempt.state(), AttemptState::Answered);
    trial.input(Input::MediaUp { provider_call_id: ID.to_owned() });
    trial.status(3, CallStatus::Ended(CallEnd::Completed));
    trial.status(3, CallStatus::Ended(CallEnd::Completed));
    assert_eq!(trial.count(&Output::Session(session::ProviderEvent::Ended)), 1);
    trial.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed)));
    trial.status(1, CallStatus::Ringing);
    assert_eq!(trial.outcome(), (Disposition::Completed, None));
    let moves: Vec<_> = trial.asked.iter().filter(|o| matches!(o, Output::Moved(_))).collect();
    assert_eq!(moves.len(), 4, "{moves:?}");
}

/// Only what was provably not taken is dialed again, as often as the policy says.
#[test]
fn a_dial_that_was_not_taken_is_repeated_after_a_wait() {
    let mut trial = Trial::placed();
    trial.input(Input::Dialed(Err(DialFailure::RateLimited { retry_after: Some(Micros::from_secs(7)) })));
    assert_eq!((trial.wake(), trial.now), (Some(Timer::Retry), Micros::from_secs(7)));
    trial.input(Input::Dialed(Err(DialFailure::NotSent)));
    assert_eq!((trial.wake(), trial.now), (Some(Timer::Retry), Micros::from_secs(9)));
    trial.input(Input::Dialed(Err(DialFailure::NotSent)));
    assert_eq!((trial.wake(), trial.now), (Some(Timer::Retry), Micros::from_secs(13)));
    assert_eq!(trial.count(&Output::AwaitToken), 4);
    trial.input(Input::Dialed(Err(DialFailure::NotSent)));
    assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::Network)));
    assert_eq!(trial.count(&Output::Dial), 4);
}

#[test]
fn a_dial_without_an_answer_is_proven_by_its_callback() {
    let mut trial = Trial::placed();
    trial.input(Input::Dialed(Err(DialFailure::Unknown)));
    trial.status(1, CallStatus::Ringing);
    assert_eq!(trial.attempt.state(), AttemptState::Ringing);
    assert_eq!(trial.count(&Output::Known { id: ID.to_owned() }), 1);
    trial.status(2, CallStatus::Ended(CallEnd::NoAnswer));
    assert_eq!(trial.outcome(), (Disposition::NoAnswer, None));
    assert_eq!(trial.count(&Output::Dial), 1);
}

#[test]
fn a_dial_without_an_answer_is_found_by_a_unique_match() {
    let mut trial = Trial::placed();
    trial.input(Input::Dialed(Err(DialFailure::Unknown)));
    assert_eq!((trial.wake(), trial.now), (Some(Timer::Find), Micros::from_secs(2)));
    trial.input(Input::Found(Ok(vec![])));
    assert_eq!((trial.wake(), trial.now), (Some(Timer::Find), Micros::from_secs(7)));
    let other = Accepted { provider_call_id: "CA2".to_owned(), status: CallStatus::Ringing };
    trial.input(Input::Found(Ok(vec![call(CallStatus::Ringing), other])));
    assert_eq!(trial.attempt.state(), AttemptState::Placing);
    trial.wake();
    trial.input(Input::Found(Ok(vec![call(CallStatus::Ringing)])));
    assert_eq!(trial.attempt.state(), AttemptState::Ringing);
}

/// A dial that nothing proves ends the attempt without a second dial, and its call is ended should it show itself.
#[test]
fn a_dial_that_nothing_proves_is_never_repeated() {
    let mut trial = Trial::placed();
    trial.input(Input::Dialed(Err(DialFailure::Unknown)));
    while trial.wake() == Some(Timer::Find) {
        trial.input(Input::Found(Ok(vec![])));
    }
    assert_eq!(trial.now, Micros::from_secs(120));
    assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::StatusUnknownTimeout)));
    trial.status(1, CallStatus::Ringing);
    assert_eq!(trial.count(&hang_up(true)), 1);
    trial.input(Input::HungUp(Ok(CallStatus::Ended(CallEnd::Canceled))));
    assert_eq!((trial.count(&Output::Dial), trial.count(&Output::Over)), (1, 1));
}

/// Rows 000-37..40: an unknown status keeps the state, is asked again at every interval, and ends at the longest time.
#[test]
fn an_unknown_status_is_polled_until_the_deadline() {
    let mut trial = Trial::accepted();
    trial.status(0, CallStatus::Unknown { raw: "levitating".to_owned() });
    while trial.asked.iter().find_map(ended).is_none() {
        assert_eq!(trial.attempt.state(), AttemptState::Accepted);
        if trial.wake() == Some(Timer::Poll) {
            trial.input(Input::Polled(Ok(CallStatus::Unknown { raw: "levitating".to_owned() })));
        }
    }
    assert_eq!(trial.now, Micros::from_secs(30 * 60));
    assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::StatusUnknownTimeout)));
    assert!(trial.count(&poll()) <= 30 * 60 / 5 + 1);
}

#[test]
fn answered_without_media_is_a_failure_of_the_media() {
    let mut trial = Trial::accepted();
    trial.now = Micros::from_secs(3);
    trial.status(2, CallStatus::Answered);
    while trial.count(&hang_up(true)) == 0 {
        if trial.wake() == Some(Timer::Poll) {
            trial.input(Input::Polled(Ok(CallStatus::Answered)));
        }
    }
    assert_eq!(trial.now, Micros::from_secs(13));
    trial.input(Input::MediaUp { provider_call_id: ID.to_owned() });
    trial.input(Input::HungUp(Err(RequestFailure::Gone)));
    assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::MediaFailed)));
}

#[test]
fn a_call_that_stays_queued_is_taken_back() {
    let mut trial = Trial::accepted();
    for _ in 0..2 {
        assert_eq!(trial.wake(), Some(Timer::Poll));
        trial.input(Input::Polled(Ok(CallStatus::Queued)));
    }
    assert_eq!(trial.count(&hang_up(false)), 1);
    trial.status(0, CallStatus::Ended(CallEnd::Canceled));
    assert_eq!((trial.now, trial.outcome()), (Micros::from_secs(10), (Disposition::Canceled, None)));
}

/// A session that ends first gives the outcome at once; the call is asked about, and hung up, until it is over.
#[test]
fn a_call_is_over_only_when_proven_so() {
    let mut trial = Trial::accepted();
    trial.input(Input::MediaUp { provider_call_id: ID.to_owned() });
    assert_eq!(trial.attempt.poll_timeout(), None);
    trial.input(Input::SessionHangUp);
    trial.input(Input::HungUp(Err(RequestFailure::Later { retry_after: None })));
    trial.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed)));
    assert_eq!((trial.outcome().0, trial.count(&Output::Over)), (Disposition::Completed, 0));
    assert_eq!(trial.wake(), Some(Timer::Poll));
    trial.input(Input::Polled(Ok(CallStatus::Answered)));
    assert_eq!(trial.count(&hang_up(true)), 2);
    trial.input(Input::HungUp(Ok(CallStatus::Ended(CallEnd::Completed))));
    assert_eq!((trial.count(&Output::Over), trial.attempt.poll_timeout()), (1, None));
}

#[test]
fn canceling_depends_on_how_far_it_came() {
    let mut waiting = Trial::placed();
    waiting.input(Input::Dialed(Err(DialFailure::NotSent)));
    waiting.input(Input::Cancel);
    assert_eq!((waiting.outcome(), waiting.attempt.poll_timeout()), ((Disposition::Canceled, None), None));

    let mut dialing = Trial::placed();
    dialing.input(Input::Cancel);
    dialing.input(Input::Dialed(Ok(call(CallStatus::Queued))));
    dialing.input(Input::HungUp(Ok(CallStatus::Ended(CallEnd::Canceled))));
    assert_eq!(dialing.outcome(), (Disposition::Canceled, None));

    let mut talking = Trial::accepted();
    talking.input(Input::MediaUp { provider_call_id: ID.to_owned() });
    talking.input(Input::Cancel);
    assert_eq!(talking.asked.last(), Some(&Output::CancelSession));
    talking.input(Input::SessionEnded(Outcome::unanswered(Disposition::PartiallyCompleted)));
    assert_eq!(talking.outcome(), (Disposition::PartiallyCompleted, None));
}

#[test]
fn media_of_another_call_is_not_taken_for_ours() {
    let mut trial = Trial::accepted();
    trial.input(Input::MediaUp { provider_call_id: "CA2".to_owned() });
    assert_eq!(trial.attempt.state(), AttemptState::Accepted);
}

/// Answers what was asked and throws anything else in, while it watches the invariants.
struct History {
    attempt: Attempt,
    now: Micros,
    open: Vec<Output>,
    state: AttemptState,
    outcomes: usize,
    over: bool,
    /// A dial whose call may exist.
    may_exist: bool,
}

impl History {
    fn new() -> Self {
        let mut history = Self {
            attempt: Attempt::new(AttemptTimes::default()),
            now: Micros::ZERO,
            open: Vec::new(),
            state: AttemptState::Created,
            outcomes: 0,
            over: false,
            may_exist: false,
        };
        history.input(Input::Place);
        history
    }

    fn input(&mut self, input: Input) {
        self.attempt.handle_input(self.now, input);
        self.settle();
    }

    fn wake(&mut self) {
        let Some((at, _)) = self.attempt.poll_timeout() else { return };
        self.now = self.now.max(at);
        self.attempt.handle_timeout(self.now);
        self.settle();
    }

    fn settle(&mut self) {
        assert!(self.attempt.state() >= self.state, "moved back to {:?}", self.attempt.state());
        self.state = self.attempt.state();
        while let Some(output) = self.attempt.poll_output() {
            assert!(!self.over, "{output:?} after the last output");
            match output {
                Output::Dial => {
                    assert!(!self.may_exist, "a second dial");
                    self.open.push(output);
                }
                Output::AwaitToken | Output::Find | Output::Poll { .. } | Output::HangUp { .. } => {
                    self.open.push(output)
                }
                Output::Ended(_) => self.outcomes += 1,
                Output::Over => self.over = true,
                Output::Known { .. } | Output::Session(_) | Output::CancelSession | Output::Moved(_) => {}
            }
        }
        assert!(self.outcomes <= 1, "a second outcome");
    }

    fn step(&mut self, op: u8, arg: u8) {
        match op {
            0..=5 if !self.open.is_empty() => {
                let request = self.open.swap_remove(usize::from(arg) % self.open.len());
                self.answer(&request, arg / 8);
            }
            6..=8 if self.state > AttemptState::Created => self.callback(arg),
            9..=11 => self.wake(),
            12 => {
                self.may_exist = true;
                self.input(Input::MediaUp { provider_call_id: ID.to_owned() });
            }
            13 => self.input(Input::SessionHangUp),
            14 => self.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed))),
            15 => self.input(Input::Cancel),
            _ => self.now = self.now + Micros::from_ms(u64::from(arg) * 50),
        }
    }

    fn callback(&mut self, arg: u8) {
        self.may_exist = true;
        let happened = if arg.is_multiple_of(7) {
            Happened::AnsweredBy(crate::model::AnsweredBy::Machine)
        } else {
            Happened::Status(some_status(arg))
        };
        let sequence = (!arg.is_multiple_of(3)).then(|| u64::from(arg % 5));
        self.input(Input::Provider(ProviderEvent { provider_call_id: ID.to_owned(), sequence, happened }));
    }

    fn answer(&mut self, request: &Output, arg: u8) {
        let failure =
            if arg.is_multiple_of(2) { RequestFailure::Gone } else { RequestFailure::Later { retry_after: None } };
        let status = if arg.is_multiple_of(3) { Err(failure) } else { Ok(some_status(arg)) };
        match request {
            Output::AwaitToken => self.input(Input::Token),
            Output::Dial => {
                let answer = match arg % 5 {
                    0 => Err(DialFailure::NotSent),
                    1 => Err(DialFailure::RateLimited { retry_after: None }),
                    2 => Err(DialFailure::Refused(FailureCode::InvalidNumber)),
                    3 => Err(DialFailure::Unknown),
                    _ => Ok(call(some_status(arg))),
                };
                self.may_exist |= matches!(answer, Ok(_) | Err(DialFailure::Unknown | DialFailure::Refused(_)));
                self.input(Input::Dialed(answer));
            }
            Output::Find => self.input(Input::Found(Ok((0..arg % 3).map(|_| call(CallStatus::Ringing)).collect()))),
            Output::Poll { .. } => self.input(Input::Polled(status)),
            Output::HangUp { .. } => self.input(Input::HungUp(status)),
            Output::Known { .. }
            | Output::Session(_)
            | Output::CancelSession
            | Output::Moved(_)
            | Output::Ended(_)
            | Output::Over => panic!("{request:?} asks nothing"),
        }
    }

    /// Nothing new happens any more: every request fails, every timer fires, a session that talks ends.
    fn run_down(&mut self) {
        for _ in 0..2_000 {
            if self.over {
                return;
            }
            if let Some(request) = self.open.pop() {
                self.answer(&request, 3);
            } else if self.attempt.poll_timeout().is_some() {
                self.wake();
            } else {
                self.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed)));
            }
        }
        panic!("it never ends: {:?}", self.attempt);
    }
}

fn some_status(arg: u8) -> CallStatus {
    match arg % 9 {
        0 => CallStatus::Queued,
        1 => CallStatus::Dialing,
        2 | 3 => CallStatus::Ringing,
        4 | 5 => CallStatus::Answered,
        6 => CallStatus::Unknown { raw: "levitating".to_owned() },
        7 => CallStatus::Ended(CallEnd::Busy),
        _ => CallStatus::Ended(CallEnd::Completed),
    }
}

proptest! {
    /// Whatever happens in whatever order: exactly one outcome, no dial after one that may have been taken, nothing
    /// moves back, and it comes to an end.
    #[test]
    fn every_history_has_one_outcome_and_at_most_one_call(steps in prop::collection::vec((0u8..20, any::<u8>()), 0..60)) {
        let mut history = History::new();
        for (op, arg) in steps {
            history.step(op, arg);
        }
        history.run_down();
        prop_assert_eq!(history.outcomes, 1);
    }
}
