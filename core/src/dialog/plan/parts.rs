//! What states refer to: variables, slots, prompts, grammars.

use super::state::{SlotIx, VariableIx};
use crate::dialog::grammar::Words;
use crate::dialog::schema::VariableKind;
use crate::time::Micros;

/// What a script is for. Selects the rules that the check enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Reminds of something and asks whether it stands.
    Reminder,
    /// Asks for a consent and reads it back.
    Consent,
    /// Asks questions and stores the answers.
    Survey,
}

impl Kind {
    pub(crate) const CHOICES: &[(&str, Self)] =
        &[("reminder", Self::Reminder), ("consent", Self::Consent), ("survey", Self::Survey)];
}

/// What speaks and listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pipeline {
    /// A recogniser and a synthesiser.
    SttTts,
    /// A speech-to-speech model.
    S2s,
}

impl Pipeline {
    pub(crate) const CHOICES: &[(&str, Self)] = &[("stt_tts", Self::SttTts), ("s2s", Self::S2s)];
}

/// What bounds a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest call.
    pub call: Micros,
    /// How often a dialog listens at most.
    pub turns: u32,
}

/// Three minutes and 20 turns: a short script's need and then some.
impl Default for Limits {
    fn default() -> Self {
        Self { call: Micros::from_secs(180), turns: 20 }
    }
}

/// Something that the call or the contact gives.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) kind: VariableKind,
    pub(crate) pii: bool,
    pub(crate) max: usize,
    pub(crate) example: Option<String>,
}

/// Something that is learned.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: String,
    /// Its values, where they are listed.
    pub(crate) values: Vec<String>,
    /// How it is read aloud; None where its values are names.
    pub(crate) reading: Option<VariableKind>,
    pub(crate) identifies: bool,
    pub(crate) store: bool,
}

/// A prompt in all languages of its script, in their order.
#[derive(Debug)]
pub(crate) struct PromptTexts {
    pub(crate) name: String,
    pub(crate) spoken: Vec<Spoken>,
}

/// A prompt in one language.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spoken {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) audio: Option<String>,
    pub(crate) says: Option<String>,
}

/// Words, or a variable's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Words(String),
    Variable(VariableIx),
    /// What was learned, as far as it is.
    Slot(SlotIx),
}

impl Spoken {
    pub(crate) fn variables(&self) -> impl Iterator<Item = VariableIx> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Variable(v) => Some(*v),
            Piece::Words(_) | Piece::Slot(_) => None,
        })
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = SlotIx> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Slot(slot) => Some(*slot),
            Piece::Words(_) | Piece::Variable(_) => None,
        })
    }

    /// The text, where it has no variables.
    pub(crate) fn fixed_text(&self) -> Option<&str> {
        match &self.pieces[..] {
            [Piece::Words(text)] => Some(text),
            _ => None,
        }
    }

    /// What its recording says.
    pub(crate) fn recorded_words(&self) -> Option<&str> {
        self.says.as_deref().or(self.fixed_text())
    }
}

/// Phrases of one meaning, by language.
#[derive(Debug)]
pub(crate) struct Grammar {
    pub(crate) phrases: Vec<Vec<GrammarPhrase>>,
    /// It has the built-in `yes` in it and not the built-in `no`: hearing it is an explicit yes.
    pub(crate) affirms: bool,
}

/// One phrase.
#[derive(Clone, Debug)]
pub(crate) struct GrammarPhrase {
    /// For recognisers: lower-case, apostrophes kept.
    pub(crate) text: String,
    pub(crate) words: Words,
}

impl GrammarPhrase {
    pub(crate) fn new(text: &str) -> Self {
        let kept = |c: char| if c.is_alphanumeric() || c == '\'' { c } else { ' ' };
        let plain: String = text.replace('’', "'").to_lowercase().chars().map(kept).collect();
        Self {
            text: plain.split_whitespace().collect::<Vec<_>>().join(" "),
            words: crate::dialog::grammar::words(text),
        }
    }
}
