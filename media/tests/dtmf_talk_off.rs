//! Talk-off: speech that passes for a key. None may, in ten minutes of it.

mod support;

use support::{Voice, babble, frames, set_level};
use voxgate_media::dtmf::Detector;

const SAMPLES_A_MINUTE: usize = 60 * 8_000;

fn keys_in(audio: &[f64]) -> Vec<String> {
    let mut detector = Detector::new();
    let heard = frames(audio).into_iter().enumerate().filter_map(|(at, frame)| Some((at, detector.push(&frame)?)));
    heard.map(|(at, key)| format!("{key} at {:.2} s", at as f64 * 0.02)).collect()
}

#[test]
fn ten_minutes_of_single_voices_press_no_key() {
    for voice in 0..20 {
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
