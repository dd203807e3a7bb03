//! A turn's phrases as the two decodes want them: a JSGF grammar, and a language model in which they compete with
//! everything else that people say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::dictionary::{Dictionary, common_words};
use crate::speech::Phrase;

/// Share of what callers say that is a phrase of the grammar, in the language model's eyes.
const PHRASE_SHARE: f64 = 0.5;

/// After a phrase's word, the chance that the phrase goes on (or ends) as the grammar says.
const PHRASE_GOES_ON: f64 = 0.5;

/// Chance that any other word is the last.
const LAST_WORD: f64 = 0.12;

/// A turn's phrases, normalised, of which the recogniser knows every word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grammar {
    /// Words of a phrase, and its value.
    phrases: BTreeMap<String, String>,
}

impl Grammar {
    /// Takes the phrases whose words the dictionary has, and names the words it does not have.
    pub(super) fn new(phrases: &[Phrase], dictionary: &Dictionary) -> (Self, Vec<String>) {
        let mut known = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        for phrase in phrases {
            let text = normalised(&phrase.text);
            let missing = text.split(' ').filter(|word| dictionary.pronunciations(word).is_empty());
            let missing: Vec<String> = missing.map(str::to_owned).collect();
            if missing.is_empty() {
                known.entry(text).or_insert_with(|| phrase.meaning.clone());
            }
            unknown.extend(missing);
        }
        (Self { phrases: known }, unknown.into_iter().collect())
    }

    /// A grammar of these phrases and values, whatever a dictionary says.
    #[cfg(test)]
    pub(super) fn of(phrases: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        let phrases = phrases.into_iter().map(|(text, value)| (normalised(text), value.to_owned()));
        Self { phrases: phrases.collect() }
    }

    /// A name for the phrases: two grammars share it only if they are the same for a decoder.
    pub(super) fn key(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.jsgf().as_bytes());
        digest.as_ref().iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// The value of a phrase.
    pub(super) fn value(&self, text: &str) -> Option<&str> {
        self.phrases.get(text).map(String::as_str)
    }

    /// Every word of the phrases, once.
    pub(super) fn words(&self) -> BTreeSet<&str> {
        self.phrases.keys().flat_map(|phrase| phrase.split(' ')).collect()
    }

    /// The phrases as a grammar that accepts exactly one of them.
    pub(super) fn jsgf(&self) -> String {
        let phrases: Vec<&str> = self.phrases.keys().map(String::as_str).collect();
        format!("#JSGF V1.0;\ngrammar turn;\npublic <turn> = {};\n", phrases.join(" | "))
    }

    /// The phrases among the common words, as a bigram model in the ARPA format. A common word that sounds like one of
    /// the grammar's would only split its score.
    pub(super) fn language_model(&self, dictionary: &Dictionary) -> String {
        let own = self.words();
        let mut unigrams: BTreeMap<&str, f64> = BTreeMap::new();
        for (rank, word) in common_words().enumerate() {
            if own.contains(word) || !own.iter().any(|mine| dictionary.sound_alike(mine, word)) {
                unigrams.insert(word, zipf(rank));
            }
        }
        let rarest = zipf(common_words().count());
        for word in &own {
            unigrams.entry(word).or_insert(rarest);
        }
        let total: f64 = unigrams.values().sum();
        for share in unigrams.values_mut() {
            *share *= (1.0 - LAST_WORD) / total;
        }
        unigrams.insert("</s>", LAST_WORD);
        arpa(&unigrams, &self.bigrams())
    }

    /// What follows each word of the phrases, `<s>` and `</s>` included, with its probability.
    fn bigrams(&self) -> BTreeMap<&str, BTreeMap<&str, f64>> {
        let mut counts: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
        for phrase in self.phrases.keys() {
            let words = std::iter::once("<s>").chain(phrase.split(' ')).chain(std::iter::once("</s>"));
            for (word, next) in words.clone().zip(words.skip(1)) {
                *counts.entry(word).or_default().entry(next).or_default() += 1.0;
            }
        }
        for (word, next) in &mut counts {
            let share = if *word == "<s>" { PHRASE_SHARE } else { PHRASE_GOES_ON };
            let total: f64 = next.values().sum();
            next.values_mut().for_each(|count| *count *= share / total);
        }
        counts
    }
}

/// Frequency of the word of a rank, by Zipf's law as Mandelbrot amended it.
fn zipf(rank: usize) -> f64 {
    1.0 / (rank as f64 + 2.7)
}

fn arpa(unigrams: &BTreeMap<&str, f64>, bigrams: &BTreeMap<&str, BTreeMap<&str, f64>>) -> String {
    let pairs: usize = bigrams.values().map(BTreeMap::len).sum();
    let mut text = format!("\\data\\\nngram 1={}\nngram 2={pairs}\n\n\\1-grams:\n", unigrams.len() + 1);
    let back_off = |word: &str| -> f64 {
        let Some(next) = bigrams.get(word) else { return 0.0 };
        let seen: f64 = next.keys().filter_map(|word| unigrams.get(word)).sum();
        let left: f64 = 1.0 - next.values().sum::<f64>();
        (left / (1.0 - seen)).log10()
    };
    let _ = writeln!(text, "-99 <s> {:.4}", back_off("<s>"));
    for (word, share) in unigrams {
        let _ = writeln!(text, "{:.4} {word} {:.4}", share.log10(), back_off(word));
    }
    text.push_str("\n\\2-grams:\n");
    for (word, next) in bigrams {
        for (other, share) in next {
            let _ = writeln!(text, "{:.4} {word} {other}", share.log10());
        }
    }
    text.push_str("\n\\end\\\n");
    text
}

/// Lower case, without punctuation: the way the dictionary writes words.
pub(super) fn normalised(text: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '\'' | '-') { c } else { ' ' };
    let text: String = text.replace('’', "'").to_lowercase().chars().map(kept).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
