//! Keypad tones: ITU-T Q.23 says what they are, Q.24 what a receiver accepts.

mod detector;
mod key;
mod spectrum;
mod tone;

pub use detector::Detector;
pub use key::{Key, NotAKey};
pub use tone::{Tone, render};
