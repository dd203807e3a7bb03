//! The resampler's figures, measured with tones, and its behaviour as a stream.

use std::f64::consts::TAU;

use proptest::prelude::*;
use voxgate_media::{Rate, Resampler, resample_clip};

/// Half of full scale: leaves room for the overshoot of steps.
const AMPLITUDE: f64 = 16_384.0;

/// What is promised below this frequency: the telephone band, Hz.
const BAND_TOP: f64 = 3_400.0;

fn pairs() -> impl Iterator<Item = (Rate, Rate)> {
    Rate::ALL.into_iter().flat_map(|from| Rate::ALL.into_iter().map(move |to| (from, to)))
}

fn tone(hz: f64, rate: Rate, len: usize) -> Vec<i16> {
    let step = TAU * hz / f64::from(rate.hz());
    (0..len).map(|n| (AMPLITUDE * (step * n as f64).sin()).round() as i16).collect()
}

fn convert(input: &[i16], from: Rate, to: Rate) -> Vec<i16> {
    let mut resampler = Resampler::new(from, to);
    let mut output = vec![0; resampler.output_len_max(input.len())];
    let written = resampler.process(input, &mut output);
    output.truncate(written);
    output
}

/// Amplitude at one frequency relative to [`AMPLITUDE`], dB, and phase, radians. Hann-windowed, so that what lies a
/// few bins away does not count.
fn spectrum_at(audio: &[i16], hz: f64, rate: Rate) -> (f64, f64) {
    let step = TAU * hz / f64::from(rate.hz());
    let (mut re, mut im, mut weights) = (0.0, 0.0, 0.0);
    for (n, &sample) in audio.iter().enumerate() {
        let weight = 1.0 - (TAU * n as f64 / audio.len() as f64).cos();
        re += weight * f64::from(sample) * (step * n as f64).cos();
        im -= weight * f64::from(sample) * (step * n as f64).sin();
        weights += weight;
    }
    (20.0 * (2.0 * re.hypot(im) / weights / AMPLITUDE).log10(), im.atan2(re))
}

/// Where a tone lands when it is sampled at `rate`.
fn folded(hz: f64, rate: Rate) -> f64 {
    let rate = f64::from(rate.hz());
    let within = hz % rate;
    within.min(rate - within)
}

/// The places where a tone of the input must not show up in the output: its images around multiples of the input's
/// rate, folded at the output's. A tone in the telephone band must have none at all, another one none in the band.
fn spurs(hz: f64, from: Rate, to: Rate) -> Vec<f64> {
    let mut found = Vec::new();
    for multiple in 0..=6 {
        let centre = f64::from(multiple * from.hz());
        found.push(folded(centre + hz, to));
        found.push(folded((centre - hz).abs(), to));
    }
    found.retain(|&spur| spur.min(hz) <= BAND_TOP && (spur - hz).abs() > 40.0);
    found
}

#[test]
fn a_tone_in_the_telephone_band_keeps_its_level_within_half_a_decibel() {
    for (from, to) in pairs() {
        let mut worst = 0.0_f64;
        for hz in (300..=3_400).step_by(50).map(f64::from) {
            let output = convert(&tone(hz, from, from.hz() as usize / 4), from, to);
            let (level, _) = spectrum_at(&output[output.len() / 5..], hz, to);
            worst = worst.max(level.abs());
        }
        println!("{from} to {to}: ripple {worst:.3} dB");
        assert!(worst <= 0.5, "{from} to {to}: {worst:.3} dB");
    }
}

#[test]
fn aliases_and_images_that_touch_the_telephone_band_are_sixty_decibels_down() {
    for (from, to) in pairs().filter(|(from, to)| from != to) {
        let mut worst = (f64::MIN, 0.0, 0.0);
        // A step of 37 Hz keeps tones and their aliases from sharing frequencies.
        for hz in (50..from.hz() / 2).step_by(37).map(f64::from) {
            let spurs = spurs(hz, from, to);
            if spurs.is_empty() {
                continue;
            }
            let output = convert(&tone(hz, from, from.hz() as usize / 8), from, to);
            for spur in spurs {
                let (level, _) = spectrum_at(&output[output.len() / 4..], spur, to);
                if level > worst.0 {
                    worst = (level, hz, spur);
                }
            }
        }
        let (level, hz, spur) = worst;
        println!("{from} to {to}: worst alias or image {level:.1} dB, of {hz} Hz at {spur} Hz");
        assert!(level <= -60.0, "{from} to {to}: {hz} Hz shows at {spur} Hz with {level:.1} dB");
    }
}

