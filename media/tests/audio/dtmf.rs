//! What the DTMF detector accepts and rejects, row by row of ITU-T Q.24 (table A-1, the figures of AT&T).

use voxgate_media::dtmf::{Detector, Key, Tone, render};
use voxgate_media::g711;

#[cfg(feature = "rendered-speech")]
use crate::made_up::set_level;
use crate::made_up::{Random, babble, frames, sine, white_noise};
#[cfg(feature = "rendered-speech")]
use crate::rendered;

const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// A press of a key with everything that Q.24 lets vary.
#[derive(Clone, Copy)]
struct Press {
    place: usize,
    ms: f64,
    /// Deviations from the nominal frequencies, per cent.
    off: (f64, f64),
    /// Level of the column above the row, dB.
    twist: f64,
    /// Level of the pair, dBFS.
    level: f64,
    /// Silence before, samples.
    start: usize,
}

impl Press {
    fn new(place: usize) -> Self {
        Self { place, ms: 40.0, off: (0.0, 0.0), twist: 0.0, level: -13.0, start: 400 }
    }

    fn key(self) -> Key {
        Key::ALL[self.place]
    }

    /// The press, with 100 ms of silence after it.
    fn audio(self) -> Vec<f64> {
        let pair = 10.0 * (1.0 + 10_f64.powf(self.twist / 10.0)).log10();
        let row = sine(ROWS[self.place / 4] * (1.0 + self.off.0 / 100.0), self.level - pair, self.start as f64);
        let column = sine(COLUMNS[self.place % 4] * (1.0 + self.off.1 / 100.0), self.level - pair + self.twist, 0.3);
        let tone = row.zip(column).map(|(row, column)| row + column).take((self.ms * 8.0) as usize);
        std::iter::repeat_n(0.0, self.start).chain(tone).chain(std::iter::repeat_n(0.0, 800)).collect()
    }
}

fn detect(audio: &[f64]) -> Vec<Key> {
    let mut detector = Detector::new();
    frames(audio).iter().filter_map(|frame| detector.push(frame)).collect()
}

fn detect_samples(audio: &[i16]) -> Vec<Key> {
    detect(&audio.iter().copied().map(f64::from).collect::<Vec<_>>())
}

/// How many presses of how many were accepted, each exactly once and as the right key.
fn accepted(presses: impl IntoIterator<Item = Press>, noise: impl Fn(usize, usize) -> Vec<f64>) -> (usize, usize) {
    let (mut right, mut total) = (0, 0);
    for press in presses {
        let mut audio = press.audio();
        let len = audio.len();
        audio.iter_mut().zip(noise(total, len)).for_each(|(sample, noise)| *sample += noise);
        total += 1;
        right += usize::from(detect(&audio) == [press.key()]);
    }
    (right, total)
}

fn quiet(_: usize, len: usize) -> Vec<f64> {
    vec![0.0; len]
}

fn places() -> impl Iterator<Item = usize> {
    0..16
}

/// Every key at every place within a frame, on a grid of one millisecond.
fn everywhere(change: impl Fn(Press) -> Press) -> Vec<Press> {
    places()
        .flat_map(|place| (400..560).step_by(8).map(move |start| Press { start, ..Press::new(place) }))
        .map(change)
        .collect()
}

#[test]
fn forty_milliseconds_of_any_key_are_enough() {
    let (right, total) = accepted(everywhere(|press| press), quiet);
    assert_eq!(right, total);
}

#[test]
fn frequencies_within_one_and_a_half_per_cent_are_accepted() {
    for off in [(1.5, 1.5), (1.5, -1.5), (-1.5, 1.5), (-1.5, -1.5), (0.0, 1.5), (-1.5, 0.0)] {
        let (right, total) = accepted(everywhere(|press| Press { off, ..press }), quiet);
        assert_eq!(right, total, "{off:?}");
    }
}

#[test]
fn a_frequency_off_by_three_and_a_half_per_cent_is_rejected_however_long() {
    for off in [(3.5, 0.0), (-3.5, 0.0), (0.0, 3.5), (0.0, -3.5), (3.5, -3.5), (5.0, 0.0), (0.0, -5.0)] {
        for press in everywhere(|press| Press { off, ms: 300.0, ..press }) {
            assert_eq!(detect(&press.audio()), [], "{} with {off:?}", press.key());
        }
    }
}

#[test]
fn twist_from_eight_decibels_down_to_four_up_is_accepted() {
    for twist in [-8.0, -4.0, 4.0] {
        for off in [(0.0, 0.0), (1.5, -1.5), (-1.5, 1.5)] {
            let (right, total) = accepted(everywhere(|press| Press { twist, off, ..press }), quiet);
            assert_eq!(right, total, "{twist} dB, {off:?}");
        }
    }
}

#[test]
fn one_tone_without_the_other_is_no_key() {
    for twist in [-60.0, -15.0, 10.0, 60.0] {
        for press in everywhere(|press| Press { twist, ms: 300.0, ..press }) {
            assert_eq!(detect(&press.audio()), [], "{} at {twist} dB", press.key());
        }
    }
}

