//! Lines that are not as they should be, and callees who are not: marks that get lost, packets that stall or change
//! places, a store or a voice that is slow.

use std::collections::BTreeMap;

use voxgate_core::model::{Disposition, Evidence, Fact, FailureCode, LegId, TurnId, UtteranceId};
use voxgate_core::session::{Input, LegEvent, SessionEvent, Settings, SpeechEvent};
use voxgate_media::playout::Clip;

use crate::harness::{Call, Do, Marks, PROMPT, Path, When};
use crate::scenarios::{CONSENT, yes_to_everything};

fn new(steps: &[(When, Do)]) -> Call {
    Call::new(CONSENT, Settings::default(), steps.to_vec())
}

fn evidence(call: &Call, wanted: u32) -> Vec<Evidence> {
    let heard = call.events.iter().filter_map(|(_, event)| match event {
        SessionEvent::Heard { utterance, evidence, .. } => (*utterance == UtteranceId(wanted)).then_some(*evidence),
        _ => None,
    });
    heard.collect()
}

fn lost_samples(call: &Call) -> u64 {
    let recorded = call.events.iter().find_map(|(_, event)| match event {
        SessionEvent::Recorded { lost_samples, .. } => Some(*lost_samples),
        _ => None,
    });
    recorded.unwrap()
}

fn ms(track: &[u8], byte: u8) -> u64 {
    track.iter().filter(|&&b| b == byte).count() as u64 / 8
}

/// Somebody who never stops talking is told what was not understood, and then the call comes to its end.
#[test]
fn a_callee_who_never_stops_talking_is_left_in_time() {
    let key = (When::Into(0, 300), Do::Press('1'));
    for (begins, before) in [
        (When::At(0), vec![]),
        (When::Into(0, 1_000), vec![]),
        (When::After(0, 200), vec![]),
        (When::Into(1, 1_000), vec![key]),
    ] {
        let steps = [before, vec![(begins.clone(), Do::Say(300_000, None))]].concat();
        let call = new(&steps).run(200_000);
        assert_eq!(call.breaches, Vec::<String>::new());
        assert!(call.now < 60_000, "{begins:?}: {} ms", call.now);
        assert_eq!(call.path().last(), Some(&"to_person"), "{begins:?}: {:?}", call.path());
    }
}

/// Who begins to speak while a prompt cannot be cut, and is still speaking when it is their turn, is heard.
#[test]
fn speech_that_goes_on_when_its_turn_comes_is_heard() {
    let mut steps = yes_to_everything();
    steps[1] = (When::Into(1, PROMPT - 200), Do::Say(200 + PROMPT + 600, Some("yes")));
    let call = new(&steps).run(60_000);
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    assert!(!call.events.iter().any(|(_, event)| *event == SessionEvent::NoInput));
}

/// Speech before a prompt's first audio is there cuts it before it was said; a noise does not.
#[test]
fn speech_before_the_prompt_is_ready() {
    let mut steps = yes_to_everything();
    steps[0] = (When::At(500), Do::Say(700, Some("yes")));
    let mut call = new(&steps);
    call.synthesis = 1_500;
    let call = call.run(60_000);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    assert_eq!(evidence(&call, 0), [], "what was never said was not heard either");
    assert_eq!(call.clears, Vec::<u64>::new(), "there was nothing to flush");

    let mut noisy = new(&[(When::At(500), Do::Say(100, None))]);
    noisy.synthesis = 700;
    let noisy = noisy.run(5_000);
    assert_eq!(evidence(&noisy, 0), [Evidence::Acknowledged]);
    assert!(ms(&noisy.recorded.1, 0x55) <= PROMPT);
}