#[test]
fn everything_below_the_band_edge_that_is_not_the_tone_is_sixty_decibels_down() {
    for (from, to) in pairs().filter(|(from, to)| from != to && *from > Rate::Hz8000) {
        // Above every stopband edge that matters for the telephone band: what remains there is alias alone.
        for hz in [4_700.0, 5_200.0, 7_300.0] {
            let output = convert(&tone(hz, from, from.hz() as usize / 4), from, to);
            let settled = &output[output.len() / 5..];
            for probe in (100..=3_400).step_by(25).map(f64::from) {
                let (level, _) = spectrum_at(settled, probe, to);
                assert!(level <= -60.0, "{from} to {to}: {hz} Hz shows at {probe} Hz with {level:.1} dB");
            }
        }
    }
}

#[test]
fn the_delay_is_what_it_says_and_at_most_two_milliseconds() {
    for (from, to) in pairs() {
        let delay = f64::from(Resampler::new(from, to).delay_ms());
        assert!(delay <= 2.0, "{from} to {to}: {delay} ms");
        // The phase of a tone slower than twice the longest delay tells the delay without ambiguity.
        let hz = 200.0;
        let output = convert(&tone(hz, from, from.hz() as usize), from, to);
        let (_, phase) = spectrum_at(&output, hz, to);
        // A sine that starts at zero has a phase of a quarter turn back; half a turn aside keeps clear of the seam.
        let turns = ((0.25 - phase / TAU).rem_euclid(1.0) - 0.5) / hz;
        let lag = turns * 1_000.0;
        println!("{from} to {to}: delay {delay:.3} ms, measured {lag:.3} ms");
        assert!((lag - delay).abs() < 0.02, "{from} to {to}: says {delay} ms, is {lag} ms");
    }
}

#[test]
fn a_clip_keeps_its_length_and_its_place_in_time() {
    for (from, to) in pairs() {
        let len = from.hz() as usize / 10 + 1;
        let clip = tone(440.0, from, len);
        let output = resample_clip(&clip, from, to);
        assert_eq!(output.len(), (len * to.hz() as usize).div_ceil(from.hz() as usize), "{from} to {to}");

        let wanted = tone(440.0, to, output.len());
        let edge = to.hz() as usize / 500;
        for n in edge..output.len() - edge {
            let off = output[n].abs_diff(wanted[n]);
            assert!(off <= 20, "{from} to {to}: sample {n} is off by {off}");
        }
    }
    assert_eq!(resample_clip(&[], Rate::Hz8000, Rate::Hz48000), []);
}

#[test]
fn the_loudest_input_clips_and_does_not_wrap() {
    for (from, to) in pairs() {
        let period = from.hz() as usize / 100;
        let square: Vec<i16> =
            (0..period * 10).map(|n| if n % period < period / 2 { i16::MAX } else { i16::MIN }).collect();
        let output = resample_clip(&square, from, to);
        let half = to.hz() as usize / 200;
        for (at, &sample) in output.iter().enumerate() {
            let into = at % half;
            let settled = into > half / 4 && into < half * 3 / 4;
            let high = (at / half).is_multiple_of(2);
            assert!(!settled || (sample > 20_000) == high, "{from} to {to}: sample {at} is {sample}");
        }
    }
}

#[test]
#[should_panic(expected = "output holds 319 samples and needs room for 320")]
fn too_small_an_output_is_refused_before_anything_is_lost() {
    Resampler::new(Rate::Hz8000, Rate::Hz16000).process(&[0; 160], &mut [0; 319]);
}

fn any_rate() -> impl Strategy<Value = Rate> {
    prop::sample::select(Rate::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn how_a_stream_is_cut_makes_no_difference(
        from in any_rate(),
        to in any_rate(),
        input in prop::collection::vec(any::<i16>(), 0..3_000),
        cuts in prop::collection::vec(0..700_usize, 1..20),
    ) {
        let whole = convert(&input, from, to);

        let mut resampler = Resampler::new(from, to);
        resampler.process(&[i16::MAX; 31], &mut [0; 200]);
        resampler.reset();
        let mut pieces = Vec::new();
        let mut rest = input.as_slice();
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            let mut output = vec![0; resampler.output_len_max(piece.len())];
            let written = resampler.process(piece, &mut output);
            pieces.extend_from_slice(&output[..written]);
            rest = after;
        }

        prop_assert_eq!(&pieces, &whole);
        prop_assert_eq!(whole.len(), (input.len() * to.hz() as usize).div_ceil(from.hz() as usize));
    }
}
