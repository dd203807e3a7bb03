//! A whole call over the real sockets.

use std::path::Path;

use voxgate::dialplans::Dialplans;
use voxgate::speech::TtsBackend;
use voxgate::speech::scripted::ScriptedTts;
use voxgate_media::g711::ulaw_decode;

use crate::house::{House, variables};
use crate::sound::{MS, channels, find, stretches};

const CONFIRMS: &str = "+12065550110";

/// Rows 002-09, 002-10, 002-11, 002-29, 002-48: the reminder is confirmed; what the callee heard is what we recorded, sample for sample and
/// where it was heard, and is what was to be said, without a click or a gap; one outcome is on record.
#[tokio::test]
async fn a_reminder_is_confirmed_and_what_was_heard_is_what_was_recorded() {
    let house = House::open().await;
    let record = house.call(CONFIRMS, "reminder").await;
    assert_eq!((record.disposition.as_str(), record.dialog_result.as_deref()), ("completed", Some("confirmed")));
    let path = record.recording.as_ref().unwrap();
    assert!(house.fetched().await == std::fs::read(path).unwrap(), "the API serves the very bytes");
    let left = house.close(1).await;
    assert_eq!(left.outcome(CONFIRMS), &record);
    assert!(!record.recording_incomplete);
    let call = &left.report.calls[0];
    assert_eq!((call.ran_dry, call.refused, left.report.violations.len()), (0, 0, 0), "{:?}", left.report);
    let [callee, ours] = channels(Path::new(record.recording.as_ref().unwrap()));
    let [said, heard] = channels(&left.folder.path().join("kept").join(format!("{}.wav", call.call_sid)));
    same_sound_at_the_same_time("the callee, left", &said, &callee);
    same_sound_at_the_same_time("what they heard of us, right", &heard, &ours);
    prompts_are_whole(&ours).await;
}

fn same_sound_at_the_same_time(side: &str, there: &[i16], here: &[i16]) {
    let (there, here) = (stretches(there), stretches(here));
    assert!(there.len() >= 2, "{side}: {} stretches of sound", there.len());
    assert_eq!(there.len(), here.len(), "{side}");
    for ((at_there, sound_there), (at_here, sound_here)) in there.iter().zip(&here) {
        assert!(sound_there == sound_here, "{side}: the sound at {} ms differs", at_there / MS);
        let apart = at_there.abs_diff(*at_here) / MS;
        assert!(apart <= 60, "{side}: the sound at {} ms is recorded {apart} ms off", at_there / MS);
    }
}

/// A lost, doubled or late frame of 20 ms would shift the rest of its prompt against what was synthesised.
async fn prompts_are_whole(ours: &[i16]) {
    let plan = Dialplans::shipped().load("reminder").unwrap();
    let binding = plan.bind("en-US", &variables("reminder")).unwrap();
    let mut cursor = 0;
    for name in ["greet", "appointment_is", "will_you_come", "see_you"] {
        let prompt = binding.prompts().find(|prompt| prompt.name == name).unwrap();
        let wanted = match prompt.recorded.as_ref().filter(|recorded| recorded.exact) {
            Some(recorded) => recording(&recorded.path),
            None => ScriptedTts.synthesize(&prompt.text, "en-US").await.unwrap().samples,
        };
        // Its ends are faded.
        let wanted = &wanted[5 * MS..wanted.len() - 5 * MS];
        // Recordings begin with a moment of silence. The tones repeat themselves: a wide search would find them anywhere.
        let begin = cursor + stretches(&ours[cursor..])[0].0.saturating_sub(80 * MS);
        let (at, quality_db) = find(wanted, &ours[begin..], 140 * MS);
        assert!(quality_db >= 30.0, "{name}: {quality_db:.1} dB");
        cursor = begin + at + wanted.len() + 5 * MS;
    }
    assert_eq!(stretches(&ours[cursor..]).len(), 0, "and nothing is said twice");
}

/// The samples of a shipped recording: a WAV file of μ-law, its audio in the chunk `data`.
fn recording(path: &str) -> Vec<i16> {
    let file = Dialplans::shipped().recording(path).unwrap();
    let data = file.windows(4).position(|name| name == b"data").unwrap() + 4;
    let length = u32::from_le_bytes(file[data..data + 4].try_into().unwrap()) as usize;
    file[data + 4..][..length].iter().map(|&code| ulaw_decode(code)).collect()
}
