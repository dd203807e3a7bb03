//! What is said and what is heard, per language.

use super::fields::{Fields, entries};
use super::{Name, scalars};
use crate::dialog::document::{Entry, Node, Value};
use crate::dialog::finding::Findings;

/// One prompt in all its languages.
#[derive(Debug)]
pub(crate) struct PromptDecl {
    pub(crate) name: Name,
    pub(crate) spoken: Vec<SpokenDecl>,
}

/// A prompt in one language.
#[derive(Debug)]
pub(crate) struct SpokenDecl {
    pub(crate) language: Name,
    pub(crate) text: Name,
    pub(crate) audio: Option<Name>,
    /// What the recording says, where that is not the text.
    pub(crate) says: Option<Name>,
}

/// One grammar in all its languages.
#[derive(Debug)]
pub(crate) struct GrammarDecl {
    pub(crate) name: Name,
    pub(crate) words: Vec<WordsDecl>,
}

/// A grammar in one language: phrases, or names of built-in grammars.
#[derive(Debug)]
pub(crate) struct WordsDecl {
    pub(crate) language: Name,
    pub(crate) phrases: Vec<Name>,
}

pub(crate) fn prompts(node: &Node, findings: &mut Findings) -> Vec<PromptDecl> {
    let mut prompts = Vec::new();
    for entry in entries(node, "`prompts`", findings) {
        let name = scalars::coined(entry, findings);
        let languages = entries(&entry.value, "a prompt", findings);
        let spoken = languages.iter().filter_map(|e| spoken(e, findings)).collect();
        prompts.push(PromptDecl { name, spoken });
    }
    prompts
}

fn spoken(entry: &Entry, findings: &mut Findings) -> Option<SpokenDecl> {
    let language = Name { text: entry.key.clone(), at: entry.at };
    if let Value::Text(_) = &entry.value.value {
        let text = scalars::name(&entry.value, findings)?;
        return Some(SpokenDecl { language, text, audio: None, says: None });
    }
    let fields = Fields::open(&entry.value, "a prompt's text", &["text", "audio", "says"], findings)?;
    let text = scalars::name(fields.required("text", "\"Goodbye.\"", findings)?, findings)?;
    Some(SpokenDecl { language, text, audio: fields.name("audio", findings), says: fields.name("says", findings) })
}

pub(crate) fn grammars(node: &Node, findings: &mut Findings) -> Vec<GrammarDecl> {
    let mut grammars = Vec::new();
    for entry in entries(node, "`grammars`", findings) {
        let name = scalars::coined(entry, findings);
        let mut words = Vec::new();
        for entry in entries(&entry.value, "a grammar", findings) {
            let language = Name { text: entry.key.clone(), at: entry.at };
            words.push(WordsDecl { language, phrases: scalars::names(&entry.value, findings) });
        }
        grammars.push(GrammarDecl { name, words });
    }
    grammars
}
