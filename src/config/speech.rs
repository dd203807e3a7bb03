//! Section `speech`.

use std::path::PathBuf;

use super::section::{Finding, section};
use crate::speech::registry::{STT_BACKENDS, TTS_BACKENDS};

section! {
    /// Recognisers and synthesisers.
    pub struct Speech {
        /// Recogniser, by its backend's name.
        stt: String = "local".to_owned(),
        /// Synthesiser, by its backend's name.
        tts: String = "local".to_owned(),
        /// Threads that decode speech. Default: one per core.
        workers: Option<usize> = None,
        /// Folder of what speech keeps: synthesised prompts by the hash of their text, the recogniser's dictionaries. Default: `speech` below `store.dir`.
        cache_dir: PathBuf = PathBuf::from("voxgate-data/speech"),
    }
}

impl Speech {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (key, name, known) in [("stt", &self.stt, STT_BACKENDS), ("tts", &self.tts, TTS_BACKENDS)] {
            if !known.contains(&name.as_str()) {
                findings.push((key, format!("\"{name}\" is no speech backend; choose one of: {}", known.join(", "))));
            }
        }
        if self.workers.is_some_and(|n| n == 0 || n > 256) {
            findings.push(("workers", "must be from 1 to 256".to_owned()));
        }
        findings
    }
}
