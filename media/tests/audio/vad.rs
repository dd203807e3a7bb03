//! Voice activity and endpoints on audio: a voice, silence, noise, clicks.

use voxgate_media::{Activity, Endpointer, Frame, Vad, WebRtcVad};

use crate::made_up::{frames, set_level, white_noise};
use crate::voice::Voice;

fn speech_frames(vad: &mut WebRtcVad, frames: &[Frame]) -> usize {
    frames.iter().filter(|frame| vad.is_speech(frame)).count()
}

fn voice(seed: u64, seconds: usize) -> Vec<Frame> {
    let mut audio: Vec<f64> = Voice::new(seed).take(seconds * 8_000).collect();
    set_level(&mut audio, -22.0);
    frames(&audio)
}

fn noise(level: f64, seconds: usize) -> Vec<Frame> {
    frames(&white_noise(7, level).take(seconds * 8_000).collect::<Vec<_>>())
}

#[test]
fn a_voice_is_speech_and_the_noise_of_a_line_is_not() {
    let heard = speech_frames(&mut WebRtcVad::new(), &voice(3, 20));
    assert!(heard > 600, "{heard} of 1,000 frames of a voice with pauses");
    assert_eq!(speech_frames(&mut WebRtcVad::new(), &[Frame::SILENCE; 500]), 0);
    let heard = speech_frames(&mut WebRtcVad::new(), &noise(-55.0, 10));
    assert!(heard < 10, "{heard} of 500 frames of noise");
}

#[test]
fn a_line_that_opens_with_noise_is_no_onset() {
    for level in [-70.0, -60.0, -50.0, -40.0] {
        let mut vad = WebRtcVad::new();
        for round in ["at first", "after a reset"] {
            assert_eq!(speech_frames(&mut vad, &noise(level, 2)), 0, "{level} dBFS {round}");
            vad.reset();
        }
    }
}

#[test]
fn after_a_reset_it_judges_as_a_new_one_does() {
    let (mut used, mut new) = (WebRtcVad::new(), WebRtcVad::new());
    speech_frames(&mut used, &noise(-20.0, 10));
    used.reset();
    for frame in voice(5, 10) {
        assert_eq!(used.is_speech(&frame), new.is_speech(&frame));
    }
}

#[test]
fn an_utterance_in_a_quiet_room_begins_and_ends_once() {
    let mut words: Vec<f64> = Voice::new(3).skip(8_000).take(12_000).collect();
    set_level(&mut words, -20.0);
    let hum = |len: usize| white_noise(9, -60.0).take(len);
    let audio: Vec<f64> = hum(8_000).chain(words).chain(hum(12_000)).collect();

    let (mut vad, mut endpointer) = (WebRtcVad::new(), Endpointer::default());
    let heard: Vec<(usize, Activity)> = frames(&audio)
        .iter()
        .enumerate()
        .filter_map(|(at, frame)| Some((at * 20, endpointer.push(vad.is_speech(frame))?)))
        .collect();

    let [(onset, Activity::Onset), (end, Activity::End { speech_ms, silence_ms: 500 })] = heard[..] else {
        panic!("{heard:?}");
    };
    assert!((1_000..1_300).contains(&onset), "begins at 1,000 ms, onset at {onset}");
    assert!((2_900..3_300).contains(&end), "ends at 2,500 ms, told at {end}");
    assert!((1_200..1_800).contains(&speech_ms), "1,500 ms of speech, {speech_ms} counted");
}
