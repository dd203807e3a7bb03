//! Text to speech by the engines of this machine: `flite` for American English, `espeak-ng` for everything else.

use std::path::{Path, PathBuf};

use super::engine::Engine;
use crate::speech::{BoxFuture, Pcm, SpeechError, TtsBackend, Voice};

/// The clearest of flite's voices over a telephone.
const FLITE_VOICE: &str = "slt";

/// Words per minute: espeak-ng's own 175 is fast for a callee who did not expect the call.
const ESPEAK_SPEED: &str = "150";

/// The synthesiser, shared by all sessions.
#[derive(Clone, Debug)]
pub struct LocalTts {
    flite: PathBuf,
    espeak: PathBuf,
    folder: PathBuf,
}

impl LocalTts {
    /// Finds the engines in PATH; temporary files go below the data folder.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(data: &Path) -> std::io::Result<Self> {
        Self::with_programs(data, find("flite"), find("espeak-ng"))
    }

    /// The same with programs by path: for tests, and where the engines are not in PATH.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn with_programs(data: &Path, flite: PathBuf, espeak: PathBuf) -> std::io::Result<Self> {
        let folder = data.join("synthesis");
        crate::folders::make_private(&folder)?;
        Ok(Self { flite, espeak, folder })
    }

    fn engine(&self, language: &str) -> Engine {
        if language.eq_ignore_ascii_case("en-US") {
            return Engine::flite(self.flite.clone(), FLITE_VOICE);
        }
        Engine::espeak(self.espeak.clone(), &espeak_voice(language), &["-s", ESPEAK_SPEED])
    }
}

impl TtsBackend for LocalTts {
    fn name(&self) -> &str {
        "local"
    }

    fn voice(&self, language: &str) -> Result<Voice, SpeechError> {
        let engine = self.engine(language);
        if !engine.program.is_file() {
            return Err(engine.missing(language));
        }
        let voice = match engine.name {
            "flite" => FLITE_VOICE.to_owned(),
            _ => format!("{} at {ESPEAK_SPEED}", espeak_voice(language)),
        };
        Ok(Voice { engine: format!("{} {}", engine.name, stamp(&engine.program)), voice })
    }

    fn synthesize<'a>(&'a self, text: &'a str, language: &'a str) -> BoxFuture<'a, Result<Pcm, SpeechError>> {
        Box::pin(async move { self.engine(language).speak(text, language, &self.folder).await })
    }

    fn health(&self) -> Vec<String> {
        let languages = ["en-US", "es-US"];
        languages.iter().filter_map(|language| self.voice(language).err()).map(|error| error.to_string()).collect()
    }
}

/// espeak-ng's name for a language: the nearest it has for American Spanish, its own tags otherwise.
fn espeak_voice(language: &str) -> String {
    let language = language.to_ascii_lowercase();
    match language.split_once('-') {
        Some(("es", region)) if region != "es" => "es-419".to_owned(),
        // A region that it does not know would make it fail; the language alone it always knows.
        Some((base, _)) if base != "en" => base.to_owned(),
        Some(_) | None => language,
    }
}

/// A program's version as its file shows it: an upgrade changes size or date, and asking the program costs a process.
fn stamp(program: &Path) -> String {
    let Ok(file) = program.metadata() else { return "unknown".to_owned() };
    let modified = file.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{}-{}", file.len(), modified.map_or(0, |age| age.as_secs()))
}

/// The program in PATH, or its bare name, which then names what is missing.
fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file());
    found.unwrap_or_else(|| PathBuf::from(name))
}
