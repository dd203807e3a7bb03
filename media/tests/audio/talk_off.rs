//! Talk-off: speech that passes for a key. None may, in ten minutes of it.

use voxgate_media::dtmf::Detector;
use voxgate_media::{Rate, beep, resample_clip};

use crate::made_up::{babble, frames, set_level};
use crate::voice::Voice;

const SAMPLES_A_MINUTE: usize = 60 * 8_000;

fn keys_in(audio: &[f64]) -> Vec<String> {
    let mut detector = Detector::new();
    let heard = frames(audio).into_iter().enumerate().filter_map(|(at, frame)| Some((at, detector.push(&frame)?)));
    heard.map(|(at, key)| format!("{key} at {:.2} s", at as f64 * 0.02)).collect()
}

fn beeps_in(audio: &[f64]) -> Vec<String> {
    let mut detector = beep::Detector::new();
    let heard = frames(audio).into_iter().enumerate().filter_map(|(at, frame)| Some((at, detector.push(&frame)?)));
    heard.map(|(at, beep)| format!("{beep:?} at {:.2} s", at as f64 * 0.02)).collect()
}

#[test]
fn half_an_hour_of_single_voices_press_no_key() {
    for voice in 0..60 {
        let mut audio: Vec<f64> = Voice::new(voice).take(SAMPLES_A_MINUTE / 2).collect();
        set_level(&mut audio, -20.0);
        assert_eq!(keys_in(&audio), [""; 0], "voice {voice}");
    }
}

#[test]
fn ten_minutes_of_babble_press_no_key() {
    for seed in 0..10 {
        assert_eq!(keys_in(&babble(seed, -20.0, SAMPLES_A_MINUTE)), [""; 0], "babble {seed}");
    }
}

/// Runs over the WAV files of the folder that `VOXGATE_SPEECH` names; `media/tools/talk-off.sh` renders some.
#[test]
#[ignore = "needs a folder of speech, see media/tools/talk-off.sh"]
fn rendered_speech_is_no_key_and_no_beep() {
    let folder = std::env::var("VOXGATE_SPEECH").expect("VOXGATE_SPEECH names a folder of WAV files");
    let mut found = Vec::new();
    let mut samples = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_none_or(|extension| extension != "wav") {
            continue;
        }
        let audio = speech(&path);
        samples += audio.len();
        let heard = keys_in(&audio).into_iter().chain(beeps_in(&audio));
        found.extend(heard.map(|what| format!("{}: {what}", path.display())));
    }
    println!("{:.1} minutes of speech: {} keys and beeps", samples as f64 / SAMPLES_A_MINUTE as f64, found.len());
    assert!(samples > 0, "no speech in {folder}");
    assert_eq!(found, [""; 0]);
}

/// A file as telephone audio at −20 dBFS. One at a rate that is not ours is taken at the nearest of ours: the voice is
/// then a little quicker or slower, and speech all the same.
fn speech(path: &std::path::Path) -> Vec<f64> {
    let file = std::fs::read(path).expect("the file can be read");
    let (header, data) = file.split_at_checked(44).expect("a WAV header");
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    // flite writes headers that a strict reader refuses; rate and place of the samples are right in all of them.
    assert_eq!(word(20), 1 << 16 | 1, "{}: PCM with one channel", path.display());
    let rate = Rate::ALL.into_iter().min_by_key(|ours| ours.hz().abs_diff(word(24))).expect("there are four");
    let samples: Vec<i16> = data.as_chunks().0.iter().map(|&bytes| i16::from_le_bytes(bytes)).collect();
    let mut audio: Vec<f64> = resample_clip(&samples, rate, Rate::Hz8000).into_iter().map(f64::from).collect();
    set_level(&mut audio, -20.0);
    audio
}
