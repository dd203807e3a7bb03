//! The machines of the crate, heard out on audio that is made up on the spot.

mod beep;
mod codec;
mod dtmf;
mod made_up;
#[cfg(feature = "rendered-speech")]
mod rendered;
mod talk_off;
mod vad;
mod voice;
