//! A voice that says nothing but sounds, to a tone detector, like speech: pitch pulses and breath through formants
//! that glide from sound to sound, with pauses between phrases.

use std::f64::consts::{PI, TAU};

use crate::made_up::Random;

/// First four formants of sounds, Hz: vowels, nasals and glides of adult voices. The second ones lie right in the
/// band of the column tones.
const SOUNDS: [[f64; 4]; 12] = [
    [270.0, 2290.0, 3010.0, 3500.0],
    [390.0, 1990.0, 2550.0, 3400.0],
    [530.0, 1840.0, 2480.0, 3400.0],
    [660.0, 1720.0, 2410.0, 3400.0],
    [730.0, 1090.0, 2440.0, 3400.0],
    [570.0, 840.0, 2410.0, 3300.0],
    [440.0, 1020.0, 2240.0, 3300.0],
    [300.0, 870.0, 2240.0, 3300.0],
    [640.0, 1190.0, 2390.0, 3400.0],
    [490.0, 1350.0, 1690.0, 3300.0],
    [280.0, 1300.0, 2200.0, 3200.0],
    [770.0, 1480.0, 2500.0, 3400.0],
];

/// Widths of the formants, Hz, of a speaking voice.
const WIDTHS: [f64; 4] = [80.0, 100.0, 120.0, 175.0];

const RATE_HZ: f64 = 8_000.0;

/// Endless samples at 8 kHz; the loudest moments stay within full scale.
pub(crate) struct Voice {
    random: Random,
    /// Middle of the voice's pitch, Hz.
    pitch: f64,
    /// Length of the vocal tract, relative to the table's.
    size: f64,
    from: Sound,
    to: Sound,
    /// Sample within the sound, and its length.
    at: usize,
    len: usize,
    /// Position within the pitch period, 0–1.
    cycle: f64,
    /// Past outputs of each formant.
    memory: [[f64; 2]; 4],
    last: f64,
}

#[derive(Clone, Copy)]
struct Sound {
    formants: [f64; 4],
    pitch: f64,
    voiced: f64,
    loud: f64,
}

impl Voice {
    /// Voices differ by their seed: pitch from 85 to 300 Hz, from a long to a short vocal tract.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random(seed ^ 0x0076_6F69_6365);
        let pitch = 85.0 * (300.0_f64 / 85.0).powf(random.between(0.0, 1.0));
        let size = 0.9 + 0.3 * (pitch - 85.0) / 215.0 + random.between(-0.05, 0.05);
        let silence = Sound { formants: SOUNDS[8], pitch, voiced: 1.0, loud: 0.0 };
        Self {
            random,
            pitch,
            size,
            from: silence,
            to: silence,
            at: 0,
            len: 1,
            cycle: 0.0,
            memory: [[0.0; 2]; 4],
            last: 0.0,
        }
    }

    fn next_sound(&mut self) {
        self.from = self.to;
        self.at = 0;
        let kind = self.random.between(0.0, 1.0);
        let length_ms = match kind {
            k if k < 0.10 => self.random.between(100.0, 500.0),
            // Held sounds are where a steady pair of harmonics could pass for a key.
            k if k < 0.25 => self.random.between(200.0, 700.0),
            _ => self.random.between(40.0, 160.0),
        };
        self.len = (length_ms * RATE_HZ / 1000.0) as usize;
        let (voiced, loud) = match kind {
            k if k < 0.10 => (1.0, 0.0),
            k if k > 0.80 => (0.0, self.random.between(0.1, 0.4)),
            _ => (self.random.between(0.9, 1.0), self.random.between(0.3, 1.0)),
        };
        let formants = self.random.pick(&SOUNDS).map(|hz| hz * self.size);
        let pitch = self.pitch * self.random.between(0.8, 1.3);
        self.to = Sound { formants, pitch, voiced, loud };
    }

    /// Pulse train with the fall of −12 dB an octave that a glottis has, or breath.
    fn excitation(&mut self, sound: Sound) -> f64 {
        self.cycle += sound.pitch * (1.0 + self.random.between(-0.01, 0.01)) / RATE_HZ;
        self.cycle -= self.cycle.floor();
        let opened = self.cycle / 0.6;
        let pulse = if opened < 1.0 { opened * opened * (1.0 - opened) * 6.75 } else { 0.0 };
        let breath = self.random.between(-0.3, 0.3);
        (pulse - 0.3) * sound.voiced + breath * (1.02 - sound.voiced)
    }
}

impl Iterator for Voice {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        if self.at == self.len {
            self.next_sound();
        }
        // A third of each sound is the way there, the rest is held.
        let share = (3.0 * self.at as f64 / self.len as f64).min(1.0);
        self.at += 1;
        let sound = between(self.from, self.to, share);

        let source = self.excitation(sound) * sound.loud;
        // Radiation at the lips: +6 dB an octave.
        let mut signal = source - 0.95 * self.last;
        self.last = source;
        for ((memory, hz), width) in self.memory.iter_mut().zip(sound.formants).zip(WIDTHS) {
            signal = resonate(memory, signal, hz.min(3_800.0), width);
        }
        Some(signal * 3_000.0)
    }
}

fn between(from: Sound, to: Sound, share: f64) -> Sound {
    let mix = |a: f64, b: f64| a + (b - a) * share;
    Sound {
        formants: std::array::from_fn(|n| mix(from.formants[n], to.formants[n])),
        pitch: mix(from.pitch, to.pitch),
        voiced: mix(from.voiced, to.voiced),
        loud: mix(from.loud, to.loud),
    }
}

/// One formant: a resonator of two poles with a gain of one at zero.
fn resonate(memory: &mut [f64; 2], input: f64, hz: f64, width: f64) -> f64 {
    let radius = (-PI * width / RATE_HZ).exp();
    let near = 2.0 * radius * (TAU * hz / RATE_HZ).cos();
    let far = -radius * radius;
    let output = (1.0 - near - far) * input + near * memory[0] + far * memory[1];
    *memory = [output, memory[0]];
    output
}
