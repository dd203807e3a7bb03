//! Speech without any account: synthesisers and a recogniser that are installed on this machine.

mod engine;
pub mod measure;
pub mod pocketsphinx;
mod tts;

pub use tts::LocalTts;
