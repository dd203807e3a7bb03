//! Random histories: whatever happens, in whatever order, the invariants of a session hold.

use proptest::prelude::*;
use voxgate_core::model::{AnsweredBy, Evidence, Fact, FactId, LegId, TurnId, UtteranceId};
use voxgate_core::session::{Command, Input, LegEvent, Packet, ProviderEvent, SessionEvent, Settings, SpeechEvent};
use voxgate_media::Samples;
use voxgate_media::dtmf::Key;

use crate::harness::{Call, Marks, Path};
use crate::scenarios::CONSENT;

/// Something that happens to a session from outside.
#[derive(Clone, Debug)]
enum Happening {
    /// Time passes, with or without a voice.
    Pass {
        ms: u16,
        loud: bool,
    },
    /// Audio of any place and length.
    Audio {
        at_ms: u32,
        bytes: u16,
    },
    Key(char),
    Mark(u32),
    /// A recogniser notices speech by itself.
    Onset,
    Heard(u32, &'static str),
    NotUnderstood(u32),
    SpeakFailed(u32),
    Committed(u32),
    Verdict(AnsweredBy),
    Full,
    Writable,
    Up,
    Cancel,
    Lost,
}

fn happening() -> impl Strategy<Value = Happening> {
    let words = prop::sample::select(vec!["yes", "no", "stop calling me", "operator", "well", ""]);
    let who = prop::sample::select(vec![AnsweredBy::Human, AnsweredBy::Machine, AnsweredBy::Fax, AnsweredBy::Unknown]);
    prop_oneof![
        12 => (1_u16..3_000, any::<bool>()).prop_map(|(ms, loud)| Happening::Pass { ms, loud }),
        2 => (any::<u32>(), 0_u16..2_000).prop_map(|(at_ms, bytes)| Happening::Audio { at_ms, bytes }),
        4 => prop::sample::select(vec!['1', '2', '0', '9', '*', '#', '5']).prop_map(Happening::Key),
        2 => (0_u32..8).prop_map(Happening::Mark),
        1 => Just(Happening::Onset),
        6 => (0_u32..8, words).prop_map(|(turn, text)| Happening::Heard(turn, text)),
        2 => (0_u32..8).prop_map(Happening::NotUnderstood),
        1 => (0_u32..12).prop_map(Happening::SpeakFailed),
        2 => (0_u32..12).prop_map(Happening::Committed),
        1 => who.prop_map(Happening::Verdict),
        1 => Just(Happening::Full),
        1 => Just(Happening::Writable),
        1 => Just(Happening::Up),
        1 => Just(Happening::Cancel),
        1 => Just(Happening::Lost),
    ]
}

fn apply(call: &mut Call, happening: &Happening) {
    let leg = |event| Input::Leg(LegId(0), event);
    match *happening {
        Happening::Pass { ms, loud } => call.pass(u64::from(ms), loud),
        Happening::Audio { at_ms, bytes } => {
            let payload = vec![0x90; usize::from(bytes)];
            let at = Samples::from_ms(u64::from(at_ms));
            call.give(Input::Packet(Packet { leg: LegId(0), at, payload: &payload }));
        }
        Happening::Key(key) => call.give(leg(LegEvent::Key(Key::new(key).unwrap()))),
        Happening::Mark(id) => call.give(leg(LegEvent::MarkReturned(UtteranceId(id)))),
        Happening::Heard(turn, text) => {
            call.give(Input::Speech(SpeechEvent::Heard { turn: TurnId(turn), text: text.into() }));
        }
        Happening::Onset => call.give(Input::Speech(SpeechEvent::Onset)),
        Happening::NotUnderstood(turn) => {
            call.give(Input::Speech(SpeechEvent::NotUnderstood { turn: TurnId(turn) }));
        }
        Happening::SpeakFailed(id) => {
            call.give(Input::Speech(SpeechEvent::SpeakFailed { utterance: UtteranceId(id) }));
        }
        Happening::Committed(id) => {
            call.uncommitted.retain(|&held| held != FactId(id));
            call.give(Input::Committed(FactId(id)));
        }
        Happening::Verdict(who) => call.give(Input::Provider(ProviderEvent::AnsweredBy(who))),
        Happening::Full => call.give(leg(LegEvent::Full)),
        Happening::Writable => call.give(leg(LegEvent::Writable)),
        Happening::Up => call.give(leg(LegEvent::Up)),
        Happening::Cancel => call.give(Input::Command(Command::Cancel)),
        Happening::Lost => call.give(leg(LegEvent::Lost)),
    }
}

/// Lets the call end by itself: the store answers, the far side hangs up.
fn end(call: &mut Call) {
    call.hold_commits = false;
    for id in std::mem::take(&mut call.uncommitted) {
        call.give(Input::Committed(id));
    }
    call.give(Input::Leg(LegId(0), LegEvent::Stopped));
    for _ in 0..6_000 {
        if call.outcome.is_none() {
            call.step();
        }
    }
}

/// Whether a mark has proven that a prompt was played in full.
fn heard(call: &Call, prompt: &str) -> bool {
    let said = call.events.iter().filter_map(|(_, event)| {
        let SessionEvent::Said { utterance, prompts, .. } = event else { return None };
        prompts.iter().any(|said| said.name == prompt).then_some(*utterance)
    });
    let acknowledged = |id| {
        call.events.iter().any(|(_, event)| {
            matches!(event, SessionEvent::Heard { utterance, evidence: Evidence::Acknowledged, .. } if *utterance == id)
        })
    };
    said.into_iter().any(acknowledged)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Exactly one outcome, nothing after it, no timer that spins, no audio beyond the lead, a recording without holes;
    /// an opt-out never ends as anything else, and no consent is given without the notice and two explicit yes.
    #[test]
    fn the_invariants_hold(
        happenings in prop::collection::vec(happening(), 1..60),
        hold in any::<bool>(),
        marks in prop::sample::select(vec![Marks::Returned, Marks::Lost, Marks::Doubled]),
        path_in in prop::sample::select(vec![Path::Smooth, Path::Swapped, Path::Stalled(3_000, 3_700)]),
        synthesis in prop::sample::select(vec![0, 0, 900]),
    ) {
        let mut call = Call::new(CONSENT, Settings::default(), vec![]);
        (call.hold_commits, call.marks, call.path_in, call.synthesis) = (hold, marks, path_in, synthesis);
        call.give(Input::Leg(LegId(0), LegEvent::Up));
        for happening in &happenings {
            apply(&mut call, happening);
        }
        end(&mut call);
        prop_assert_eq!(&call.breaches, &Vec::<String>::new());
        prop_assert!(call.outcome.is_some(), "the call never ended");
        let outcome = call.outcome();
        prop_assert_eq!(outcome.failure_code.is_some(), outcome.disposition.as_str() == "failed");
        let opted_out = call.facts.iter().any(|fact| matches!(fact, Fact::OptOut { .. }));
        prop_assert!(!opted_out || outcome.disposition.as_str() == "do-not-call", "{:?}", outcome);
        if outcome.dialog_result.as_deref() == Some("consent_given") {
            let path = call.path();
            prop_assert!(path.contains(&"notice") && path.contains(&"read_back"), "{:?}", path);
            prop_assert!(heard(&call, "notice"), "{:?}", call.events);
        }
    }
}
