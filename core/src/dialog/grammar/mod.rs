//! Built-in grammars and the words of a language, one data file each.
//!
//! A file has sections `[name]` with one phrase a line; `#` begins a comment. Three sections are no grammars:
//! `[fillers]` are words without meaning of their own, `[negations]` turn what follows into its opposite, `[disclosure]`
//! are ways to say that no person speaks.

mod words;

use std::sync::LazyLock;

pub(crate) use words::{Words, meant, within, words};

/// What a language brings along.
#[derive(Debug)]
pub(crate) struct Language {
    /// Primary subtag of BCP 47, as in `en`.
    subtag: &'static str,
    sections: Vec<(&'static str, Vec<&'static str>)>,
    pub(crate) fillers: Vec<Words>,
    pub(crate) negations: Vec<Words>,
}

const FILLERS: &str = "fillers";
const DISCLOSURE: &str = "disclosure";
const NEGATIONS: &str = "negations";

static LANGUAGES: LazyLock<[Language; 4]> = LazyLock::new(|| {
    [
        Language::parse("en", include_str!("en.txt")),
        Language::parse("es", include_str!("es.txt")),
        Language::parse("de", include_str!("de.txt")),
        Language::parse("fr", include_str!("fr.txt")),
    ]
});

/// The language of a BCP 47 tag, if it is known.
pub(crate) fn language(tag: &str) -> Option<&'static Language> {
    let subtag = tag.split('-').next()?;
    LANGUAGES.iter().find(|l| l.subtag.eq_ignore_ascii_case(subtag))
}

/// The names of all built-in grammars.
pub(crate) fn built_in() -> impl Iterator<Item = &'static str> + Clone {
    let of_first = LANGUAGES[0].sections.iter().map(|(name, _)| *name);
    of_first.filter(|name| ![FILLERS, DISCLOSURE, NEGATIONS].contains(name))
}

impl Language {
    fn parse(subtag: &'static str, data: &'static str) -> Self {
        let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in data.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                sections.push((name, Vec::new()));
            } else if let Some((_, phrases)) = sections.last_mut() {
                phrases.push(line);
            }
        }
        let mut language = Self { subtag, sections, fillers: Vec::new(), negations: Vec::new() };
        language.fillers = language.phrases(FILLERS).iter().map(|p| words(p)).collect();
        language.negations = language.phrases(NEGATIONS).iter().map(|p| words(p)).collect();
        language
    }

    /// The phrases of a built-in grammar; empty where the language lacks it.
    pub(crate) fn phrases(&self, grammar: &str) -> &[&'static str] {
        self.sections.iter().find(|(name, _)| *name == grammar).map_or(&[], |(_, phrases)| phrases)
    }

    /// Whether a text says that an automated assistant speaks.
    pub(crate) fn discloses(&self, text: &str) -> bool {
        let said = words(text);
        self.phrases(DISCLOSURE).iter().any(|p| within(&said, &words(p)).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_built_in_grammar() {
        for language in LANGUAGES.iter() {
            for grammar in built_in().chain([FILLERS, DISCLOSURE, NEGATIONS]) {
                assert!(language.phrases(grammar).len() >= 3, "{} of {}", grammar, language.subtag);
            }
        }
    }

    #[test]
    fn no_phrase_has_two_meanings() {
        for language in LANGUAGES.iter() {
            let all: Vec<(&str, Words)> =
                built_in().flat_map(|g| language.phrases(g).iter().map(move |p| (g, words(p)))).collect();
            for (i, (grammar, phrase)) in all.iter().enumerate() {
                let other = all[..i].iter().find(|(_, p)| p == phrase);
                assert!(other.is_none(), "{phrase:?} of {} is in {grammar} and {other:?}", language.subtag);
            }
        }
    }

    /// Row 002-49: whatever has a "no" or a "not" in it is no yes, in any language.
    #[test]
    fn no_yes_and_no_filler_has_a_negation_in_it() {
        let negations = [
            "no", "not", "dont", "never", "nope", "nunca", "tampoco", "ni", "nah", "cant", "wont", "jamás", "nicht",
            "nein", "nie", "niemals", "kein", "keine", "non", "ne", "pas", "jamais", "rien",
        ];
        for language in LANGUAGES.iter() {
            for phrase in language.phrases("yes").iter().chain(language.phrases(FILLERS)) {
                assert!(!words(phrase).iter().any(|w| negations.contains(&&**w)), "{phrase:?}");
            }
        }
    }
}
