//! What goes wrong with speech, and what to do about it.

use std::fmt;

/// Why a recogniser or a synthesiser could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeechError {
    /// The name in the config is no backend.
    UnknownBackend {
        /// The config's key, such as `speech.stt`.
        field: &'static str,
        /// What stands there.
        name: String,
        /// The names that exist.
        known: &'static [&'static str],
    },
    /// An engine is not installed.
    Missing {
        /// The engine.
        engine: String,
        /// The language it would have spoken or heard.
        language: String,
        /// What to do.
        remedy: String,
    },
    /// No engine of this backend speaks the language.
    NoVoice {
        /// The backend.
        backend: String,
        /// The language.
        language: String,
    },
    /// An engine was started and gave nothing usable.
    Engine {
        /// The engine.
        engine: String,
        /// The language.
        language: String,
        /// What happened.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A recorded prompt cannot be played.
    Recorded {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The recogniser cannot take the turn or the session.
    Recogniser {
        /// What happened.
        what: String,
        /// What to do.
        remedy: String,
    },
}

impl fmt::Display for SpeechError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownBackend { field, name, known } => {
                write!(f, "{field}: \"{name}\" is no speech backend; choose one of: {}", known.join(", "))
            }
            Self::Missing { engine, language, remedy } => write!(f, "{engine} is not installed ({language}): {remedy}"),
            Self::NoVoice { backend, language } => {
                write!(f, "speech backend \"{backend}\" has no voice for {language}: record these prompts (`audio:`)")
            }
            Self::Engine { engine, language, what, remedy } => write!(f, "{engine} ({language}) {what}: {remedy}"),
            Self::Recorded { path, what } => {
                write!(f, "recorded prompt {path}: {what}; give a mono WAV, 16-bit at 8 or 16 kHz or μ-law at 8 kHz")
            }
            Self::Recogniser { what, remedy } => write!(f, "speech recognition: {what}; {remedy}"),
        }
    }
}

impl std::error::Error for SpeechError {}
