//! A prompt's name by its content: whatever changes its sound changes its key.

use std::fmt;

use ring::digest::{Context, SHA256};
use voxgate_core::dialog::Prompt;

use crate::speech::Voice;

/// How clips are made and stored. Changing either makes every clip anew.
const FORMAT: &str = "ulaw-8000 level-1";

/// SHA-256 over voice, language, text, recording and format.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn new(voice: &Voice, prompt: &Prompt) -> Self {
        let recorded = prompt.recorded.as_ref();
        let recorded = recorded.map_or(String::new(), |recorded| format!("{} {}", recorded.exact, recorded.path));
        Self::of(&[FORMAT, &voice.engine, &voice.voice, &prompt.language, &prompt.text, &recorded])
    }

    pub(super) fn recorded(path: &str) -> Self {
        Self::of(&[FORMAT, "recorded", path])
    }

    fn of(parts: &[&str]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            // Each part with its length, so that no two lists of parts read the same.
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part.as_bytes());
        }
        let mut key = [0; 32];
        key.copy_from_slice(context.finish().as_ref());
        Self(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
