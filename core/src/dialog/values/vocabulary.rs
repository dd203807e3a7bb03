//! The words of a language for numbers, dates and times, one data file each.

use std::sync::LazyLock;

use crate::dialog::grammar::{Words, words};

/// Phrases with what they stand for, the longest first.
pub(super) type Phrases = Vec<(Words, u32)>;

/// What a language brings along.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// 0 to 99.
    pub(super) numbers: Phrases,
    /// 100, 200, …
    pub(super) hundreds: Phrases,
    /// Days of a month.
    pub(super) ordinals: Phrases,
    /// Digits that are no numbers: "oh".
    pub(super) more_digits: Phrases,
    /// How often the digit that follows stands there: "double".
    pub(super) repeats: Phrases,
    pub(super) months: Phrases,
    /// 1 is Monday.
    pub(super) weekdays: Phrases,
    /// Days from today.
    pub(super) days: Phrases,
    /// Minutes since midnight.
    pub(super) clock: Phrases,
    /// Said with an hour, they say in which half of the day it is.
    pub(super) before_noon: Phrases,
    pub(super) after_noon: Phrases,
    /// Minutes after the hour that follows, and before it.
    pub(super) minutes_after: Phrases,
    pub(super) minutes_before: Phrases,
    /// Minutes after the hour that stands before, and earlier than it.
    pub(super) minutes_later: Phrases,
    pub(super) minutes_earlier: Phrases,
    /// Said after an hour: "o'clock".
    pub(super) hour: Phrases,
    /// Between the parts of a date or a time.
    pub(super) between: Phrases,
}

static VOCABULARIES: LazyLock<[(&str, Vocabulary); 4]> = LazyLock::new(|| {
    [
        ("en", Vocabulary::parse(include_str!("en.txt"))),
        ("es", Vocabulary::parse(include_str!("es.txt"))),
        ("de", Vocabulary::parse(include_str!("de.txt"))),
        ("fr", Vocabulary::parse(include_str!("fr.txt"))),
    ]
});

/// That of a BCP 47 tag, if it is known.
pub(super) fn vocabulary(tag: &str) -> Option<&'static Vocabulary> {
    let subtag = tag.split('-').next()?;
    VOCABULARIES.iter().find(|(language, _)| language.eq_ignore_ascii_case(subtag)).map(|(_, words)| words)
}

impl Vocabulary {
    fn parse(data: &str) -> Self {
        let mut vocabulary = Self::default();
        let mut section = "";
        for line in data.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = name;
            } else if let Some(phrases) = vocabulary.section(section) {
                let (phrase, value) = line.split_once('=').unwrap_or((line, "0"));
                phrases.push((words(phrase), number(value.trim())));
            }
        }
        for name in Self::SECTIONS {
            if let Some(phrases) = vocabulary.section(name) {
                phrases.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
            }
        }
        vocabulary
    }

    /// Words with their units apart, as recognisers write them together: `3pm`, `15h30`.
    pub(super) fn split(&self, words: &[Box<str>]) -> Vec<Box<str>> {
        words.iter().flat_map(|word| self.parts(word).unwrap_or_else(|| vec![word.clone()])).collect()
    }

    fn parts(&self, word: &str) -> Option<Vec<Box<str>>> {
        let is_digit = |c: char| c.is_ascii_digit();
        let unit = word.find(|c| !is_digit(c)).filter(|at| *at > 0)?;
        let (number, rest) = word.split_at(unit);
        let (unit, minutes) = rest.split_at(rest.find(is_digit).unwrap_or(rest.len()));
        let units = [&self.before_noon, &self.after_noon, &self.hour].into_iter().flatten();
        let is_unit = units.into_iter().any(|(phrase, _)| phrase.len() == 1 && &*phrase[0] == unit);
        is_unit.then(|| [number, unit, minutes].into_iter().filter(|part| !part.is_empty()).map(Box::from).collect())
    }

    const SECTIONS: [&str; 17] = [
        "numbers",
        "hundreds",
        "ordinals",
        "more_digits",
        "repeats",
        "months",
        "weekdays",
        "days",
        "clock",
        "before_noon",
        "after_noon",
        "minutes_after",
        "minutes_before",
        "minutes_later",
        "minutes_earlier",
        "hour",
        "between",
    ];

    fn section(&mut self, name: &str) -> Option<&mut Phrases> {
        Some(match name {
            "numbers" => &mut self.numbers,
            "hundreds" => &mut self.hundreds,
            "ordinals" => &mut self.ordinals,
            "more_digits" => &mut self.more_digits,
            "repeats" => &mut self.repeats,
            "months" => &mut self.months,
            "weekdays" => &mut self.weekdays,
            "days" => &mut self.days,
            "clock" => &mut self.clock,
            "before_noon" => &mut self.before_noon,
            "after_noon" => &mut self.after_noon,
            "minutes_after" => &mut self.minutes_after,
            "minutes_before" => &mut self.minutes_before,
            "minutes_later" => &mut self.minutes_later,
            "minutes_earlier" => &mut self.minutes_earlier,
            "hour" => &mut self.hour,
            "between" => &mut self.between,
            _ => return None,
        })
    }
}

/// A whole number, or minutes since midnight.
fn number(text: &str) -> u32 {
    match text.split_once(':') {
        Some((hours, minutes)) => number(hours) * 60 + number(minutes),
        None => text.parse().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A section whose name is misspelt, or a value that is no number, would be lost.
    #[test]
    fn every_line_of_every_file_is_read() {
        for data in [include_str!("en.txt"), include_str!("es.txt"), include_str!("de.txt"), include_str!("fr.txt")] {
            for line in data.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
                if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                    assert!(Vocabulary::SECTIONS.contains(&name), "{name}");
                } else if let Some((_, value)) = line.split_once('=') {
                    assert!(value.trim().bytes().all(|b| b.is_ascii_digit() || b == b':'), "{line}");
                }
            }
        }
    }

    #[test]
    fn every_language_has_every_number_month_and_weekday() {
        for (language, vocabulary) in VOCABULARIES.iter() {
            let all = |phrases: &Phrases, mut range: std::ops::RangeInclusive<u32>| {
                range.all(|n| phrases.iter().any(|(_, value)| *value == n))
            };
            assert!(all(&vocabulary.numbers, 0..=99), "{language}");
            assert!(all(&vocabulary.months, 1..=12) && all(&vocabulary.weekdays, 1..=7), "{language}");
            let hundreds = |n: u32| vocabulary.hundreds.iter().any(|(_, value)| *value == n * 100);
            assert!((1..=9).all(hundreds), "{language}");
        }
    }
}
