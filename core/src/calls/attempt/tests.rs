//! Attempts by scenario.

use super::*;

pub(super) const ID: &str = "CA1";

/// An attempt with a clock, which answers tokens by itself and keeps what it was asked for.
pub(super) struct Trial {
    pub(super) attempt: Attempt,
    pub(super) now: Micros,
    pub(super) asked: Vec<Output>,
}

impl Trial {
    fn placed() -> Self {
        Self::placed_with(AttemptTimes::default())
    }

    pub(super) fn placed_with(times: AttemptTimes) -> Self {
        let mut trial = Self { attempt: Attempt::new(times), now: Micros::ZERO, asked: Vec::new() };
        trial.input(Input::Place);
        trial
    }

    fn accepted() -> Self {
        let mut trial = Self::placed();
        trial.input(Input::Dialed(Ok(call(CallStatus::Queued))));
        trial
    }

    pub(super) fn resumed(resumed: Resumed) -> Self {
        let now = Micros::from_secs(100);
        let attempt = Attempt::resume(AttemptTimes::default(), now, resumed);
        let mut trial = Self { attempt, now, asked: Vec::new() };
        trial.asked.extend(std::iter::from_fn(|| trial.attempt.poll_output()));
        trial
    }

    pub(super) fn input(&mut self, input: Input) {
        self.attempt.handle_input(self.now, input);
        while let Some(output) = self.attempt.poll_output() {
            if output == Output::AwaitToken {
                self.attempt.handle_input(self.now, Input::Token);
            }
            self.asked.push(output);
        }
    }

    pub(super) fn status(&mut self, sequence: u64, status: CallStatus) {
        self.input(Input::Provider(ProviderEvent {
            provider_call_id: ID.to_owned(),
            sequence: Some(sequence),
            happened: Happened::Status(status),
        }));
    }

    /// Goes to the next timer and says which it was.
    pub(super) fn wake(&mut self) -> Option<Timer> {
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

    pub(super) fn count(&self, output: &Output) -> usize {
        self.asked.iter().filter(|o| *o == output).count()
    }

    /// The disposition and failure code; panics unless there is exactly one outcome.
    pub(super) fn outcome(&self) -> (Disposition, Option<FailureCode>) {
        let outcomes: Vec<_> = self.asked.iter().filter_map(ended).collect();
        assert_eq!(outcomes.len(), 1, "{:?}", self.asked);
        (outcomes[0].disposition, outcomes[0].failure_code)
    }
}

pub(super) fn ended(output: &Output) -> Option<&Outcome> {
    if let Output::Ended(outcome) = output { Some(outcome) } else { None }
}

pub(super) fn call(status: CallStatus) -> Accepted {
    Accepted { provider_call_id: ID.to_owned(), status }
}

pub(super) fn poll() -> Output {
    Output::Poll { id: ID.to_owned() }
}

pub(super) fn hang_up(answered: bool) -> Output {
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
    trial.input(Input::HungUp(Err(RequestFailure::Later { retry_after: None })));
    assert_eq!(trial.wake(), Some(Timer::Poll));
    trial.input(Input::Polled(Ok(CallStatus::Ringing)));
    assert_eq!(trial.count(&hang_up(false)), 2, "a hang-up that failed is repeated while it rings");
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
fn callbacks_that_come_spare_polls() {
    let mut trial = Trial::accepted();
    for (second, status) in [(4, CallStatus::Dialing), (8, CallStatus::Ringing), (9, CallStatus::Ringing)] {
        trial.now = Micros::from_secs(second);
        trial.status(second, status);
    }
    assert_eq!(trial.attempt.poll_timeout(), Some((Micros::from_secs(13), Timer::Poll)));
    assert_eq!(trial.count(&poll()), 0);
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

/// Rows 000-37, 000-38, 000-39, 000-40: an unknown status keeps the state, is asked again at every interval, and ends at the longest time.
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

fn taken_back() -> Trial {
    let mut trial = Trial::accepted();
    for _ in 0..2 {
        assert_eq!(trial.wake(), Some(Timer::Poll));
        trial.input(Input::Polled(Ok(CallStatus::Queued)));
    }
    assert_eq!((trial.now, trial.count(&hang_up(false))), (Micros::from_secs(10), 1));
    trial
}

/// A call that the provider never began to dial costs no attempt: it is taken back there and put back here.
#[test]
fn a_call_that_stays_queued_is_taken_back() {
    for over in [CallEnd::Canceled, CallEnd::Completed] {
        let mut trial = taken_back();
        trial.status(0, CallStatus::Ended(over));
        assert_eq!(trial.count(&Output::Unused(Unused::ProviderQueue)), 1);
        assert_eq!((trial.asked.iter().filter_map(ended).count(), trial.asked.last()), (0, Some(&Output::Over)));
    }
}

/// It may have left the queue while it was being taken back: then somebody's telephone rang, or more.
#[test]
fn a_call_that_left_the_queue_after_all_is_used_up() {
    let table = [
        (CallStatus::Ringing, CallEnd::Canceled, (Disposition::NoAnswer, None)),
        (CallStatus::Answered, CallEnd::Completed, (Disposition::Failed, Some(FailureCode::MediaFailed))),
        (CallStatus::Ringing, CallEnd::Busy, (Disposition::Busy, None)),
    ];
    for (status, end, expected) in table {
        let mut trial = taken_back();
        trial.status(0, status);
        trial.status(1, CallStatus::Ended(end));
        assert_eq!(trial.outcome(), expected);
    }
}

/// A call that nobody says is out of the queue may still ring: it is not put back, for it would be dialed twice.
#[test]
fn a_queued_call_that_cannot_be_taken_back_is_not_dialed_anew() {
    let mut trial = taken_back();
    while trial.asked.iter().find_map(ended).is_none() {
        trial.input(Input::HungUp(Err(RequestFailure::Later { retry_after: None })));
        if trial.wake() == Some(Timer::Poll) {
            trial.input(Input::Polled(Err(RequestFailure::Later { retry_after: None })));
        }
    }
    assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::StatusUnknownTimeout)));
    assert_eq!(trial.count(&Output::Unused(Unused::ProviderQueue)), 0);
}

