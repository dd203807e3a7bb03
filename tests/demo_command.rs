//! `voxgate demo`, as somebody runs it who has nothing but the program.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Everything that was logged by the one run below `folder`.
fn log(folder: &Path) -> String {
    let runs = std::fs::read_dir(folder.join("voxgate-data")).unwrap();
    let logs: Vec<_> = runs.map(|run| run.unwrap().path().join("logs.jsonl")).collect();
    std::fs::read_to_string(&logs[0]).unwrap()
}

/// Seven digits and more after a plus are a phone number.
fn numbers(text: &str) -> Vec<&str> {
    let digits = |part: &&str| part.bytes().take_while(u8::is_ascii_digit).count() >= 7;
    text.split('+').skip(1).filter(digits).collect()
}

/// Row 001-49: one command, no config, no account, an empty folder.
#[test]
fn the_demo_needs_nothing_and_every_call_comes_out_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxgate"));
    let run = command.args(["demo", "--json"]).current_dir(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).unwrap();
    let calls: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(calls.len() >= 10, "{lines}");
    for call in &calls {
        for key in ["call_id", "to", "dialplan", "disposition"] {
            assert!(call[key].is_string(), "{key}: {call}");
        }
        for key in ["failure_code", "dialog_result", "answers", "attempts", "recording", "manual_task_id"] {
            assert!(call.get(key).is_some(), "{key}: {call}");
        }
        if let Some(path) = call["recording"].as_str() {
            let recording = hound::WavReader::open(folder.path().join(path)).unwrap();
            assert_eq!((recording.spec().channels, recording.spec().sample_rate), (2, 8_000), "{call}");
            assert!(recording.duration() > 8_000, "shorter than a second: {call}");
        }
    }
    assert!(calls.iter().filter(|call| call["recording"].is_string()).count() >= 8, "{lines}");
    let log = log(folder.path());
    assert!(log.lines().count() >= calls.len(), "{log}");
    assert_eq!(numbers(&log), Vec::<&str>::new(), "phone numbers are masked in logs");
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["message"].is_string(), "{line}");
    }
}