/// A noise that is judged while the far side still plays what it has: none of that is said again.
#[test]
fn a_noise_that_is_judged_at_once_repeats_nothing() {
    let mut call = new(&[]);
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    call.pass(705, false);
    call.give(Input::Speech(SpeechEvent::Onset));
    call.pass(5, false);
    call.give(Input::Speech(SpeechEvent::NotUnderstood { turn: TurnId(0) }));
    let call = call.run(PROMPT + 3_000);
    assert_eq!(call.breaches, Vec::<String>::new());
    let said: usize = call.sent.iter().map(|&(_, ms)| ms).sum();
    assert_eq!(said, PROMPT as usize);
    assert_eq!(evidence(&call, 0), [Evidence::Acknowledged]);
}

/// A mark that comes back because the far side was flushed proves nothing.
#[test]
fn a_flushed_mark_proves_nothing() {
    let call = new(&[(When::Into(0, PROMPT - 30), Do::Press('1'))]).run(10_000);
    assert_eq!(evidence(&call, 0), [Evidence::NotHeard]);
    let early = LegEvent::MarkReturned(UtteranceId(0));
    let mut call = new(&[]);
    call.marks = Marks::Lost;
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    call.pass(PROMPT - 300, false);
    call.give(Input::Leg(LegId(0), early));
    call.pass(3_000, false);
    assert_eq!(
        evidence(&call, 0),
        [Evidence::Estimated],
        "so does one that comes before its audio can have been played"
    );
}

/// Without marks the play-out clock tells what was heard. What must be heard is then not proven, unless the script says
/// that an estimate does.
#[test]
fn marks_that_never_return() {
    let estimated = CONSENT.replacen("kind: consent", "kind: consent\nevidence: estimated", 1);
    for (script, result) in [(CONSENT, "consent_unclear"), (estimated.as_str(), "consent_given")] {
        let steps = [0, 2, 3].map(|n| (When::Into(n, PROMPT + 2_000), Do::Say(500, Some("yes"))));
        let mut call = Call::new(script, Settings::default(), steps.to_vec());
        call.marks = Marks::Lost;
        let call = call.run(120_000);
        assert_eq!(call.breaches, Vec::<String>::new());
        assert_eq!(call.outcome().dialog_result.as_deref(), Some(result), "{:?}", call.path());
        assert_eq!(evidence(&call, 0), [Evidence::Estimated]);
    }
}

#[test]
fn marks_that_come_twice_change_nothing() {
    let (once, mut twice) = (new(&yes_to_everything()).run(60_000), new(&yes_to_everything()));
    twice.marks = Marks::Doubled;
    assert_eq!(twice.run(60_000).events, once.events);
}

/// Nothing is lost of a line that stalls for 700 ms, whenever it does: the call goes on and the recording is whole.
#[test]
fn a_stall_and_the_burst_after_it() {
    for from in (100..4_000).step_by(100) {
        let mut call = new(&yes_to_everything());
        call.path_in = Path::Stalled(from, from + 700);
        let call = call.run(60_000);
        assert_eq!(call.breaches, Vec::<String>::new(), "stalled at {from}");
        assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"), "stalled at {from}");
        assert_eq!(lost_samples(&call), 0, "stalled at {from}");
        assert_eq!(ms(&call.recorded.1, 0x55), 5 * PROMPT, "stalled at {from}");
        assert!((1_500..=1_580).contains(&ms(&call.recorded.0, 0x90)), "stalled at {from}");
    }
}

/// Packets that change places are heard as far as they come in order, and all of them are recorded.
#[test]
fn packets_that_change_places_are_recorded() {
    let mut call = new(&yes_to_everything());
    call.path_in = Path::Swapped;
    let call = call.run(60_000);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    assert_eq!(lost_samples(&call), 0);
    let spoken = ms(&call.recorded.0, 0x90);
    assert!((1_500..=1_580).contains(&spoken), "{spoken}");
}

