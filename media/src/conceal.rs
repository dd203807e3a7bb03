//! Fills in for packets that did not arrive: repeats the last pitch period and fades it out within 60 ms.

use crate::frame::{FRAME_SAMPLES, Frame};

/// Two frames: enough to see a pitch period of the longest lag twice.
const HISTORY: usize = 2 * FRAME_SAMPLES;

/// The shortest pitch period looked for, samples: 250 Hz. A higher voice shows at a multiple.
const LAG_MIN: usize = 32;

/// The longest pitch period looked for, samples: 50 Hz.
const LAG_MAX: usize = FRAME_SAMPLES;

/// The last frame is compared with what came one period earlier.
const COMPARED: usize = FRAME_SAMPLES;

/// Likeness below which the sound has no pitch. A short period would then buzz, so the longest is repeated.
const VOICED: f32 = 0.4;

/// Samples at full level before the fade: 10 ms, as in G.711 appendix I.
const HELD: usize = 80;

/// Samples until silence: 60 ms, as in G.711 appendix I.
const FADED: usize = 480;

/// Replaces frames that are missing from one stream.
#[derive(Clone, Debug)]
pub struct Concealer {
    history: [i16; HISTORY],
    /// None while frames arrive.
    gap: Option<Gap>,
    /// One pitch period whose end leads into its start; as much of it as the gap's `period` says.
    cycle: [i16; LAG_MAX],
}

#[derive(Clone, Copy, Debug)]
struct Gap {
    /// Samples.
    period: usize,
    /// Between the last good sample and what the cycle would put before its start.
    step: f32,
    /// Filled in so far, samples; grows no further than the fade.
    filled: usize,
}

impl Concealer {
    /// A concealer at the start of a stream: before the first good frame it fills with silence.
    #[must_use]
    pub const fn new() -> Self {
        Self { history: [0; HISTORY], gap: None, cycle: [0; LAG_MAX] }
    }

    /// Takes note of a frame that arrived.
    pub fn good(&mut self, frame: &Frame) {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        self.history[FRAME_SAMPLES..].copy_from_slice(frame.samples());
        self.gap = None;
    }

    /// A frame in place of one that did not arrive.
    pub fn missing(&mut self) -> Frame {
        let gap = self.gap.unwrap_or_else(|| self.open_gap());
        if gap.filled >= FADED {
            return Frame::SILENCE;
        }
        let blend = blend_len(gap.period) as f32;
        let samples = std::array::from_fn(|n| {
            let at = gap.filled + n;
            let bridge = gap.step * (1.0 - at as f32 / blend).max(0.0);
            ((f32::from(self.cycle[at % gap.period]) + bridge) * gain(at)) as i16
        });
        self.gap = Some(Gap { filled: gap.filled + FRAME_SAMPLES, ..gap });
        Frame::from_samples(&samples)
    }

    /// Prepares the cycle. Towards its end it turns into what led up to its start, so that it can be repeated.
    fn open_gap(&mut self) -> Gap {
        let period = pitch_period(&self.history);
        let (before, latest) = self.history[HISTORY - 2 * period..].split_at(period);
        let blend = blend_len(period);
        for n in 0..period {
            let share = (n + 1 + blend).saturating_sub(period) as f32 / blend as f32;
            self.cycle[n] = (f32::from(latest[n]) * (1.0 - share) + f32::from(before[n]) * share) as i16;
        }
        let step = f32::from(latest[period - 1]) - f32::from(before[period - 1]);
        Gap { period, step, filled: 0 }
    }
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

/// Over how many samples two pieces are joined: a quarter of a period, as in G.711 appendix I.
fn blend_len(period: usize) -> usize {
    period / 4
}

fn gain(at: usize) -> f32 {
    (FADED.saturating_sub(at) as f32 / (FADED - HELD) as f32).min(1.0)
}

/// The lag at which the last frame is most like what came before it.
fn pitch_period(history: &[i16; HISTORY]) -> usize {
    let audio = history.map(f32::from);
    let recent = &audio[HISTORY - COMPARED..];
    let energy = dot(recent, recent);
    let mut best = (VOICED, LAG_MAX);
    for lag in LAG_MIN..=LAG_MAX {
        let earlier = &audio[HISTORY - COMPARED - lag..][..COMPARED];
        let likeness = dot(recent, earlier) / (energy * dot(earlier, earlier)).sqrt().max(1.0);
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    best.1
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{largest_step, rms_dbfs};

    /// A frame of a sound that repeats every `period` samples, with a sharp attack like a pitch pulse.
    fn voiced(number: usize, period: usize) -> Frame {
        Frame::from_samples(&std::array::from_fn(|n| {
            let at = (number * FRAME_SAMPLES + n) % period;
            (8_000.0 * (-(at as f32) / 15.0).exp() * (at as f32 * 0.6).sin()) as i16
        }))
    }

    fn after_three_good_frames(period: usize) -> Concealer {
        let mut concealer = Concealer::new();
        (0..3).for_each(|number| concealer.good(&voiced(number, period)));
        concealer
    }

    #[test]
    fn before_the_first_frame_it_fills_with_silence() {
        assert_eq!(Concealer::new().missing(), Frame::SILENCE);
    }

    #[test]
    fn the_first_10_ms_go_on_as_a_voice_would_have() {
        for period in [35, 57, 80, 113, 150] {
            let filled = after_three_good_frames(period).missing();
            let wanted = voiced(3, period);
            for n in 0..HELD {
                let off = filled.samples()[n].abs_diff(wanted.samples()[n]);
                assert!(off <= 40, "period {period}: sample {n} is off by {off}");
            }
        }
    }

    #[test]
    fn it_fades_and_is_silent_after_60_ms_however_long_it_lasts() {
        let mut concealer = after_three_good_frames(80);
        let levels: Vec<f32> = (0..3).map(|_| concealer.missing().level_dbfs()).collect();
        assert!(levels[0] > levels[1] && levels[1] > levels[2], "{levels:?}");
        for _ in 0..100 {
            assert_eq!(concealer.missing(), Frame::SILENCE);
        }
    }

    #[test]
    fn a_frame_that_arrives_ends_the_gap() {
        let mut concealer = after_three_good_frames(80);
        (0..5).for_each(|_| _ = concealer.missing());
        (3..6).for_each(|number| concealer.good(&voiced(number, 80)));
        assert!(concealer.missing().level_dbfs() > -30.0);
    }

    #[test]
    fn the_seam_does_not_click_even_where_there_is_no_pitch() {
        // A tone that fits no whole number of samples, and a ramp: nothing here repeats.
        let tone = |n: usize| (8_000.0 * (n as f32 * 0.31).sin()) as i16;
        let ramp = |n: usize| (n as i16) * 40 - 8_000;
        for sound in [&tone as &dyn Fn(usize) -> i16, &ramp] {
            let mut concealer = Concealer::new();
            let mut audio = Vec::new();
            for number in 0..2 {
                let frame = Frame::from_samples(&std::array::from_fn(|n| sound(number * FRAME_SAMPLES + n)));
                concealer.good(&frame);
                audio.extend_from_slice(frame.samples());
            }
            let usual = largest_step(&audio);
            (0..4).for_each(|_| audio.extend_from_slice(concealer.missing().samples()));
            assert!(rms_dbfs(&audio[320..480]) > -30.0);
            assert!(largest_step(&audio[310..]) <= 2 * usual + 200, "{} against {usual}", largest_step(&audio[310..]));
        }
    }
}
