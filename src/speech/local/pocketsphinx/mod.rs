//! The local recogniser: PocketSphinx, loaded at run time, for narrow answers in American English.
//!
//! Each turn has its grammar; two decodes must agree before an answer counts (`recogniser`). Sessions buffer a turn and
//! hand it to a pool of decoding threads when it ends. `voxgate speech measure` says what to expect of it.

mod agreement;
mod dictionary;
mod ffi;
mod grammar;
mod pool;
mod recogniser;
mod segment;
mod stream;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::pool::Pool;
use self::recogniser::Materials;
use crate::speech::{Phrase, SpeechError, SttBackend, SttSpec, SttStream};

pub use self::pool::Counters;

/// Where Debian's `pocketsphinx-en-us` puts its model.
const MODEL: &str = "/usr/share/pocketsphinx/model/en-us";

const REMEDY: &str = "callers answer by keys only; install it with `apt install libpocketsphinx3 pocketsphinx-en-us`";

/// How the recogniser is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Folder with `cmudict-en-us.dict` and the acoustic model `en-us`.
    pub model: PathBuf,
    /// Folder for its dictionaries and language models: a few hundred kB.
    pub folder: PathBuf,
    /// Threads that decode.
    pub threads: usize,
}

impl Settings {
    /// The installed model, with files below the data folder.
    pub fn below(data: &Path, threads: usize) -> Self {
        Self { model: PathBuf::from(MODEL), folder: data.join("recogniser"), threads }
    }
}

/// The recogniser, shared by all sessions.
pub struct PocketSphinx {
    materials: Arc<Materials>,
    pool: Arc<Pool>,
}

impl PocketSphinx {
    /// Loads the library, the model and one pair of decoders per thread: some 50 ms each.
    ///
    /// # Errors
    /// [`SpeechError::Missing`] when the library or the model is not installed.
    pub fn start(settings: &Settings) -> Result<Self, SpeechError> {
        let missing = |what: String| SpeechError::Missing {
            engine: format!("PocketSphinx ({what})"),
            language: "en-US".to_owned(),
            remedy: REMEDY.to_owned(),
        };
        let library = ffi::Library::load().map_err(missing)?;
        let materials = Materials::prepare(library, &settings.model, &settings.folder).map_err(missing)?;
        let materials = Arc::new(materials);
        let pool = Pool::start(&materials, settings.threads).map_err(missing)?;
        Ok(Self { materials, pool: Arc::new(pool) })
    }

    /// What the decoding threads have done.
    pub fn counters(&self) -> &Arc<Counters> {
        self.pool.counters()
    }

    /// Words of these phrases that the recogniser cannot hear because its dictionary lacks them.
    pub fn unknown_words(&self, phrases: &[Phrase]) -> Vec<String> {
        grammar::Grammar::new(phrases, &self.materials.dictionary).1
    }
}

impl fmt::Debug for PocketSphinx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PocketSphinx").field("counters", self.counters()).finish_non_exhaustive()
    }
}

impl SttBackend for PocketSphinx {
    fn name(&self) -> &str {
        "local"
    }

    fn speaks(&self, language: &str) -> bool {
        language.eq_ignore_ascii_case("en-US")
    }

    fn open(&self, _: &SttSpec) -> Result<Box<dyn SttStream>, SpeechError> {
        Ok(Box::new(stream::Stream::new(Arc::clone(&self.materials), Arc::clone(&self.pool))))
    }
}

#[cfg(test)]
mod tests;
