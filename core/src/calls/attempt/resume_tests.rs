//! Attempts that another process began, by scenario.

use super::tests::{ID, Trial, call, ended, hang_up, poll};
use super::*;
use crate::model::{Answer, AnswerSource, Fact};

fn id() -> String {
    ID.to_owned()
}

/// What may have been dialed is looked for and never dialed again, whatever its row does not know.
#[test]
fn a_dial_that_may_have_gone_out_is_only_proven() {
    let mut found = Trial::resumed(Resumed::Placing);
    found.input(Input::Place);
    assert_eq!((found.wake(), found.now), (Some(Timer::Find), Micros::from_secs(100)));
    found.input(Input::Found(Ok(vec![call(CallStatus::Ringing)])));
    found.status(0, CallStatus::Ended(CallEnd::NoAnswer));
    assert_eq!(found.outcome(), (Disposition::NoAnswer, None));

    let mut called_back = Trial::resumed(Resumed::Placing);
    called_back.status(1, CallStatus::Answered);
    called_back.input(Input::MediaUp { provider_call_id: id() });
    called_back.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed)));
    assert_eq!(called_back.outcome(), (Disposition::Completed, None));

    let mut lost = Trial::resumed(Resumed::Placing);
    while lost.asked.iter().find_map(ended).is_none() {
        lost.wake();
        lost.input(Input::Found(Ok(vec![])));
    }
    assert_eq!(lost.now, Micros::from_secs(220));
    assert_eq!(lost.outcome(), (Disposition::Failed, Some(FailureCode::StatusUnknownTimeout)));
    for trial in [found, called_back, lost] {
        assert_eq!((trial.count(&Output::Dial), trial.count(&Output::AwaitToken)), (0, 0));
    }
}

#[test]
fn what_was_never_sent_is_placed_afresh() {
    let mut trial = Trial::resumed(Resumed::Created);
    trial.input(Input::Place);
    assert_eq!(trial.count(&Output::Dial), 1);
}

/// A call that rings goes on: it is asked about at once, and its session can still talk.
#[test]
fn a_ringing_call_goes_on() {
    let mut trial = Trial::resumed(Resumed::Ringing { id: id() });
    assert_eq!(trial.asked, [Output::Known { id: id() }], "its state is not told again");
    assert_eq!((trial.wake(), trial.now, trial.count(&poll())), (Some(Timer::Poll), Micros::from_secs(100), 1));
    trial.input(Input::Polled(Ok(CallStatus::Answered)));
    trial.input(Input::MediaUp { provider_call_id: id() });
    trial.input(Input::SessionEnded(Outcome::unanswered(Disposition::Completed)));
    assert_eq!(trial.outcome(), (Disposition::Completed, None));

    let mut endless = Trial::resumed(Resumed::Ringing { id: id() });
    while endless.count(&hang_up(false)) == 0 {
        if endless.wake() == Some(Timer::Poll) {
            endless.input(Input::Polled(Ok(CallStatus::Ringing)));
        }
    }
    assert_eq!(endless.now, Micros::from_secs(138), "the ring time and its grace count from the take-over");
}

#[test]
fn a_call_that_ended_meanwhile_ends_as_its_provider_says() {
    for resumed in [Resumed::Accepted { id: id() }, Resumed::Ringing { id: id() }, Resumed::Answered { id: id() }] {
        let mut trial = Trial::resumed(resumed);
        trial.wake();
        trial.input(Input::Polled(Ok(CallStatus::Ended(CallEnd::Busy))));
        assert_eq!((trial.outcome(), trial.asked.last()), ((Disposition::Busy, None), Some(&Output::Over)));
    }
}

/// Somebody was on the line when the process died: the outcome is out at once, and the line is not kept.
#[test]
fn a_talk_that_broke_off_is_hung_up_and_interrupted() {
    let mut trial = Trial::resumed(Resumed::Talking { id: id(), outcome: interrupted(&[]) });
    assert_eq!(trial.outcome(), (Disposition::Failed, Some(FailureCode::Interrupted)));
    assert_eq!((trial.count(&hang_up(true)), trial.count(&Output::Over)), (1, 0));
    trial.input(Input::HungUp(Err(RequestFailure::Later { retry_after: None })));
    trial.wake();
    trial.input(Input::Polled(Ok(CallStatus::Answered)));
    assert_eq!(trial.count(&hang_up(true)), 2, "it is hung up until it is over");
    trial.input(Input::HungUp(Ok(CallStatus::Ended(CallEnd::Completed))));
    assert_eq!((trial.outcome().1, trial.count(&Output::Over)), (Some(FailureCode::Interrupted), 1));
}

