//! What calls come to when nobody can be talked to, and that one of them harms no other.

use std::path::Path;
use std::time::Duration;

use crate::house::{House, short_scripts};
use crate::sound::{MS, channels};

/// Rows 002-08, 002-63, 002-45, 003-33, 001-21: nobody, a machine, and then somebody after all, in one run.
#[tokio::test]
async fn calls_that_reach_nobody_end_as_what_they_were_and_the_next_one_succeeds() {
    let house = House::with(|config| {
        config.calls.ring_timeout = Duration::from_secs(5);
        // The scripted one takes a machine's greeting for an answer.
        config.speech.stt = "none".into();
    })
    .await;
    let permanent = house.call("+12065550120", "reminder").await;
    assert_eq!(permanent.failure_code.unwrap().as_str(), "invalid_number", "the network refuses it for good");
    let (busy, no_answer, voicemail, confirmed) = tokio::join!(
        house.call("+12065550115", "reminder"),
        house.call("+12065550116", "reminder"),
        house.call("+12065550117", "reminder"),
        house.call("+12065550134", "reminder"),
    );
    assert_eq!(busy.disposition.as_str(), "busy");
    assert_eq!(no_answer.disposition.as_str(), "no-answer");
    assert_eq!((voicemail.disposition.as_str(), voicemail.message_left), ("voicemail", true), "{voicemail:?}");
    assert_eq!(confirmed.dialog_result.as_deref(), Some("confirmed"));
    let left = house.close(5).await;
    let rang = left.report.calls.iter().find(|call| call.persona == "no_answer").unwrap();
    let for_ms = rang.ended_ms.unwrap() - rang.created_ms;
    assert!((4_500..7_000).contains(&for_ms), "it rang for {for_ms} ms");
    let [machine, message] = channels(Path::new(voicemail.recording.as_ref().unwrap()));
    let beep_ended = machine.iter().rposition(|sample| sample.unsigned_abs() > 1_000).unwrap() / MS;
    let began = left.said_at_ms(&voicemail, "call_us");
    assert!((beep_ended..beep_ended + 1_000).contains(&began), "beep until {beep_ended} ms, message from {began} ms");
    let whole = message.iter().rposition(|&sample| sample != 0).unwrap() / MS - began;
    assert!(whole > 4_000, "the message lasts {whole} ms");
}

/// Row 002-29: recording is an option, the outcome is not.
#[tokio::test]
async fn what_is_not_recorded_has_its_outcome_all_the_same() {
    let house = House::with(|config| {
        config.calls.dialplans = Some(short_scripts());
        config.recordings.enabled = false;
    })
    .await;
    let record =
        house.answered("+12065570001", "short", |dialed| async move { dialed.stream().await.agree().await }).await;
    assert_eq!((record.disposition.as_str(), record.recording.as_deref()), ("completed", None));
    assert!(!house.folder.path().join("recordings").exists());
    house.close(1).await;
}
