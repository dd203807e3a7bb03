//! Keys: beside the audio and in it, over prompts and in the middle of everything else.

use std::collections::BTreeMap;

use voxgate_core::model::{Disposition, Fact, LegId};
use voxgate_core::session::{Input, LegEvent, SessionEvent, Settings};
use voxgate_core::time::Micros;
use voxgate_media::dtmf::Key;

use crate::harness::{Call, Do, When};
use crate::scenarios::CONSENT;

fn beside(steps: &[(When, Do)]) -> Call {
    Call::new(CONSENT, Settings::default(), steps.to_vec()).run(120_000)
}

fn in_band(steps: &[(When, Do)]) -> Call {
    Call::new(CONSENT, Settings { inband_keys: true, ..Settings::default() }, steps.to_vec()).run(120_000)
}

fn opt_out(call: &Call) -> Option<&str> {
    call.facts.iter().find_map(|fact| match fact {
        Fact::OptOut { input } => Some(input.as_str()),
        Fact::Answer { .. } | Fact::Checkpoint { .. } => None,
    })
}

/// An opt-out by key is honoured at any time, also while something is said that must be heard.
#[test]
fn an_opt_out_by_key_is_honoured_while_something_must_be_heard() {
    let call = beside(&[(When::Into(0, 500), Do::Press('1')), (When::Into(1, 500), Do::Press('9'))]);
    assert_eq!(call.path(), ["hello", "notice", "opt_out"]);
    assert_eq!(call.outcome().disposition, Disposition::DoNotCall);
}

/// Two keys make a sequence, over a prompt, after it, in a turn, or while a turn is made out.
#[test]
fn two_keys_are_one_sequence() {
    let at = [When::Into(0, 500), When::After(0, 500)];
    for when in at {
        let later = match when {
            When::Into(n, ms) => When::Into(n, ms + 900),
            When::After(n, ms) => When::After(n, ms + 900),
            When::At(ms) => When::At(ms + 900),
        };
        let call = beside(&[(when.clone(), Do::Press('*')), (later, Do::Press('9'))]);
        assert_eq!(opt_out(&call), Some("*9"), "{when:?}");
        assert_eq!(call.path(), ["hello", "opt_out"], "{when:?}");
    }
    // A sound of 200 ms at 300 is over for the endpointer at about 1,000, and made out 500 ms later.
    for pressed in [450, 900, 1_200] {
        let sound = (When::After(0, 300), Do::Say(200, None));
        let keys = [(When::After(0, pressed), Do::Press('*')), (When::After(0, pressed + 800), Do::Press('9'))];
        let mut call = Call::new(CONSENT, Settings::default(), [&[sound], &keys[..]].concat());
        call.recognition = 500;
        let call = call.run(60_000);
        assert_eq!(opt_out(&call), Some("*9"), "{pressed}");
        assert_eq!(call.path(), ["hello", "opt_out"], "{pressed}");
    }
}

/// Keys as tones: a press is one key however long it is, and the tone itself is not taken for speech.
#[test]
fn keys_come_in_band() {
    for held in [60, 200, 900, 2_500] {
        let call = in_band(&[(When::After(0, 300), Do::Tone('1', held)), (When::After(2, 300), Do::Tone('2', held))]);
        assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_refused"), "{held}: {:#?}", call.events);
        assert_eq!(call.path(), ["hello", "notice", "ask", "refused"], "{held}");
        let turns = call.events.iter().filter(|(_, event)| matches!(event, SessionEvent::Turn { .. }));
        assert_eq!(turns.count(), 0, "{held}");
    }
    let call = in_band(&[(When::After(0, 300), Do::Tone('*', 150)), (When::After(0, 1_400), Do::Tone('9', 150))]);
    assert_eq!(opt_out(&call), Some("*9"));
    assert_eq!(call.path(), ["hello", "opt_out"]);
}

/// While an answer is made durable its question is over, and the next was not asked: a key that bounces answers neither.
/// Whoever wants no more calls is heard even then.
#[test]
fn keys_while_a_fact_is_on_its_way() {
    for (key, wanted) in [('1', None), ('9', Some("9"))] {
        let mut call = Call::new(CONSENT, Settings::default(), vec![(When::Into(0, 500), Do::Press('1'))]);
        call.give(Input::Leg(LegId(0), LegEvent::Up));
        while call.path().last() != Some(&"ask") {
            call.step();
        }
        call.hold_commits = true;
        for pressed in ['1', key] {
            call.give(Input::Leg(LegId(0), LegEvent::Key(Key::new(pressed).unwrap())));
            call.pass(100, false);
        }
        call.hold_commits = false;
        while let Some(id) = call.uncommitted.pop() {
            call.give(Input::Committed(id));
        }
        call.pass(1_000, false);
        assert_eq!(opt_out(&call), wanted, "{key}");
        let at = if wanted.is_some() { "opt_out" } else { "read_back" };
        assert_eq!(call.path().last(), Some(&at), "{key}");
    }
}

/// Who speaks on where only keys are listened for is told so at once, and goes to a person in the end.
#[test]
fn speech_where_only_keys_are_listened_for_is_not_silence() {
    let script = include_str!("../../../dialplans/consent.yaml");
    let mut steps = vec![(When::Into(0, 500), Do::Press('1'))];
    steps.extend((2..6).map(|n| (When::After(n, 300), Do::Say(900, None))));
    let variables = BTreeMap::from([("first_name".to_owned(), "Ana".to_owned())]);
    let settings = Settings { max_duration: Micros::from_secs(170), ..Settings::default() };
    let call = Call::with_variables(script, settings, steps, &variables).run(180_000);
    assert_eq!(call.breaches, Vec::<String>::new());
    assert_eq!(call.outcome().queue.as_deref(), Some("front_desk"));
    assert!(!call.events.iter().any(|(_, event)| *event == SessionEvent::NoInput));
}
