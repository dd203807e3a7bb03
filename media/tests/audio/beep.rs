//! Voicemail beeps: found when they end, and not found in speech, keys and other tones.

use voxgate_media::beep::{Beep, Detector};
use voxgate_media::dtmf::{Key, render};

use crate::made_up::{babble, frames, set_level, sine, white_noise};
use crate::voice::Voice;

fn beeps(audio: &[f64]) -> Vec<(usize, Beep)> {
    let mut detector = Detector::new();
    let heard = frames(audio).into_iter().enumerate();
    heard.filter_map(|(at, frame)| Some((at * 20, detector.push(&frame)?))).collect()
}

/// A tone after `start` samples of silence and before 200 ms of it, over noise of −60 dBFS.
fn tone(hz: f64, level: f64, ms: usize, start: usize) -> Vec<f64> {
    let quiet = |len: usize| std::iter::repeat_n(0.0, len);
    let audio = quiet(start).chain(sine(hz, level, 0.4).take(ms * 8)).chain(quiet(1_600));
    audio.zip(white_noise(5, -60.0)).map(|(sample, noise)| sample + noise).collect()
}

#[test]
fn a_beep_is_told_within_60_ms_of_its_end() {
    for hz in [350.0, 425.0, 440.0, 850.0, 1_000.0, 1_400.0, 2_000.0, 2_200.0] {
        for ms in [150, 200, 450, 1_000] {
            for start in (800..960).step_by(20) {
                let heard = beeps(&tone(hz, -20.0, ms, start));
                let [(at, beep)] = heard[..] else { panic!("{hz} Hz for {ms} ms at {start}: {heard:?}") };
                let end = start / 8 + ms;
                assert!((end.saturating_sub(20)..end + 60).contains(&at), "ends at {end} ms, told at {at}");
                assert!((f64::from(beep.hz) / hz - 1.0).abs() < 0.01, "{hz} Hz heard as {}", beep.hz);
                assert!(beep.ms.abs_diff(ms as u32) <= 40, "{ms} ms heard as {}", beep.ms);
            }
        }
    }
}

#[test]
fn what_is_short_faint_outside_the_band_or_unending_is_no_beep() {
    for (what, audio) in [
        ("a blip of 100 ms", tone(1_000.0, -20.0, 100, 810)),
        ("too faint", tone(1_000.0, -45.0, 500, 810)),
        ("too low", tone(300.0, -20.0, 500, 810)),
        ("too high", tone(2_500.0, -20.0, 500, 810)),
        ("not over", sine(1_000.0, -20.0, 0.0).take(8_000).collect()),
        ("then another", sine(800.0, -20.0, 0.0).take(1_600).chain(sine(900.0, -20.0, 0.0).take(1_600)).collect()),
    ] {
        assert_eq!(beeps(&audio), [], "{what}");
    }
}

#[test]
fn keys_are_no_beep() {
    for key in Key::ALL {
        let audio: Vec<f64> = render(key, 300, 200).into_iter().map(f64::from).collect();
        assert_eq!(beeps(&audio), [], "{key}");
    }
}

#[test]
fn twenty_minutes_of_speech_are_no_beep() {
    for voice in 0..40 {
        let mut audio: Vec<f64> = Voice::new(voice).take(30 * 8_000).collect();
        set_level(&mut audio, -20.0);
        assert_eq!(beeps(&audio), [], "voice {voice}");
    }
    assert_eq!(beeps(&babble(3, -20.0, 120 * 8_000)), []);
}