/// Until the dial is sent an attempt can be taken back for nothing; from then on it goes its way.
#[test]
fn an_attempt_is_withdrawn_only_before_its_dial() {
    let withdrawn = Output::Unused(Unused::Withdrawn);
    let mut waiting = Trial::placed();
    waiting.input(Input::Dialed(Err(DialFailure::NotSent)));
    waiting.input(Input::Withdraw);
    assert_eq!((waiting.count(&withdrawn), waiting.asked.last()), (1, Some(&Output::Over)));

    let mut refused = Trial::placed();
    refused.input(Input::Dialed(Err(DialFailure::Withheld)));
    assert_eq!((refused.count(&withdrawn), refused.asked.last()), (1, Some(&Output::Over)));

    let mut dialing = Trial::placed();
    dialing.input(Input::Withdraw);
    dialing.input(Input::Dialed(Ok(call(CallStatus::Ringing))));
    dialing.input(Input::Withdraw);
    dialing.status(0, CallStatus::Ended(CallEnd::NoAnswer));
    assert_eq!(dialing.outcome(), (Disposition::NoAnswer, None));
}

/// When the gateway stops, what is not dialed or only queued is put back, what rings rang in vain, and whoever is talked
/// with is hung up.
#[test]
fn an_attempt_ceases_by_how_far_it_came() {
    let mut waiting = Trial::placed();
    waiting.input(Input::Dialed(Err(DialFailure::NotSent)));
    waiting.input(Input::Cease);
    assert_eq!(waiting.count(&Output::Unused(Unused::Withdrawn)), 1);

    for (status, unused) in [(CallStatus::Queued, 1), (CallStatus::Ringing, 0)] {
        let mut dialing = Trial::placed();
        dialing.input(Input::Cease);
        dialing.input(Input::Dialed(Ok(call(status))));
        dialing.status(0, CallStatus::Ended(CallEnd::Canceled));
        assert_eq!(dialing.count(&Output::Unused(Unused::ProviderQueue)), unused);
        if unused == 0 {
            assert_eq!(dialing.outcome(), (Disposition::NoAnswer, None));
        }
    }
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