/// A store that answers late holds the call up, and one that does not answer at all does so for 5 s; then it goes on.
#[test]
fn a_slow_store_holds_the_call_up_only_so_long() {
    for answers_after in [3_000, 8_000] {
        let mut call = new(&yes_to_everything());
        call.give(Input::Leg(LegId(0), LegEvent::Up));
        call.hold_commits = true;
        while !call.facts.iter().any(|fact| matches!(fact, Fact::Answer { .. })) {
            call.step();
        }
        let (answered, said) = (call.now, call.sent.len());
        call.pass(answers_after, false);
        call.hold_commits = false;
        for id in std::mem::take(&mut call.uncommitted) {
            call.give(Input::Committed(id));
        }
        let call = call.run(60_000);
        assert_eq!(call.breaches, Vec::<String>::new());
        let waited = call.sent[said].0 - answered;
        assert!(waited.abs_diff(answers_after.min(5_000)) <= 1, "{waited} of {answers_after}");
        assert!(call.outcome.is_some());
    }
}

#[test]
fn the_providers_word_that_the_call_is_over_keeps_what_was_decided() {
    let mut steps = yes_to_everything();
    steps.push((When::Into(4, 500), Do::ProviderEnds));
    let call = new(&steps).run(60_000);
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    assert_eq!(call.outcome().disposition, Disposition::Completed);
    assert_eq!(call.now, call.begun(4) + 500);
}

/// A call that ends while facts are on their way waits for all of them for a while, and for none of them for ever.
#[test]
fn facts_that_are_never_answered_do_not_keep_a_session_open() {
    for answered in 0..4 {
        let steps = vec![(When::Into(0, 500), Do::Press('1')), (When::Into(2, 500), Do::Press('2'))];
        let variables = BTreeMap::from([("first_name".to_owned(), "Ana".to_owned())]);
        let script = include_str!("../../../dialplans/consent.yaml");
        let mut call = Call::with_variables(script, Settings::default(), steps, &variables);
        call.give(Input::Leg(LegId(0), LegEvent::Up));
        while call.begun_count() < 3 {
            call.step();
        }
        call.hold_commits = true;
        call.pass(600, false);
        call.give(Input::Leg(LegId(0), LegEvent::Stopped));
        for id in std::mem::take(&mut call.uncommitted).into_iter().take(answered) {
            call.give(Input::Committed(id));
        }
        call.pass(6_000, false);
        assert!(call.outcome.is_some(), "it still waits after {answered} facts");
        assert_eq!(call.outcome().answers["consent"].value, "refuse");
    }
}

/// A voice that breaks off in the middle fails the call, as one that never begins does.
#[test]
fn audio_that_stops_coming_fails_the_call() {
    let mut call = new(&[]);
    call.synthesis = 1_000_000;
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    let clip = std::sync::Arc::new(Clip::from_ulaw(vec![0x55; 8_000]));
    call.give(Input::Speech(SpeechEvent::Ready { utterance: UtteranceId(0), clip, last: false }));
    let call = call.run(60_000);
    assert_eq!(call.outcome().failure_code, Some(FailureCode::SpeechFailed));
    assert!((8_000..10_000).contains(&call.now), "{}", call.now);
}

/// The last piece of an utterance may turn out to be empty when all before it has been sent.
#[test]
fn an_empty_last_piece_ends_the_utterance() {
    let mut call = new(&[]);
    call.synthesis = 1_000_000;
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    let ready = |bytes, last| {
        let clip = std::sync::Arc::new(Clip::from_ulaw(vec![0x55; bytes]));
        Input::Speech(SpeechEvent::Ready { utterance: UtteranceId(0), clip, last })
    };
    call.give(ready(8_000, false));
    call.pass(1_100, false);
    call.give(ready(0, true));
    call.pass(200, false);
    assert_eq!(evidence(&call, 0), [Evidence::Acknowledged]);
}

/// An utterance without any audio was not said, whatever a mark says: nobody has heard a notice that is empty.
#[test]
fn a_prompt_without_audio_fails_the_call() {
    let mut call = new(&[]);
    call.synthesis = 1_000_000;
    call.give(Input::Leg(LegId(0), LegEvent::Up));
    let clip = std::sync::Arc::new(Clip::from_ulaw(Vec::new()));
    call.give(Input::Speech(SpeechEvent::Ready { utterance: UtteranceId(0), clip, last: true }));
    assert_eq!(call.outcome().failure_code, Some(FailureCode::SpeechFailed));
}
