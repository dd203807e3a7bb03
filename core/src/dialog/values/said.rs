//! Words that were said, taken one after the other.

use super::vocabulary::{Phrases, Vocabulary};

/// What was said and was not taken yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'w> {
    words: &'w [Box<str>],
    pub(super) vocabulary: &'w Vocabulary,
    /// Whether a month stands before its day where both are numbers.
    pub(super) month_first: bool,
}

impl<'w> Said<'w> {
    pub(super) fn new(words: &'w [Box<str>], vocabulary: &'w Vocabulary, month_first: bool) -> Self {
        Self { words, vocabulary, month_first }
    }

    /// What `take` makes of it, where that takes all of it.
    pub(super) fn whole<T>(mut self, take: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let taken = take(&mut self)?;
        self.words.is_empty().then_some(taken)
    }

    /// Every way to divide it in two.
    pub(super) fn splits(self) -> impl Iterator<Item = (Self, Self)> {
        (1..self.words.len()).map(move |at| {
            let (one, other) = self.words.split_at(at);
            (Self { words: one, ..self }, Self { words: other, ..self })
        })
    }

    /// Takes the longest of these phrases that stands next.
    pub(super) fn take(&mut self, phrases: &Phrases) -> Option<u32> {
        let (phrase, value) = phrases.iter().find(|(phrase, _)| self.words.starts_with(phrase))?;
        self.words = &self.words[phrase.len()..];
        Some(*value)
    }

    /// Takes the next word where it is made of digits.
    pub(super) fn take_numeral(&mut self) -> Option<&'w str> {
        let (word, rest) = self.words.split_first()?;
        if !word.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.words = rest;
        Some(word)
    }

    /// Takes the next word where `read` makes something of it.
    pub(super) fn take_word<T>(&mut self, read: impl FnOnce(&'w str) -> Option<T>) -> Option<T> {
        let (word, rest) = self.words.split_first()?;
        let taken = read(word)?;
        self.words = rest;
        Some(taken)
    }

    pub(super) fn skip(&mut self, phrases: &Phrases) {
        while self.take(phrases).is_some() {}
    }
}