#[test]
fn levels_from_as_loud_as_it_gets_to_thirty_below_are_accepted() {
    for level in [-6.1, -13.0, -25.0, -36.0] {
        let (right, total) = accepted(everywhere(|press| Press { level, ..press }), quiet);
        assert_eq!(right, total, "{level} dBFS");
    }
    for press in everywhere(|press| Press { level: -55.0, ms: 300.0, ..press }) {
        assert_eq!(detect(&press.audio()), [], "cross-talk is no key");
    }
}

#[test]
fn twenty_three_milliseconds_are_rejected() {
    for ms in [10.0, 20.0, 23.0] {
        for press in everywhere(|press| Press { ms, ..press }) {
            assert_eq!(detect(&press.audio()), [], "{} for {ms} ms at {}", press.key(), press.start);
        }
    }
}

#[test]
fn an_interruption_of_ten_milliseconds_makes_no_second_key() {
    for press in everywhere(|press| Press { ms: 100.0, ..press }) {
        for cut in [200, 280, 320, 400, 450] {
            let mut audio = press.audio();
            audio[press.start + cut..press.start + cut + 80].fill(0.0);
            assert_eq!(detect(&audio), [press.key()], "cut at {cut}");
        }
    }
}

#[test]
fn a_pause_of_forty_milliseconds_makes_a_second_key() {
    for key in Key::ALL {
        for shift in (0..160).step_by(8) {
            let mut audio = vec![0; 400 + shift];
            audio.extend(render(key, 40, 40).repeat(10));
            audio.extend([0; 400]);
            assert_eq!(detect_samples(&audio), [key; 10], "{key} at {shift}");
        }
    }
}

#[test]
fn a_number_is_read_at_twelve_keys_a_second() {
    let number = [Key::ALL, Key::ALL].concat();
    let audio: Vec<i16> = number.iter().flat_map(|&key| render(key, 45, 38)).collect();
    assert_eq!(detect_samples(&audio), number);
}

#[test]
fn keys_survive_both_laws_of_g711() {
    for key in Key::ALL {
        for level in [-8.0, -20.0, -34.0] {
            let clean: Vec<i16> = [0; 320].into_iter().chain(Tone::new(key, 60, level)).chain([0; 480]).collect();
            let ulaw: Vec<i16> = clean.iter().map(|&s| g711::ulaw_decode(g711::ulaw_encode(s))).collect();
            let alaw: Vec<i16> = clean.iter().map(|&s| g711::alaw_decode(g711::alaw_encode(s))).collect();
            assert_eq!(detect_samples(&ulaw), [key]);
            assert_eq!(detect_samples(&alaw), [key]);
        }
    }
}

/// Presses as people make them, within what Q.24 lets vary.
fn varied(seed: u64, count: usize, ms: f64) -> Vec<Press> {
    let mut random = Random(seed);
    (0..count)
        .map(|n| Press {
            ms,
            off: (random.between(-1.5, 1.5), random.between(-1.5, 1.5)),
            twist: random.between(-8.0, 4.0),
            start: 400 + random.between(0.0, 160.0) as usize,
            ..Press::new(n % 16)
        })
        .collect()
}

/// Presses through what a crowd says, 15 dB below them: how many are read, for three lengths.
fn read_through(crowd: &[f64]) {
    let noise = |press: usize, len: usize| crowd[press * 1_800..][..len].to_vec();
    for (ms, least) in [(40.0, 0.97), (50.0, 0.98), (80.0, 0.99)] {
        let (right, total) = accepted(varied(1, 1_600, ms), noise);
        println!("babble at 15 dB, {ms} ms: {right} of {total}");
        assert!(right as f64 >= least * total as f64, "{ms} ms: {right} of {total}");
    }
}

#[test]
fn keys_are_read_through_babble_fifteen_decibels_below() {
    read_through(&babble(1, -28.0, 3_000_000));
}

#[cfg(feature = "rendered-speech")]
#[test]
fn keys_are_read_through_rendered_babble_fifteen_decibels_below() {
    let mut crowd = vec![0.0; 3_000_000];
    for (voice, (_, audio)) in rendered::speech().enumerate() {
        // Everybody says the same text: each starts somewhere else in it.
        let shifted = audio.iter().cycle().skip(voice * 31_007);
        crowd.iter_mut().zip(shifted).for_each(|(sum, sample)| *sum += sample);
    }
    set_level(&mut crowd, -28.0);
    read_through(&crowd);
}

#[test]
fn keys_are_read_through_noise_fifteen_decibels_below() {
    let noise = |seed: usize, len: usize| white_noise(seed as u64, -28.0).take(len).collect();
    for (ms, least) in [(40.0, 0.99), (80.0, 0.999)] {
        let (right, total) = accepted(varied(2, 1_600, ms), noise);
        println!("white noise at 15 dB, {ms} ms: {right} of {total}");
        assert!(right as f64 >= least * total as f64, "{ms} ms: {right} of {total}");
    }
}
