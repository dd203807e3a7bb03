use std::sync::atomic::AtomicUsize;

use tokio::sync::Notify;
use voxgate_core::dialog::Recorded;

use super::*;
use crate::speech::scripted::ScriptedTts;
use crate::speech::{BoxFuture, Voice};

fn prompt(text: &str) -> Prompt {
    Prompt { name: "greet".to_owned(), language: "en-US".to_owned(), text: text.to_owned(), recorded: None }
}

fn recorded(text: &str, path: &str, exact: bool) -> Prompt {
    Prompt { recorded: Some(Recorded { path: path.to_owned(), exact }), ..prompt(text) }
}

fn wav(channels: u16, sample_rate: u32, samples: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut bytes = io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    samples.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// Recordings `good.wav` (half a second at 16 kHz) and `stereo.wav`.
fn recordings(path: &str) -> io::Result<Vec<u8>> {
    match path {
        "good.wav" => Ok(wav(1, 16_000, &[900; 8_000])),
        "stereo.wav" => Ok(wav(2, 8_000, &[900; 8_000])),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn prompts(folder: &std::path::Path, tts: Arc<dyn TtsBackend>, memory_bytes: usize) -> Prompts {
    let settings = PromptSettings { folder: folder.to_owned(), memory_bytes };
    Prompts::new(&settings, tts, Box::new(recordings), Handle::current()).unwrap()
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Waits at its gate, counts who is inside, and fails for the text "fail".
#[derive(Debug, Default)]
struct Gated {
    inside: AtomicUsize,
    most: AtomicUsize,
    runs: AtomicUsize,
    gate: Notify,
}

impl TtsBackend for Gated {
    fn name(&self) -> &str {
        "gated"
    }

    fn voice(&self, language: &str) -> Result<Voice, SpeechError> {
        ScriptedTts.voice(language)
    }

    fn synthesize<'a>(&'a self, text: &'a str, language: &'a str) -> BoxFuture<'a, Result<Pcm, SpeechError>> {
        Box::pin(async move {
            self.runs.fetch_add(1, Ordering::SeqCst);
            let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(inside, Ordering::SeqCst);
            self.gate.notified().await;
            self.inside.fetch_sub(1, Ordering::SeqCst);
            if text == "fail" {
                return Err(SpeechError::NoVoice { backend: "gated".to_owned(), language: language.to_owned() });
            }
            ScriptedTts.synthesize(text, language).await
        })
    }
}

async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_prompt_is_made_once_and_then_found_in_memory_and_after_a_restart_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let cache = prompts(folder.path(), Arc::new(ScriptedTts), 1 << 20);
    let first = cache.get(&prompt("Hello there")).await.unwrap();
    assert_eq!(cache.get(&prompt("Hello there")).await.unwrap(), first);
    assert_eq!(first.ulaw().len() % 160, 0);
    assert_eq!((count(&cache.counters().synthesised), count(&cache.counters().from_memory)), (1, 1));

    let again = prompts(folder.path(), Arc::new(ScriptedTts), 1 << 20);
    assert_eq!(again.get(&prompt("Hello there")).await.unwrap(), first);
    assert_eq!((count(&again.counters().synthesised), count(&again.counters().from_disk)), (0, 1));
}

#[tokio::test]
async fn a_damaged_file_is_noticed_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let made = prompts(folder.path(), Arc::new(ScriptedTts), 1 << 20).get(&prompt("Hello")).await.unwrap();
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    for damage in [&flipped[..], &whole[..whole.len() / 2], b"", b"RIFF"] {
        std::fs::write(&file, damage).unwrap();
        let cache = prompts(folder.path(), Arc::new(ScriptedTts), 1 << 20);
        assert_eq!(cache.get(&prompt("Hello")).await.unwrap(), made);
        assert_eq!(count(&cache.counters().damaged), 1);
        assert_eq!(std::fs::read(&file).unwrap(), whole);
    }
}

