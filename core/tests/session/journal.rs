//! What the journal proves: which script was followed, what was said of it, and where that stands in the recording.

use std::collections::{BTreeMap, BTreeSet};

use voxgate_core::dialog::check;
use voxgate_core::model::{Evidence, UtteranceId, sha256_hex};
use voxgate_core::session::{SessionEvent, Settings};

use crate::harness::{Call, Do, PROMPT, When};

const CONSENT: &str = include_str!("../../../dialplans/consent.yaml");

/// Somebody who agrees to everything; the prompts are greet, notice, ask, read_back, thanks.
fn agrees(script: &str, name: &str) -> Call {
    let steps = [0, 2, 3].map(|n| (When::After(n, 300), Do::Say(500, Some("yes"))));
    let variables = BTreeMap::from([("first_name".to_owned(), name.to_owned())]);
    let call = Call::with_variables(script, Settings::default(), steps.to_vec(), &variables).run(120_000);
    assert_eq!(call.outcome().dialog_result.as_deref(), Some("consent_given"));
    call
}

fn lines(call: &Call) -> Vec<String> {
    call.events.iter().map(|(at, event)| format!("{at} {}", serde_json::to_string(event).unwrap())).collect()
}

/// Each prompt that was said, with the hash of its words.
fn hashes(call: &Call) -> BTreeMap<&str, &str> {
    let said = call.events.iter().filter_map(|(_, event)| match event {
        SessionEvent::Said { prompts, .. } => Some(prompts),
        _ => None,
    });
    said.flatten().map(|prompt| (prompt.name.as_str(), prompt.text_sha256.as_str())).collect()
}

/// Row 002-18: the journals of two calls on one version differ in the prompts that speak a variable, and in nothing
/// else; and no variable can be read in them.
#[test]
fn calls_on_one_version_differ_in_their_variables_only() {
    let (ana, ben) = (agrees(CONSENT, "Ana"), agrees(CONSENT, "Ben"));
    assert_eq!(lines(&ana), lines(&agrees(CONSENT, "Ana")), "the same call again");
    assert_eq!(lines(&ana).len(), lines(&ben).len());
    let differing: Vec<_> = lines(&ana).into_iter().zip(lines(&ben)).filter(|(a, b)| a != b).collect();
    assert_eq!(differing.len(), 1, "{differing:#?}");
    let (ana_said, ben_said) = (hashes(&ana), hashes(&ben));
    let names: BTreeSet<_> = ana_said.keys().filter(|name| ana_said[**name] != ben_said[**name]).collect();
    assert_eq!(names, BTreeSet::from([&"greet"]), "the only prompt said that has a variable");
    assert!(!lines(&ana).iter().any(|line| line.contains("Ana")));
}

/// Row 002-18: a word changed in the script shows in the version that is told first, and in the prompt.
#[test]
fn another_version_shows() {
    let changed = CONSENT.replace("Do you agree that we record this call?", "May we record this call?");
    let (before, after) = (agrees(CONSENT, "Ana"), agrees(&changed, "Ana"));
    let version = |call: &Call| match &call.events[1].1 {
        SessionEvent::Began { dialplan, language } => (dialplan.clone(), language.clone()),
        other => panic!("a dialog begins with its version, not with {other:?}"),
    };
    let (id, language) = version(&before);
    assert_eq!(*id, *check("consent.yaml", CONSENT.as_bytes()).plan.unwrap().id());
    assert_eq!((id.version, id.hash.as_str(), language.as_str()), (1, &*sha256_hex(CONSENT.as_bytes()), "en-US"));
    assert_ne!(version(&after).0.hash, id.hash);
    let (was, is) = (hashes(&before), hashes(&after));
    let differing: Vec<_> = was.keys().filter(|name| was[**name] != is[**name]).collect();
    assert_eq!(differing, [&"ask"]);
}

/// The place of a prompt in the recording, in ms, and whether it is proven that it was heard in full.
fn place(call: &Call, name: &str) -> (u64, u64, Evidence) {
    let begun = call.events.iter().find_map(|(_, event)| match event {
        SessionEvent::Said { utterance, from_ms, prompts } if prompts[0].name == name => Some((*utterance, *from_ms)),
        _ => None,
    });
    let (id, from): (UtteranceId, u64) = begun.unwrap();
    let ended = call.events.iter().find_map(|(_, event)| match event {
        SessionEvent::Heard { utterance, until_ms, evidence, .. } if *utterance == id => Some((*until_ms, *evidence)),
        _ => None,
    });
    let (until, evidence) = ended.unwrap();
    (from, until, evidence)
}

/// Row 002-02: a consent's record has the exact words that were asked, by script version and hash, and the stretch of the
/// recording in which they were heard; the callee's yes lies behind it.
#[test]
fn a_consent_is_proven_by_version_words_and_place() {
    let call = agrees(CONSENT, "Ana");
    let asked = "Do you agree that we record this call? Say yes or no, or press 1 or 2.";
    assert!(CONSENT.contains(asked));
    assert_eq!(hashes(&call)["ask"], sha256_hex(asked.as_bytes()));
    let greeted = "Hello, this is the automated assistant of Linden Clinic. Am I speaking with Ana? Say yes, or press 1. \
                   To stop these calls, press 9.";
    assert_eq!(hashes(&call)["greet"], sha256_hex(greeted.as_bytes()), "variables are filled in");
    let ours = &call.recorded.1;
    for name in ["greet", "notice", "ask", "read_back", "thanks"] {
        let (from, until, evidence) = place(&call, name);
        assert_eq!((evidence, until - from), (Evidence::Acknowledged, PROMPT), "{name}");
        assert!(ours[from as usize * 8..until as usize * 8].iter().all(|&byte| byte == 0x55), "{name}");
    }
    let (_, asked_until, _) = place(&call, "ask");
    let (read_back_from, ..) = place(&call, "read_back");
    let yes = call.recorded.0.iter().skip(asked_until as usize * 8).position(|&byte| byte == 0x90).unwrap() / 8;
    assert!(asked_until + (yes as u64) < read_back_from, "the answer lies between question and read-back");
}

/// What was cut has its end where the callee heard the last of it.
#[test]
fn a_prompt_that_was_cut_has_its_place_too() {
    let call = Call::new(crate::scenarios::CONSENT, Settings::default(), vec![(When::Into(0, 700), Do::Press('1'))]);
    let call = call.run(5_000);
    let (from, until, evidence) = place(&call, "greet");
    assert_eq!((evidence, until - from), (Evidence::NotHeard, 700));
}
