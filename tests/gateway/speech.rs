//! Speech that is missing or breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use voxgate::speech::scripted::{Reply, ScriptedStt, ScriptedTts};
use voxgate::speech::{BoxFuture, Pcm, Speech, SpeechError, SttBackend, SttSpec, SttStream, TtsBackend, Voice};

use crate::house::{House, ON_PURPOSE, short_scripts};

const KEYS_ONLY: &str = "+12065550134";
const SAYS_YES: &str = "+12065550110";

/// Row 001-07: the shipped scripts run on recorded prompts and keys.
#[tokio::test]
async fn without_a_synthesiser_the_shipped_scripts_run_on_recordings_and_keys() {
    // One number is called once at a time: each script has a house of its own.
    let calls = ["reminder", "consent", "survey"].map(|dialplan| async move {
        let house = House::with(|config| {
            config.speech.tts = "none".into();
            config.speech.stt = "none".into();
        })
        .await;
        let missing = house.app.missing();
        let lines = |key: &str| missing.iter().filter(|line| line.contains(key) && !line.contains('\n')).count();
        assert_eq!((lines("speech.tts"), lines("speech.stt")), (1, 1), "{missing:?}");
        let record = house.call(KEYS_ONLY, dialplan).await;
        house.close(1).await;
        record.dialog_result
    });
    let results = join_all(calls).await;
    let wanted = ["confirmed", "consent_given", "answered"];
    assert_eq!(results.iter().map(|result| result.as_deref().unwrap_or_default()).collect::<Vec<_>>(), wanted);
}

/// Row 001-07: a script without recordings is skipped, and the gateway lives.
#[tokio::test]
async fn without_a_synthesiser_a_script_without_recordings_fails_its_own_calls() {
    let house = House::with(|config| {
        config.speech.tts = "none".into();
        config.calls.dialplans = Some(short_scripts());
    })
    .await;
    for _ in 0..2 {
        let record = house.call(KEYS_ONLY, "short").await;
        assert_eq!(record.failure_code.unwrap().as_str(), "speech_failed");
    }
    house.close(2).await;
}

/// Row 001-19: an adapter that panics ends its session as an internal error; the others and the next do not notice.
#[tokio::test]
async fn a_panic_in_a_recogniser_ends_its_own_session() {
    let of = |at| async move {
        let stt = Arc::new(Fragile { at, left: AtomicUsize::new(1) });
        let house = House::speaking(Speech { stt, tts: Arc::new(ScriptedTts), missing: Vec::new() }).await;
        let broken = house.call(SAYS_YES, "short").await;
        assert_eq!(broken.failure_code.unwrap().as_str(), "internal_error", "{at:?}");
        if at == Panics::Listening {
            let recording = broken.recording.as_ref().expect("what was recorded until then is kept");
            assert!(broken.recording_incomplete);
            assert!(hound::WavReader::open(recording).unwrap().duration() > 8_000);
        }
        let next = house.call(SAYS_YES, "short").await;
        assert_eq!(next.dialog_result.as_deref(), Some("confirmed"), "{at:?}");
        house.close(2).await;
    };
    tokio::join!(of(Panics::Opening), of(Panics::Listening));
}

/// Row 001-19: a prompt whose synthesis panicked is made anew for the next call.
#[tokio::test]
async fn a_panic_in_a_synthesiser_is_contained() {
    // Once ahead of need, and once when it is to be said.
    let tts = Arc::new(FragileVoice(AtomicUsize::new(2)));
    let stt = Arc::new(ScriptedStt::answering(vec![Reply::Words("yes".into())]));
    let house = House::speaking(Speech { stt, tts, missing: Vec::new() }).await;
    let broken = house.call(SAYS_YES, "short").await;
    assert_eq!(
        broken.failure_code.unwrap().as_str(),
        "speech_failed",
        "a prompt that cannot be made, for whatever reason"
    );
    let next = house.call(SAYS_YES, "short").await;
    assert_eq!(next.dialog_result.as_deref(), Some("confirmed"));
    house.close(2).await;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panics {
    Opening,
    Listening,
}

/// A recogniser that panics this many times and then hears a yes.
#[derive(Debug)]
struct Fragile {
    at: Panics,
    left: AtomicUsize,
}

impl Fragile {
    fn breaks(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

impl SttBackend for Fragile {
    fn name(&self) -> &str {
        "fragile"
    }

    fn speaks(&self, _: &str) -> bool {
        true
    }

    fn open(&self, spec: &SttSpec) -> Result<Box<dyn SttStream>, SpeechError> {
        let breaks = self.breaks();
        assert!(!(breaks && self.at == Panics::Opening), "{ON_PURPOSE}");
        ScriptedStt::new(move |_| {
            assert!(!breaks, "{ON_PURPOSE}");
            Reply::Words("yes".into())
        })
        .open(spec)
    }
}

/// A synthesiser that panics this many times over a greeting and then makes tones.
#[derive(Debug)]
struct FragileVoice(AtomicUsize);

impl TtsBackend for FragileVoice {
    fn name(&self) -> &str {
        "fragile"
    }

    fn voice(&self, language: &str) -> Result<Voice, SpeechError> {
        ScriptedTts.voice(language)
    }

    fn synthesize<'a>(&'a self, text: &'a str, language: &'a str) -> BoxFuture<'a, Result<Pcm, SpeechError>> {
        let first = text.contains("assistant")
            && self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        Box::pin(async move {
            assert!(!first, "{ON_PURPOSE}");
            ScriptedTts.synthesize(text, language).await
        })
    }
}