#[tokio::test]
async fn everyone_who_wants_the_same_prompt_waits_for_one_synthesis() {
    let folder = tempfile::tempdir().unwrap();
    let tts = Arc::new(Gated::default());
    let cache = prompts(folder.path(), tts.clone(), 1 << 20);
    cache.prepare(&prompt("Hello"));
    let (one, other) = (cache.get(&prompt("Hello")), cache.get(&prompt("Hello")));
    drop(cache.get(&prompt("Hello")));
    let open = async {
        while tts.runs.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        tts.gate.notify_one();
    };
    let (one, other, ()) = tokio::join!(one, other, open);
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(tts.runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn two_synthesisers_run_at_once_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let tts = Arc::new(Gated::default());
    let cache = prompts(folder.path(), tts.clone(), 1 << 20);
    let wanted: Vec<_> = (0..8).map(|n| cache.get(&prompt(&format!("prompt number {n}")))).collect();
    let open = async {
        while count(&cache.counters().synthesised) < 8 {
            settle().await;
            tts.gate.notify_waiters();
        }
    };
    let all = async {
        for prompt in wanted {
            prompt.await.unwrap();
        }
    };
    tokio::join!(all, open);
    assert_eq!(tts.most.load(Ordering::SeqCst), SYNTHESISERS);
}

#[tokio::test]
async fn a_failure_is_told_to_everyone_and_tried_again_when_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let tts = Arc::new(Gated::default());
    let cache = prompts(folder.path(), tts.clone(), 1 << 20);
    for round in 1..=2 {
        tts.gate.notify_one();
        let (one, other) = tokio::join!(cache.get(&prompt("fail")), cache.get(&prompt("fail")));
        assert!(one.is_err() && other.is_err());
        assert_eq!(tts.runs.load(Ordering::SeqCst), round);
    }
}

#[tokio::test]
async fn memory_keeps_what_was_used_last_within_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    // Each of these clips has some 9,600 bytes: two fit, three do not.
    let cache = prompts(folder.path(), Arc::new(ScriptedTts), 25_000);
    for text in ["aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaaaaaa", "cccccccccccccccccccc"] {
        cache.get(&prompt(text)).await.unwrap();
    }
    cache.get(&prompt("aaaaaaaaaaaaaaaaaaaa")).await.unwrap();
    assert_eq!(count(&cache.counters().from_memory), 2);
    cache.get(&prompt("bbbbbbbbbbbbbbbbbbbb")).await.unwrap();
    assert_eq!((count(&cache.counters().from_disk), count(&cache.counters().synthesised)), (1, 3));
}

#[tokio::test]
async fn a_recording_that_says_it_all_wins_and_a_broken_one_does_not_silence_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let cache = prompts(folder.path(), Arc::new(ScriptedTts), 1 << 20);
    let spoken = cache.get(&prompt("Hello there")).await.unwrap();
    let played = cache.get(&recorded("Hello there", "good.wav", true)).await.unwrap();
    assert_eq!(played.ulaw().len(), 4_000);
    for path in ["stereo.wav", "nowhere.wav"] {
        assert_eq!(cache.get(&recorded("Hello there", path, true)).await.unwrap(), spoken);
    }
    assert_eq!(cache.get(&recorded("Hello there", "good.wav", false)).await.unwrap(), spoken);
}

/// Row 001-07.
#[tokio::test]
async fn without_a_synthesiser_recordings_play_and_the_rest_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = prompts(folder.path(), Arc::new(crate::speech::none::NoTts), 1 << 20);
    for exact in [true, false] {
        let played = cache.get(&recorded("Hello", "good.wav", exact)).await.unwrap();
        assert_eq!(played.ulaw().len(), 4_000);
    }
    let said = cache.get(&prompt("Hello")).await.unwrap_err().to_string();
    assert!(said.contains("en-US") && said.contains("audio:"), "{said}");
}
