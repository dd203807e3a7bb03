//! Changes the sample rate with a polyphase filter of short delay.
//!
//! One windowed-sinc low-pass serves all pairs of rates, scaled by the lower one. Its transition band is centred on
//! half the lower rate: with 8 kHz it passes to 3.4 kHz and stops from 4.6 kHz, so whatever folds back lands above
//! 3.4 kHz, outside the telephone band. That is what allows a delay under 2 ms.

use crate::rate::Rate;

mod filter;

use filter::Filter;

/// Input samples taken in at a time: the longest frame (20 ms at 48 kHz) in two steps.
const BLOCK: usize = 480;

/// Converts a stream of mono audio from one rate to another.
///
/// How the stream is cut into calls makes no difference to the output. Between equal rates the stream passes as it is.
#[derive(Clone, Debug)]
pub struct Resampler {
    filter: Filter,
    /// The past that the filter still needs, then the block in work.
    window: Vec<f32>,
    /// How many samples after the next input the next output is due,
    ahead: usize,
    /// and how many phases after that one.
    phase: usize,
}

impl Resampler {
    /// A resampler at the start of a stream. Allocates; nothing after this does.
    #[must_use]
    pub fn new(from: Rate, to: Rate) -> Self {
        let filter = Filter::design(from, to);
        let window = vec![0.0; filter.taps() - 1 + BLOCK];
        Self { filter, window, ahead: 0, phase: 0 }
    }

    /// Takes in all of `input`, writes the output that is due to the front of `output`, and returns its length.
    ///
    /// # Panics
    ///
    /// Panics when `output` is shorter than [`output_len_max`](Self::output_len_max) of the input's length.
    pub fn process(&mut self, input: &[i16], output: &mut [i16]) -> usize {
        let room = self.output_len_max(input.len());
        assert!(output.len() >= room, "output holds {} samples and needs room for {room}", output.len());
        if self.filter.is_identity() {
            output[..input.len()].copy_from_slice(input);
            return input.len();
        }
        let mut written = 0;
        for block in input.chunks(BLOCK) {
            written += self.process_block(block, &mut output[written..]);
        }
        written
    }

    /// The most output that one call with `input_len` samples can yield, samples.
    #[must_use]
    pub fn output_len_max(&self, input_len: usize) -> usize {
        (input_len * self.filter.up()).div_ceil(self.filter.down())
    }

    /// By how much the output lags behind the input, ms. At most 2.
    #[must_use]
    pub fn delay_ms(&self) -> f32 {
        self.filter.delay_ms()
    }

    /// Forgets the past: the next input begins a new stream.
    pub fn reset(&mut self) {
        self.window.fill(0.0);
        (self.ahead, self.phase) = (0, 0);
    }

    fn process_block(&mut self, block: &[i16], output: &mut [i16]) -> usize {
        let past = self.filter.taps() - 1;
        for (slot, &sample) in self.window[past..].iter_mut().zip(block) {
            *slot = f32::from(sample);
        }
        let (up, down) = (self.filter.up(), self.filter.down());
        let (whole, part) = (down / up, down % up);
        let mut written = 0;
        while self.ahead < block.len() {
            output[written] = self.filter.apply(self.phase, &self.window[self.ahead..]);
            written += 1;
            self.ahead += whole;
            self.phase += part;
            if self.phase >= up {
                self.phase -= up;
                self.ahead += 1;
            }
        }
        self.ahead -= block.len();
        self.window.copy_within(block.len()..block.len() + past, 0);
        written
    }
}

/// Converts a whole clip, with the filter's delay taken out: the output begins and ends where the input does.
#[must_use]
pub fn resample_clip(clip: &[i16], from: Rate, to: Rate) -> Vec<i16> {
    let mut resampler = Resampler::new(from, to);
    let (lead_in, lead_out) = (resampler.filter.delay_in(), resampler.filter.delay_out());
    let len = resampler.output_len_max(clip.len());
    let mut output = vec![0; len + resampler.output_len_max(lead_in) + 1];
    let mut written = resampler.process(clip, &mut output);
    written += resampler.process(&vec![0; lead_in], &mut output[written..]);
    output.truncate(written);
    output.drain(..lead_out);
    output.truncate(len);
    output
}
