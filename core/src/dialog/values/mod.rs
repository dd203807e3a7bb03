//! What a callee says or types for a number, digits, a date or a time, as one text for each value.
//!
//! A value is understood only where nothing but it and fillers was said: "not three" is no three. What people leave open
//! is settled the way that they most often mean it, and a script reads it back: a day is the next such day, a bare hour
//! from 1 to 6 is in the afternoon.

mod clock;
mod day;
mod number;
mod said;
mod typed;
mod vocabulary;

use jiff::civil::DateTime;

use self::said::Said;
use self::vocabulary::vocabulary;
use super::grammar::{self, Words};
pub(crate) use typed::{is_complete, typed};

/// A kind of value of which there are too many to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Open {
    /// So many digits, kept as they are: `0471`.
    Digits { least: u8, most: u8 },
    /// A whole number within these bounds: `12`.
    Number { from: u32, to: u32 },
    /// A day: `2026-12-01`.
    Date,
    /// A time of day: `15:30`.
    Time,
    /// Both: `2026-12-01T15:30`.
    DateTime,
    /// Whatever is said.
    Text,
}

impl Open {
    /// Whether a value is one of these.
    fn takes(self, value: &str) -> bool {
        match self {
            Self::Digits { least, most } => (usize::from(least)..=usize::from(most)).contains(&value.len()),
            Self::Number { from, to } => value.parse().is_ok_and(|n: u32| (from..=to).contains(&n)),
            Self::Date | Self::Time | Self::DateTime | Self::Text => true,
        }
    }
}

/// The value that somebody said at `now`, the local time; None where it is none, or might be two.
pub(crate) fn spoken(kind: Open, text: &str, language: &str, now: DateTime) -> Option<String> {
    if kind == Open::Text {
        let text = text.trim();
        return (!text.is_empty()).then(|| text.to_owned());
    }
    let vocabulary = vocabulary(language)?;
    let words = vocabulary.split(&grammar::words(text));
    if words.len() > MOST_WORDS {
        return None;
    }
    let fillers = grammar::language(language).map(|l| &l.fillers[..]).unwrap_or_default();
    // An "oh" may be a digit.
    [&words[..], without_fillers(&words, fillers)].into_iter().find_map(|words| {
        let value = value(kind, Said::new(words, vocabulary, month_first(language)), now);
        value.filter(|value| kind.takes(value))
    })
}

fn value(kind: Open, said: Said<'_>, now: DateTime) -> Option<String> {
    match kind {
        Open::Digits { .. } => said.whole(number::digits),
        Open::Number { .. } => said.whole(number::number).map(|n| n.to_string()),
        Open::Date => said.whole(|said| day::date(said, now.date())).map(|date| date.to_string()),
        Open::Time => said.whole(clock::time).map(|time| time.strftime("%H:%M").to_string()),
        Open::DateTime => day_and_time(&said, now),
        Open::Text => None,
    }
}

/// Longer than the longest date and time that anybody says.
const MOST_WORDS: usize = 24;

/// A date, then a time, or the other way round.
fn day_and_time(said: &Said<'_>, now: DateTime) -> Option<String> {
    let of = |date: Said<'_>, time: Said<'_>| {
        Some(date.whole(|said| day::date(said, now.date()))?.to_datetime(time.whole(clock::time)?))
    };
    let found = said.splits().find_map(|(one, other)| of(one, other).or_else(|| of(other, one)))?;
    Some(found.strftime("%FT%H:%M").to_string())
}

/// How a number below 100 is said.
pub(crate) fn number_phrases(number: u32, language: &str) -> Vec<String> {
    let known = vocabulary(language).map(|words| &words.numbers[..]).unwrap_or_default();
    let spoken = known.iter().filter(|(_, value)| *value == number).map(|(phrase, _)| phrase.join(" "));
    spoken.chain([number.to_string()]).collect()
}

/// Whether "3/4" is a day in March.
fn month_first(language: &str) -> bool {
    matches!(language, "en" | "en-US")
}

/// What is left between the fillers at both ends.
fn without_fillers<'w>(mut words: &'w [Box<str>], fillers: &[Words]) -> &'w [Box<str>] {
    let starts = |words: &[Box<str>]| fillers.iter().filter(|f| words.starts_with(f)).map(|f| f.len()).max();
    let ends = |words: &[Box<str>]| fillers.iter().filter(|f| words.ends_with(f)).map(|f| f.len()).max();
    while let Some(n) = starts(words) {
        words = &words[n..];
    }
    while let Some(n) = ends(words) {
        words = &words[..words.len() - n];
    }
    words
}

#[cfg(test)]
mod tests;
