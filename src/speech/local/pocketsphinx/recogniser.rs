//! Two decoders that must agree: one hears only the turn's phrases, the other hears them among common words.
//!
//! A grammar alone takes more than half of what is no answer for one. What the second decoder also hears as the same
//! answer has been said, as far as this model can tell.

use std::collections::HashSet;
use std::ffi::CStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::agreement::agrees;
use super::dictionary::Dictionary;
use super::ffi::{Decoder, Hypothesis, Library};
use super::grammar::Grammar;
use super::segment;
use crate::speech::NoMatch;

const SEARCH: &CStr = c"turn";

/// What both decoders read, prepared once.
pub(super) struct Materials {
    pub(super) library: Arc<Library>,
    pub(super) dictionary: Dictionary,
    model: PathBuf,
    /// Where the small dictionary and the language models of grammars are kept.
    folder: PathBuf,
}

impl Materials {
    /// Reads the dictionary below `model` and writes its cut below `folder`.
    ///
    /// # Errors
    /// What is missing or cannot be written, by name.
    pub(super) fn prepare(library: Arc<Library>, model: &Path, folder: &Path) -> Result<Self, String> {
        let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
        let dictionary = model.join("cmudict-en-us.dict");
        let dictionary = Dictionary::read(&dictionary).map_err(|error| named(&dictionary, error))?;
        // The library ends the whole process over a model file that is not there.
        for file in ["feat.params", "mdef", "means", "noisedict", "sendump", "transition_matrices", "variances"] {
            let path = model.join("en-us").join(file);
            fs::metadata(&path).map_err(|error| named(&path, error))?;
        }
        crate::folders::make_private(folder).map_err(|error| named(folder, error))?;
        let materials = Self { library, dictionary, model: model.to_owned(), folder: folder.to_owned() };
        replace(&materials.common_dictionary(), &materials.dictionary.common())?;
        Ok(materials)
    }

    fn common_dictionary(&self) -> PathBuf {
        self.folder.join("common.dict")
    }

    fn decoder(&self, options: &[(&str, &str)]) -> Result<Decoder, String> {
        let mut all = vec![
            ("-hmm", self.model.join("en-us").display().to_string()),
            ("-dict", self.common_dictionary().display().to_string()),
        ];
        all.extend(options.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Decoder::new(&self.library, &all)
    }
}

/// Writes a file so that a reader sees the old one or the new one, never a part.
fn replace(path: &Path, text: &str) -> Result<(), String> {
    let named = |error: std::io::Error| format!("{}: {error}", path.display());
    let part = path.with_extension(format!("{:?}.part", std::thread::current().id()));
    fs::write(&part, text).map_err(named)?;
    fs::rename(&part, path).map_err(named)
}

/// What a segment was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Heard { text: String, value: String },
    NoMatch(NoMatch),
}

/// What each decoder said, for tests and for tuning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) by_grammar: Option<Hypothesis>,
    pub(super) among_words: Option<Hypothesis>,
}

/// A pair of decoders, owned by one thread.
pub(super) struct Recogniser {
    materials: Arc<Materials>,
    by_grammar: Decoder,
    among_words: Decoder,
    /// Words that both decoders learned beyond the common ones.
    learned: HashSet<String>,
}

impl Recogniser {
    /// Loads both decoders: some 15 MB.
    ///
    /// # Errors
    /// When the library refuses the model.
    pub(super) fn new(materials: &Arc<Materials>) -> Result<Self, String> {
        // Penalties of silence and noise, tuned on telephone sound; the beams are the defaults, since wider ones heard
        // less.
        let by_grammar = materials.decoder(&[("-silprob", "0.1"), ("-fillprob", "1e-4")])?;
        let among_words = materials.decoder(&[])?;
        Ok(Self { materials: Arc::clone(materials), by_grammar, among_words, learned: HashSet::new() })
    }

    /// Decides what was said in a turn, at telephone rate.
    ///
    /// # Errors
    /// When the library or the disk fails.
    pub(super) fn recognise(&mut self, grammar: &Grammar, telephone: &[i16]) -> Result<(Verdict, Evidence), String> {
        let mut evidence = Evidence::default();
        let samples = match segment::prepare(telephone) {
            Ok(samples) => samples,
            Err(why) => return Ok((Verdict::NoMatch(why), evidence)),
        };
        self.learn(grammar)?;
        evidence.by_grammar = self.decode_by_grammar(grammar, &samples)?;
        let Some((text, value)) = matched(grammar, evidence.by_grammar.as_ref()) else {
            return Ok((Verdict::NoMatch(NoMatch::OutOfGrammar), evidence));
        };
        evidence.among_words = self.decode_among_words(grammar, &samples)?;
        let heard = evidence.among_words.as_ref();
        let agreed = heard.is_some_and(|heard| agrees(grammar, &text, &heard.text));
        let verdict = if agreed { Verdict::Heard { text, value } } else { Verdict::NoMatch(NoMatch::Disagreed) };
        Ok((verdict, evidence))
    }

    fn learn(&mut self, grammar: &Grammar) -> Result<(), String> {
        for word in grammar.words() {
            if self.learned.contains(word) {
                continue;
            }
            for (entry, phones) in self.materials.dictionary.pronunciations(word) {
                for decoder in [&mut self.by_grammar, &mut self.among_words] {
                    if !decoder.knows(&entry) {
                        decoder.add_word(&entry, phones)?;
                    }
                }
            }
            self.learned.insert(word.to_owned());
        }
        Ok(())
    }

    fn decode_by_grammar(&mut self, grammar: &Grammar, samples: &[i16]) -> Result<Option<Hypothesis>, String> {
        self.by_grammar.set_grammar(SEARCH, &grammar.jsgf())?;
        self.by_grammar.select(SEARCH)?;
        self.by_grammar.decode(samples)
    }

    fn decode_among_words(&mut self, grammar: &Grammar, samples: &[i16]) -> Result<Option<Hypothesis>, String> {
        let path = self.materials.folder.join(format!("{}.arpa", grammar.key()));
        if !path.exists() {
            replace(&path, &grammar.language_model(&self.materials.dictionary))?;
        }
        self.among_words.set_language_model(SEARCH, &path.display().to_string())?;
        self.among_words.select(SEARCH)?;
        self.among_words.decode(samples)
    }
}

fn matched(grammar: &Grammar, hypothesis: Option<&Hypothesis>) -> Option<(String, String)> {
    let text = &hypothesis?.text;
    grammar.value(text).map(|value| (text.clone(), value.to_owned()))
}
