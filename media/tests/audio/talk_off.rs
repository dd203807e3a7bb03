//! Talk-off: speech that passes for a key. None may, in ten minutes of it.

#[cfg(feature = "rendered-speech")]
use voxgate_media::beep;
use voxgate_media::dtmf::Detector;

use crate::made_up::{babble, frames, set_level};
#[cfg(feature = "rendered-speech")]
use crate::rendered;
use crate::voice::Voice;

const SAMPLES_A_MINUTE: usize = 60 * 8_000;

fn keys_in(audio: &[f64]) -> Vec<String> {
    let mut detector = Detector::new();
    let heard = frames(audio).into_iter().enumerate().filter_map(|(at, frame)| Some((at, detector.push(&frame)?)));
    heard.map(|(at, key)| format!("{key} at {:.2} s", at as f64 * 0.02)).collect()
}

#[cfg(feature = "rendered-speech")]
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

#[cfg(feature = "rendered-speech")]
#[test]
fn rendered_speech_is_no_key_and_no_beep() {
    let mut found = Vec::new();
    let mut samples = 0;
    for (path, audio) in rendered::speech() {
        samples += audio.len();
        let heard = keys_in(&audio).into_iter().chain(beeps_in(&audio));
        found.extend(heard.map(|what| format!("{}: {what}", path.display())));
    }
    println!("{:.1} minutes of speech: {} keys and beeps", samples as f64 / SAMPLES_A_MINUTE as f64, found.len());
    assert_eq!(found, [""; 0]);
}
