//! Grammars: those of the script, and the built-in ones that it refers to.

use super::Builder;
use crate::dialog::finding::{Code, did_you_mean};
use crate::dialog::grammar;
use crate::dialog::plan::{Grammar, GrammarIx, GrammarPhrase, Ix};
use crate::dialog::schema::{GrammarDecl, Name};
use crate::dialog::values;

const REPEAT: &str = "repeat";
const WAIT: &str = "wait";

impl<'s> Builder<'s, '_> {
    pub(super) fn refuse_reserved_grammars(&mut self) {
        for declared in &self.script.grammars {
            if grammar::built_in().any(|name| name == declared.name.text) {
                let message = format!("grammar `{}` is built in", declared.name.text);
                let help = "give yours another name; it may list the built-in one among its phrases";
                self.findings.add(Code::ReservedName, declared.name.at, message, help);
            }
        }
    }

    /// The grammar of this name: the script's, or a built-in one.
    pub(super) fn grammar(&mut self, name: &Name) -> Option<GrammarIx> {
        if let Some(i) = self.declared_grammars.get(name.as_str()) {
            let script = self.script;
            return Some(self.intern(name.as_str(), |b| b.declared(&script.grammars[i])));
        }
        if grammar::built_in().any(|built_in| built_in == name.text) {
            return Some(self.intern(name.as_str(), |b| b.built_in(name)));
        }
        let built_in: Vec<&str> = grammar::built_in().collect();
        let known = self.script.grammars.iter().map(|g| g.name.as_str()).chain(built_in.iter().copied());
        let help = format!("{}; add it to `grammars` if it is new", did_you_mean(name.as_str(), known));
        self.findings.add(Code::UnknownGrammar, name.at, format!("no grammar is named `{}`", name.text), help);
        None
    }

    pub(super) fn built_in_repeat(&mut self) -> GrammarIx {
        self.always_built_in(REPEAT)
    }

    pub(super) fn built_in_wait(&mut self) -> GrammarIx {
        self.always_built_in(WAIT)
    }

    fn always_built_in(&mut self, name: &str) -> GrammarIx {
        let at = self.script.name.at;
        self.intern(name, |b| b.built_in(&Name { text: name.to_owned(), at }))
    }

    /// What a number is heard by.
    pub(super) fn number_grammar(&mut self, number: &Name) -> GrammarIx {
        let n = number.text.parse().unwrap_or_default();
        self.intern(&format!("#{n}"), |b| {
            let languages = b.script.languages.iter();
            let phrases = languages
                .map(|l| values::number_phrases(n, l.as_str()))
                .map(|phrases| phrases.iter().map(|phrase| GrammarPhrase::new(phrase)).collect());
            Grammar { phrases: phrases.collect(), affirms: false }
        })
    }

    fn intern(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Grammar) -> GrammarIx {
        if let Some(known) = self.grammar_index.get(name) {
            return *known;
        }
        let grammar = make(self);
        let at = GrammarIx::new(self.grammars.len());
        self.grammars.push(grammar);
        self.grammar_index.insert(name.to_owned(), at);
        at
    }

    fn built_in(&mut self, name: &Name) -> Grammar {
        let phrases = self.script.languages.iter().map(|l| self.built_in_phrases(name, l)).collect();
        Grammar { phrases, affirms: name.text == "yes" }
    }

    fn built_in_phrases(&self, name: &Name, language: &Name) -> Vec<GrammarPhrase> {
        // A language without a data file is told by the check of the texts.
        let Some(language) = grammar::language(language.as_str()) else { return Vec::new() };
        language.phrases(name.as_str()).iter().map(|p| GrammarPhrase::new(p)).collect()
    }

    fn declared(&mut self, declared: &'s GrammarDecl) -> Grammar {
        let mut phrases = Vec::new();
        for language in &self.script.languages {
            let words = declared.words.iter().find(|w| w.language.text == language.text);
            let items = words.map(|w| &w.phrases[..]).unwrap_or_default();
            phrases.push(items.iter().flat_map(|item| self.phrases_of(item, language)).collect());
        }
        let includes = |built_in: &str| {
            let mut languages = declared.words.iter();
            languages.any(|w| w.phrases.iter().any(|p| p.text == built_in))
        };
        Grammar { phrases, affirms: includes("yes") && !includes("no") }
    }

    /// An item of a grammar: a phrase, or the name of a built-in grammar for all of its phrases.
    fn phrases_of(&self, item: &Name, language: &Name) -> Vec<GrammarPhrase> {
        if grammar::built_in().any(|name| name == item.text) {
            return self.built_in_phrases(item, language);
        }
        vec![GrammarPhrase::new(item.as_str())]
    }
}
