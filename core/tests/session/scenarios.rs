//! Calls as tables: what the callee does, and what must come of it.

use voxgate_core::model::{AnsweredBy, Disposition, Evidence, Fact, FailureCode};
use voxgate_core::session::{Command, Input, LegEvent, SessionEvent, Settings};

use crate::harness::{Call, Do, PROMPT, When};
use voxgate_core::model::LegId;
use voxgate_core::time::Micros;

pub(crate) const CONSENT: &str = include_str!("consent.yaml");

fn call(steps: &[(When, Do)]) -> Call {
    Call::new(CONSENT, Settings::default(), steps.to_vec()).run(120_000)
}

/// The prompts are: 0 greet, 1 notice, 2 ask, 3 read back, 4 thanks.
pub(crate) fn yes_to_everything() -> Vec<(When, Do)> {
    vec![
        (When::After(0, 300), Do::Say(500, Some("yes"))),
        (When::After(2, 300), Do::Say(500, Some("yes"))),
        (When::After(3, 300), Do::Say(500, Some("yes"))),
    ]
}

/// Rows 002-02, 002-49: a consent is spoken, read back and confirmed; the notice was heard.
#[test]
fn a_consent_by_voice() {
    let call = call(&yes_to_everything());
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.path(), ["hello", "notice", "ask", "read_back", "given"]);
    let outcome = call.outcome();
    assert_eq!(outcome.disposition, Disposition::Completed);
    assert_eq!(outcome.dialog_result.as_deref(), Some("consent_given"));
    assert_eq!(outcome.answers["consent"].value, "agree");
    let heard =
        call.events.iter().filter(|(_, e)| matches!(e, SessionEvent::Heard { evidence: Evidence::Acknowledged, .. }));
    assert_eq!(heard.count(), 5);
}

/// Speech that is meant cuts the prompt: sending stops at its onset, the clear follows once it is confirmed.
#[test]
fn barge_in_holds_and_then_clears() {
    let mut steps = yes_to_everything();
    steps[1] = (When::Into(2, 700), Do::Say(700, Some("yes")));
    let call = call(&steps);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    let (onset, clear) = (call.begun(2) + 700, call.clears[0]);
    let vad_delay = 100;
    let last_sent = call.sent.iter().map(|&(at, _)| at).rfind(|&at| at < clear).unwrap();
    assert!(last_sent <= onset + vad_delay, "{last_sent} {onset}");
    assert!((onset + 300..=onset + 300 + vad_delay + 60).contains(&clear), "{clear} {onset}");
}

/// A cough over the prompt is not meant: the prompt goes on where it was heard, and is heard in full.
#[test]
fn a_noise_over_the_prompt_resumes_it() {
    let mut steps = yes_to_everything();
    steps.push((When::Into(2, 700), Do::Say(100, None)));
    let call = call(&steps);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.clears, Vec::<u64>::new());
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    assert!(call.events.iter().any(|(_, event)| matches!(event, SessionEvent::Resumed { .. })));
    let ours = call.recorded.1.iter().filter(|&&b| b == 0x55).count() as u64 / 8;
    assert!((5 * PROMPT..5 * PROMPT + 40).contains(&ours), "{ours} ms of prompts were heard");
}

#[test]
fn what_must_be_heard_is_not_cut_by_speech() {
    let mut steps = yes_to_everything();
    steps.push((When::Into(1, 500), Do::Say(900, Some("yes"))));
    let call = call(&steps);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.clears, Vec::<u64>::new());
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
}

/// A key is taken at once: the next prompt begins in the same millisecond.
#[test]
fn a_key_cuts_the_prompt_and_the_next_one_begins() {
    let call = call(&[(When::Into(0, 500), Do::Press('1'))]);
    assert_eq!(call.begun(1), call.begun(0) + 500);
    assert_eq!(call.clears[0], call.begun(1));
}

#[test]
fn nobody_says_anything() {
    let call = call(&[]);
    let outcome = call.outcome();
    assert_eq!((outcome.disposition, outcome.failure_code), (Disposition::Failed, Some(FailureCode::HangupEarly)));
    assert!(call.events.iter().any(|(_, event)| *event == SessionEvent::NoInput));
}

/// Row 002-45: whoever hangs up, and whenever, leaves exactly one outcome that tells what was captured.
#[test]
fn hanging_up_leaves_what_was_captured() {
    let table = [
        (When::Into(0, 500), Disposition::Failed, Some(FailureCode::HangupEarly)),
        (When::Into(3, 500), Disposition::PartiallyCompleted, None),
        (When::Into(4, 500), Disposition::Completed, None),
    ];
    for (when, disposition, code) in table {
        let mut steps = yes_to_everything();
        steps.push((when.clone(), Do::HangUp));
        let call = call(&steps);
        assert_eq!(call.breaches, Vec::<String>::new());
        assert_eq!((call.outcome().disposition, call.outcome().failure_code), (disposition, code), "{when:?}");
    }
}

