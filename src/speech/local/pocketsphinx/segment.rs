//! A caller's turn made ready for the recogniser: cut to its speech, brought to one level, at the model's rate.

use crate::speech::{NoMatch, Pcm, TELEPHONE_RATE_HZ};

/// The acoustic model's rate. Its own 8 kHz settings measured far worse than sound brought up to this rate.
pub(super) const MODEL_RATE_HZ: u32 = 16_000;

/// Speech shorter than this is a click; longer than the other is no answer to a narrow question.
const SHORTEST_MS: usize = 120;
const LONGEST_MS: usize = 4_000;

/// Kept before and after the speech: weak first and last sounds are below any threshold.
const MARGIN_MS: usize = 150;

/// Energy is judged over 10 ms.
const BLOCK: usize = TELEPHONE_RATE_HZ as usize / 100;
const BLOCK_MS: usize = 10;

/// Speech spans no more than this: a floor further down is digital silence, of which no line is made.
const SPAN_DB: f32 = 30.0;

/// Blocks in a row that make a sound of speech.
const RUN: usize = 3;

/// Level of the speech, full scale being 32,768: -20 dBFS.
const SPEECH_RMS: f32 = 3_277.0;

/// White noise added after scaling, in steps of the 16-bit scale (RMS): the model has never heard the empty band above
/// 4 kHz that telephone sound has.
const NOISE_RMS: f32 = 8.0;

/// The samples that the recogniser decodes, at [`MODEL_RATE_HZ`].
///
/// # Errors
/// [`NoMatch::TooShort`] or [`NoMatch::TooLong`], where no answer can be in it.
pub(super) fn prepare(telephone: &[i16]) -> Result<Vec<i16>, NoMatch> {
    let speech = speech_of(telephone).ok_or(NoMatch::TooShort)?;
    let ms = speech.len() * BLOCK_MS;
    if ms < SHORTEST_MS {
        return Err(NoMatch::TooShort);
    }
    if ms > LONGEST_MS {
        return Err(NoMatch::TooLong);
    }
    let margin = MARGIN_MS / BLOCK_MS;
    let start = speech.start.saturating_sub(margin) * BLOCK;
    let end = ((speech.end + margin) * BLOCK).min(telephone.len());
    let level = rms(&telephone[speech.start * BLOCK..speech.end * BLOCK]);
    let wide = Pcm { rate_hz: TELEPHONE_RATE_HZ, samples: telephone[start..end].to_vec() }.resampled(MODEL_RATE_HZ);
    Ok(with_noise(&wide.samples, SPEECH_RMS / level.max(1.0)))
}

/// The blocks from the first to the last that stand out: louder than half way, in dB, between the turn's own noise floor
/// and its loudest sounds. The margins take back what is quieter at the ends of words.
fn speech_of(samples: &[i16]) -> Option<std::ops::Range<usize>> {
    let levels: Vec<f32> = samples.chunks_exact(BLOCK).map(|block| decibels(rms(block))).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let floor = *sorted.get(sorted.len() / 10)?;
    let peak = *sorted.get(sorted.len().saturating_sub(1 + sorted.len() / 20))?;
    let threshold = f32::midpoint(floor.max(peak - SPAN_DB), peak);
    let loud: Vec<bool> = levels.iter().map(|level| *level > threshold).collect();
    // Some blocks in a row, so that a click neither opens nor closes the speech.
    let mut runs = loud.windows(RUN).enumerate().filter(|(_, run)| run.iter().all(|loud| *loud)).map(|(at, _)| at);
    let start = runs.next()?;
    Some(start..runs.next_back().unwrap_or(start) + RUN)
}

fn rms(samples: &[i16]) -> f32 {
    let energy: f32 = samples.iter().map(|sample| f32::from(*sample) * f32::from(*sample)).sum();
    (energy / samples.len().max(1) as f32).sqrt()
}

fn decibels(rms: f32) -> f32 {
    20.0 * rms.max(1.0).log10()
}

/// The same noise for the same place in every segment: a turn is decoded alike whenever it is decoded.
fn with_noise(samples: &[i16], gain: f32) -> Vec<i16> {
    let mut state = 0x2545_F491_u32;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 - 0.5
    };
    // Four uniform numbers have a variance of a third, near enough to a bell.
    let scale = NOISE_RMS * 3.0_f32.sqrt();
    let noisy = |sample: &i16| {
        let noise = (uniform() + uniform() + uniform() + uniform()) * scale;
        f32::from(*sample).mul_add(gain, noise).round() as i16
    };
    samples.iter().map(noisy).collect()
}
