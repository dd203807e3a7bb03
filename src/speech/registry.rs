//! Speech backends by name: one line for each, and a wrong name fails at start.

use std::path::PathBuf;
use std::sync::Arc;

use super::local::LocalTts;
use super::local::pocketsphinx::{PocketSphinx, Settings};
use super::none::{NoStt, NoTts};
use super::scripted::{ScriptedStt, ScriptedTts};
use super::{SpeechError, SttBackend, TtsBackend};

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

    /// Builds both backends. An engine that is not installed stops nothing: its place is taken by keys and recorded
    /// prompts, and a line in [`Speech::missing`] says so.
    ///
    /// # Errors
    /// [`SpeechError::UnknownBackend`], or when the data folder cannot be written.
    pub fn build(&self) -> Result<Speech, SpeechError> {
        self.validate()?;
        let tts = self.tts()?;
        let mut missing = tts.health();
        let stt = self.stt(&mut missing)?;
        Ok(Speech { stt, tts, missing })
    }

    fn tts(&self) -> Result<Arc<dyn TtsBackend>, SpeechError> {
        match self.tts.as_str() {
            "local" => Ok(Arc::new(LocalTts::new(&self.data).map_err(|error| SpeechError::Recorded {
                path: self.data.display().to_string(),
                what: format!("the data folder cannot be written ({error})"),
            })?)),
            "scripted" => Ok(Arc::new(ScriptedTts)),
            "none" => Ok(Arc::new(NoTts)),
            name => Err(unknown("speech.tts", name, TTS_BACKENDS)),
        }
    }

    fn stt(&self, missing: &mut Vec<String>) -> Result<Arc<dyn SttBackend>, SpeechError> {
        match self.stt.as_str() {
            "local" => match PocketSphinx::start(&Settings::below(&self.data, self.decoders)) {
                Ok(recogniser) => Ok(Arc::new(recogniser)),
                Err(error) => {
                    missing.push(error.to_string());
                    Ok(Arc::new(NoStt))
                }
            },
            "scripted" => Ok(Arc::new(ScriptedStt::first_phrase())),
            "none" => {
                missing.push("speech.stt is \"none\": callers answer by keys only".to_owned());
                Ok(Arc::new(NoStt))
            }
            name => Err(unknown("speech.stt", name, STT_BACKENDS)),
        }
    }
}

/// The backends of a gateway.
#[derive(Clone, Debug)]
pub struct Speech {
    /// The recogniser.
    pub stt: Arc<dyn SttBackend>,
    /// The synthesiser.
    pub tts: Arc<dyn TtsBackend>,
    /// A line for each engine that is not installed: what is missing, what follows from it, what to do.
    pub missing: Vec<String>,
}

fn known(field: &'static str, name: &str, known: &'static [&'static str]) -> Result<(), SpeechError> {
    if known.contains(&name) { Ok(()) } else { Err(unknown(field, name, known)) }
}

fn unknown(field: &'static str, name: &str, known: &'static [&'static str]) -> SpeechError {
    SpeechError::UnknownBackend { field, name: name.to_owned(), known }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(stt: &str, tts: &str) -> SpeechSettings {
        SpeechSettings { stt: stt.to_owned(), tts: tts.to_owned(), data: PathBuf::from("unused"), decoders: 1 }
    }

    #[test]
    fn a_wrong_name_is_refused_with_its_field_and_the_names_that_exist() {
        let said = settings("locale", "none").build().unwrap_err().to_string();
        assert_eq!(said, "speech.stt: \"locale\" is no speech backend; choose one of: local, scripted, none");
        assert!(settings("none", "").build().unwrap_err().to_string().starts_with("speech.tts: "));
    }

    #[test]
    fn every_listed_name_can_be_built() {
        let folder = tempfile::tempdir().unwrap();
        for name in STT_BACKENDS.iter().zip(TTS_BACKENDS) {
            let settings = SpeechSettings { data: folder.path().to_owned(), ..settings(name.0, name.1) };
            assert_eq!(settings.build().unwrap().tts.name(), *name.1);
        }
    }
}
