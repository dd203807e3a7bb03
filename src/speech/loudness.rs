//! Synthesised speech made fit to be played: one level, no long silences at its ends, no clicks.

use super::{Pcm, TELEPHONE_RATE_HZ};

/// Level of the speech itself, pauses aside: -20 dBFS, some 15 dB of room for its peaks.
const ACTIVE_RMS: f32 = 3_277.0;

/// No sample goes above this: -1 dBFS.
const PEAK: f32 = 29_200.0;

/// Loudness is judged over 20 ms.
const BLOCK: usize = TELEPHONE_RATE_HZ as usize / 50;

/// A block this far below the loudest one is a pause: -30 dB.
const PAUSE: f32 = 0.0316;

/// Silence left at each end, 50 ms.
const MARGIN: usize = TELEPHONE_RATE_HZ as usize / 20;

/// Fade at each end, 5 ms.
const FADE: usize = TELEPHONE_RATE_HZ as usize / 200;

/// The sound at 8 kHz, ready to be encoded.
pub(super) fn level(sound: &Pcm) -> Vec<i16> {
    let samples = sound.resampled(TELEPHONE_RATE_HZ).samples;
    let blocks: Vec<f32> = samples.chunks(BLOCK).map(rms).collect();
    let loudest = blocks.iter().copied().fold(0.0, f32::max);
    let speaks = |block: &f32| *block > loudest * PAUSE;
    let (Some(first), Some(last)) = (blocks.iter().position(speaks), blocks.iter().rposition(speaks)) else {
        return samples;
    };
    let active: Vec<f32> = blocks.iter().copied().filter(speaks).collect();
    let active_rms = (active.iter().map(|rms| rms * rms).sum::<f32>() / active.len() as f32).sqrt();
    let peak = samples.iter().map(|sample| f32::from(sample.unsigned_abs())).fold(1.0, f32::max);
    let gain = (ACTIVE_RMS / active_rms.max(1.0)).min(PEAK / peak);
    let start = (first * BLOCK).saturating_sub(MARGIN);
    let end = ((last + 1) * BLOCK + MARGIN).min(samples.len());
    let mut cut: Vec<i16> = samples[start..end].iter().map(|s| (f32::from(*s) * gain).round() as i16).collect();
    fade(&mut cut);
    cut
}

fn rms(block: &[i16]) -> f32 {
    let energy: f32 = block.iter().map(|sample| f32::from(*sample) * f32::from(*sample)).sum();
    (energy / block.len().max(1) as f32).sqrt()
}

fn fade(samples: &mut [i16]) {
    let length = FADE.min(samples.len() / 2);
    for at in 0..length {
        let gain = at as f32 / length as f32;
        let end = samples.len() - 1 - at;
        for index in [at, end] {
            samples[index] = (f32::from(samples[index]) * gain).round() as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of silence, a second of a tone that begins and ends at its full height, and silence again.
    fn tone(rate_hz: u32, height: f32) -> Pcm {
        let second = rate_hz as usize;
        let angle = 2.0 * std::f32::consts::PI * 440.0 / rate_hz as f32;
        let mut samples = vec![0; second];
        samples.extend((0..second).map(|n| ((angle * n as f32).cos() * height) as i16));
        samples.extend(vec![0; second]);
        Pcm { rate_hz, samples }
    }

    #[test]
    fn quiet_and_loud_speech_come_out_alike_and_trimmed() {
        for (rate, height) in [(16_000, 600.0), (22_050, 30_000.0), (8_000, 5_000.0)] {
            let levelled = level(&tone(rate, height));
            let middle = rms(&levelled[2_000..6_000]);
            assert!((middle / ACTIVE_RMS - 1.0).abs() < 0.05, "{height} at {rate}: {middle}");
            let ms = levelled.len() / 8;
            assert!((1_080..=1_140).contains(&ms), "{ms} ms of one second with 50 ms on each side");
        }
    }

    #[test]
    fn the_ends_do_not_click() {
        let mut sound = tone(8_000, 30_000.0);
        sound.samples.drain(..8_000);
        sound.samples.truncate(8_000);
        let levelled = level(&sound);
        assert!(levelled[0].abs() < 200 && levelled[levelled.len() - 1].abs() < 200);
        let step = levelled.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max();
        // A 440 Hz tone at this level moves 1,600 from sample to sample.
        assert!(step < Some(2_000), "{step:?}");
    }

    #[test]
    fn a_single_peak_is_never_driven_over_the_top() {
        let mut sound = tone(8_000, 300.0);
        sound.samples[12_000] = 20_000;
        assert!(level(&sound).iter().all(|sample| f32::from(sample.unsigned_abs()) <= PEAK + 1.0));
    }
}