#[test]
fn what_was_committed_before_the_end_is_in_the_outcome() {
    let answer = |value: &str| Answer { value: value.to_owned(), source: AnswerSource::Keys, input: "1".to_owned() };
    let told = |value| Fact::Answer { slot: "consent".to_owned(), answer: answer(value) };
    let state = Fact::Checkpoint { state: "confirm".to_owned() };
    let talked = interrupted(&[state.clone(), told("agree"), told("refuse")]);
    assert_eq!(talked.failure_code, Some(FailureCode::Interrupted));
    assert_eq!(talked.answers.into_iter().collect::<Vec<_>>(), [("consent".to_owned(), answer("refuse"))]);
    let opted_out = interrupted(&[told("agree"), Fact::OptOut { input: "stop calling".to_owned() }, state]);
    assert_eq!((opted_out.disposition, opted_out.failure_code), (Disposition::DoNotCall, None));
}

/// An outcome that is written is not written again; its call is asked about until it is over.
#[test]
fn an_outcome_that_is_out_stays_the_only_one() {
    let mut known = Trial::resumed(Resumed::Ended { id: Some(id()) });
    known.wake();
    assert_eq!(known.count(&poll()), 1);
    known.input(Input::Polled(Ok(CallStatus::Answered)));
    assert_eq!(known.count(&hang_up(true)), 1);
    known.input(Input::HungUp(Err(RequestFailure::Gone)));

    let mut nameless = Trial::resumed(Resumed::Ended { id: None });
    while nameless.wake().is_some() {}
    assert_eq!(nameless.now, Micros::from_secs(100 + 30 * 60));
    for trial in [known, nameless] {
        assert_eq!((trial.asked.iter().filter_map(ended).count(), trial.count(&Output::Over)), (0, 1));
        assert!(!trial.asked.iter().any(|output| matches!(output, Output::Moved(_))));
    }
}

#[test]
fn a_row_says_where_it_goes_on() {
    use AttemptState::{Accepted, Answered, Created, Ended, Finalized, Placing, Ringing};
    let none = || None::<String>;
    let outcome = interrupted(&[]);
    let table = [
        (Created, none(), false, Resumed::Created),
        (Placing, none(), false, Resumed::Placing),
        (Accepted, none(), false, Resumed::Placing),
        (Placing, Some(id()), false, Resumed::Named { id: id() }),
        (Accepted, Some(id()), false, Resumed::Accepted { id: id() }),
        (Ringing, Some(id()), false, Resumed::Ringing { id: id() }),
        (Answered, Some(id()), false, Resumed::Answered { id: id() }),
        (Ringing, Some(id()), true, Resumed::Talking { id: id(), outcome: outcome.clone() }),
        (Ended, Some(id()), true, Resumed::Ended { id: Some(id()) }),
        (Finalized, none(), false, Resumed::Ended { id: None }),
    ];
    for (state, known, talked, expected) in table {
        let row = format!("{state}, {known:?}, {talked}");
        assert_eq!(Resumed::from_row(state, known, talked.then(|| outcome.clone())), expected, "{row}");
    }
}

/// Whoever answered a dead process is called back by a person; from the first look at a call that rings on, we are there.
#[test]
fn who_answered_while_nobody_was_there_was_interrupted() {
    let completed = || Input::Polled(Ok(CallStatus::Ended(CallEnd::Completed)));
    let interrupted = (Disposition::Failed, Some(FailureCode::Interrupted));
    let media_failed = (Disposition::Failed, Some(FailureCode::MediaFailed));
    let named = [Resumed::Named { id: id() }, Resumed::Accepted { id: id() }, Resumed::Ringing { id: id() }];
    for resumed in named.into_iter().chain([Resumed::Answered { id: id() }]) {
        let mut trial = Trial::resumed(resumed.clone());
        trial.wake();
        trial.input(completed());
        assert_eq!(trial.outcome(), interrupted, "{resumed:?}");
    }
    let mut found = Trial::resumed(Resumed::Placing);
    found.wake();
    found.input(Input::Found(Ok(vec![call(CallStatus::Ended(CallEnd::Completed))])));
    assert_eq!(found.outcome(), interrupted);

    let mut silent = Trial::resumed(Resumed::Accepted { id: id() });
    silent.wake();
    silent.input(Input::Polled(Ok(CallStatus::Answered)));
    while silent.count(&hang_up(true)) == 0 {
        silent.wake();
    }
    silent.input(Input::HungUp(Ok(CallStatus::Ended(CallEnd::Completed))));
    assert_eq!(silent.outcome(), interrupted, "no media comes for it any more");

    let mut watched = Trial::resumed(Resumed::Accepted { id: id() });
    watched.wake();
    watched.input(Input::Polled(Ok(CallStatus::Ringing)));
    watched.status(1, CallStatus::Ended(CallEnd::Completed));
    assert_eq!(watched.outcome(), media_failed);
}