/// Row 002-69 in part: an opt-out is durable before we say so, and before we hang up.
#[test]
fn an_opt_out_is_durable_before_anything_else_happens() {
    for step in [Do::Say(700, Some("stop calling me")), Do::Press('9')] {
        let steps = vec![(When::After(0, 300), step)];
        let mut call = Call::new(CONSENT, Settings::default(), steps);
        call.give(Input::Leg(LegId(0), LegEvent::Up));
        call.hold_commits = true;
        let opted_out = |call: &Call| call.facts.iter().any(|fact| matches!(fact, Fact::OptOut { .. }));
        while !opted_out(&call) && call.now < 20_000 {
            call.step();
        }
        let said = call.sent.len();
        for _ in 0..1_000 {
            call.step();
        }
        assert_eq!(call.sent.len(), said, "nothing is said while the store has not answered");
        assert!(call.outcome.is_none());
        call.hold_commits = false;
        for id in std::mem::take(&mut call.uncommitted) {
            call.give(Input::Committed(id));
        }
        let call = call.run(60_000);
        assert_eq!(call.breaches, Vec::<String>::new());
        assert_eq!(call.outcome().disposition, Disposition::DoNotCall);
    }
}

/// Row 003-33: a machine's verdict moves the dialog to its message, which is said once the greeting has ended.
#[test]
fn a_message_is_left_on_a_machine() {
    let steps = vec![(When::Into(0, 900), Do::Verdict(AnsweredBy::Machine))];
    let call = Call::new(CONSENT, Settings::default(), steps).run(60_000);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.path(), ["hello", "message"]);
    assert_eq!(call.outcome().disposition, Disposition::Voicemail);
    assert!(call.outcome().message_left);
    assert_eq!(call.begun(1), call.begun(0) + 900);
}

#[test]
fn a_late_verdict_is_only_noted() {
    let mut steps = yes_to_everything();
    steps.push((When::Into(2, 100), Do::Verdict(AnsweredBy::Machine)));
    let call = call(&steps);
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
}

/// An unknown is spoken to at once, or when the time for a verdict is over.
#[test]
fn who_answered_is_waited_for_only_so_long() {
    let settings = Settings { classify: Micros::from_ms(800), ..Settings::default() };
    let waited = Call::new(CONSENT, settings.clone(), vec![]).run(1_500);
    assert_eq!(waited.begun(0), 800);
    let told = Call::new(CONSENT, settings, vec![(When::At(300), Do::Verdict(AnsweredBy::Human))]).run(1_500);
    assert_eq!(told.begun(0), 300);
    assert!(Call::new(CONSENT, Settings::default(), vec![]).run(500).begun(0) <= 1, "within the harness's millisecond");
}

#[test]
fn no_call_lasts_for_ever() {
    let settings = Settings { max_duration: Micros::from_secs(5), ..Settings::default() };
    let call = Call::new(CONSENT, settings, yes_to_everything()).run(60_000);
    assert_eq!(call.outcome.as_ref().unwrap().0, 5_000);
}

/// A peer that sends nothing, or takes nothing, is gone for the session.
#[test]
fn dead_media_ends_the_call() {
    let mut call = Call::new(CONSENT, Settings::default(), vec![]);
    call.mute = true;
    let call = call.run(60_000);
    assert_eq!((call.outcome().failure_code, call.now), (Some(FailureCode::MediaFailed), 10_000));

    let mut call = Call::new(CONSENT, Settings::default(), vec![]);
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    call.give(Input::Leg(LegId(0), LegEvent::Full));
    let call = call.run(60_000);
    assert_eq!((call.outcome().failure_code, call.now), (Some(FailureCode::MediaFailed), 2_000));
}

/// Row 001-07: a prompt that cannot be made ends the call as a failure of speech, not of the callee.
#[test]
fn a_prompt_that_cannot_be_made_fails_the_call() {
    use voxgate_core::model::UtteranceId;
    use voxgate_core::session::SpeechEvent;
    let mut call = Call::new(CONSENT, Settings::default(), vec![]);
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    call.give(Input::Speech(SpeechEvent::SpeakFailed { utterance: UtteranceId(9) }));
    assert!(call.outcome.is_none(), "a stale event");
    call.give(Input::Speech(SpeechEvent::SpeakFailed { utterance: UtteranceId(0) }));
    assert_eq!(call.outcome().failure_code, Some(FailureCode::SpeechFailed));
}

#[test]
fn a_call_can_be_canceled_before_and_after_it_was_answered() {
    let mut before = Call::new(CONSENT, Settings::default(), vec![]);
    before.give(Input::Command(Command::Cancel));
    assert_eq!(before.outcome().disposition, Disposition::Canceled);
    let mut after = Call::new(CONSENT, Settings::default(), yes_to_everything());
    after.give(Input::Leg(LegId(0), LegEvent::Up));
    while after.facts.iter().all(|fact| !matches!(fact, Fact::Answer { .. })) {
        after.step();
    }
    after.give(Input::Command(Command::Cancel));
    assert_eq!(after.outcome().disposition, Disposition::PartiallyCompleted);
}

/// The recording holds both voices where they were heard.
#[test]
fn the_recording_holds_both_voices_in_their_places() {
    let call = call(&yes_to_everything());
    let (callee, ours) = &call.recorded;
    assert_eq!(callee.len(), ours.len());
    let ms = |track: &[u8], byte: u8| track.iter().filter(|&&b| b == byte).count() as u64 / 8;
    assert_eq!(ms(ours, 0x55), 5 * PROMPT);
    let spoken = ms(callee, 0x90);
    assert!((1_500..=1_620).contains(&spoken), "{spoken}");
    let first = callee.iter().position(|&b| b == 0x90).unwrap() as u64 / 8;
    let answered = call.begun(0) + PROMPT + 300;
    assert!(first.abs_diff(answered) <= 20, "{first} {answered}");
}
