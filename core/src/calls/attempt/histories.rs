//! Attempts by random histories.

use proptest::prelude::*;

use super::*;
use crate::calls::transition;

const ID: &str = "CA1";

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
    row: Row,
}

/// What is stored of it.
#[derive(Clone, Debug)]
struct Row {
    state: AttemptState,
    id: Option<String>,
    talked: bool,
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
            row: Row { state: AttemptState::Created, id: None, talked: false },
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
        let before = self.state;
        assert!(self.attempt.state() >= before, "moved back to {:?}", self.attempt.state());
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
                Output::Ended(outcome) => {
                    self.outcomes += 1;
                    assert_eq!(outcome.disposition == Disposition::Failed, outcome.failure_code.is_some());
                }
                Output::Unused(unused) => {
                    self.outcomes += 1;
                    assert!(before <= AttemptState::Accepted, "somebody's telephone rang");
                    assert!(unused != Unused::Withdrawn || !self.may_exist, "it may have been dialed");
                }
                Output::Over => self.over = true,
                Output::Known { id } => self.row.id = Some(id),
                Output::Moved(state) => {
                    assert_eq!(transition(self.row.state, state), Ok(()));
                    self.row.state = state;
                }
                Output::Session(_) | Output::CancelSession => {}
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
            12 if self.state > AttemptState::Created => {
                self.may_exist = true;
                self.row.talked |= self.state.is_live();
                self.input(Input::MediaUp { provider_call_id: ID.to_owned() });
            }
            13 => self.input(Input::SessionHangUp),
            14 => self.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed))),
            15 => self.input(Input::Cancel),
            16 if arg.is_multiple_of(2) => self.input(Input::Withdraw),
            16 => self.input(Input::Cease),
            17 if !self.over => self.crash(arg),
            _ => self.now = self.now + Micros::from_ms(u64::from(arg) * 50),
        }
    }

    /// The process dies and another one goes on by the row. What came after the dial may not have got into it.
    fn crash(&mut self, arg: u8) {
        let row = &mut self.row;
        if row.state.is_live() && row.state > AttemptState::Placing && arg.is_multiple_of(2) {
            row.state = AttemptState::Placing;
            if arg.is_multiple_of(4) {
                *row = Row { id: None, talked: false, ..row.clone() };
            }
        }
        self.may_exist |= row.state > AttemptState::Created;
        self.open.clear();
        let talked = row.talked.then(|| interrupted(&[]));
        let resumed = Resumed::from_row(row.state, row.id.clone(), talked);
        self.attempt = Attempt::resume(AttemptTimes::default(), self.now, resumed);
        self.state = row.state;
        self.settle();
        if self.state == AttemptState::Created {
            self.input(Input::Place);
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
                let answer = match arg % 6 {
                    5 => Err(DialFailure::Withheld),
                    0 => Err(DialFailure::NotSent),
                    1 => Err(DialFailure::RateLimited { retry_after: None }),
                    2 => Err(DialFailure::Refused(FailureCode::InvalidNumber)),
                    3 => Err(DialFailure::Unknown),
                    _ => Ok(accepted(some_status(arg))),
                };
                self.may_exist |= matches!(answer, Ok(_) | Err(DialFailure::Unknown | DialFailure::Refused(_)));
                self.input(Input::Dialed(answer));
            }
            Output::Find => self.input(Input::Found(Ok((0..arg % 3).map(|_| accepted(CallStatus::Ringing)).collect()))),
            Output::Poll { .. } => self.input(Input::Polled(status)),
            Output::HangUp { .. } => self.input(Input::HungUp(status)),
            Output::Known { .. }
            | Output::Session(_)
            | Output::CancelSession
            | Output::Moved(_)
            | Output::Ended(_)
            | Output::Unused(_)
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

fn accepted(status: CallStatus) -> Accepted {
    Accepted { provider_call_id: ID.to_owned(), status }
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
    /// Whatever happens in whatever order, and however often the process dies: exactly one outcome, no dial after one
    /// that may have been taken, nothing moves back, and it comes to an end.
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
