//! Speech backends by name: one line for each, and a wrong name fails at start.

use std::path::PathBuf;

use super::SpeechError;

/// Recognisers that the config may name.
pub const STT_BACKENDS: &[&str] = &["local", "scripted", "none"];

/// Synthesisers that the config may name.
pub const TTS_BACKENDS: &[&str] = &["local", "scripted", "none"];

/// The `speech` section of the config, as far as it concerns backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechSettings {
    /// Recogniser, one of [`STT_BACKENDS`].
    pub stt: String,
    /// Synthesiser, one of [`TTS_BACKENDS`].
    pub tts: String,
    /// Folder of the data: the prompt cache and the recogniser's dictionaries live below it.
    pub data: PathBuf,
    /// Threads that decode speech.
    pub decoders: usize,
}

impl SpeechSettings {
    /// Checks the names, without touching anything.
    ///
    /// # Errors
    /// [`SpeechError::UnknownBackend`] with the field and the names that exist.
    pub fn validate(&self) -> Result<(), SpeechError> {
        known("speech.stt", &self.stt, STT_BACKENDS)?;
        known("speech.tts", &self.tts, TTS_BACKENDS)
    }
}

fn known(field: &'static str, name: &str, known: &'static [&'static str]) -> Result<(), SpeechError> {
    if known.contains(&name) {
        return Ok(());
    }
    Err(SpeechError::UnknownBackend { field, name: name.to_owned(), known })
}
