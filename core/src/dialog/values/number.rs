//! Numbers and rows of digits.

use super::said::Said;
use super::vocabulary::Vocabulary;

/// The longest numeral that is a number, in digits.
const MOST_DIGITS: usize = 6;

/// A whole number, in numerals or in words up to 999.
pub(super) fn number(said: &mut Said<'_>) -> Option<u32> {
    if let Some(numeral) = said.take_numeral() {
        return (numeral.len() <= MOST_DIGITS).then(|| numeral.parse().ok()).flatten();
    }
    let vocabulary = said.vocabulary;
    let Some(hundreds) = said.take(&vocabulary.hundreds) else {
        return said.take(&vocabulary.numbers).or_else(|| said.take_word(|word| joined(word, vocabulary)));
    };
    let before = *said;
    said.skip(&vocabulary.between);
    let Some(rest) = said.take(&vocabulary.numbers) else {
        *said = before;
        return Some(hundreds);
    };
    Some(hundreds + rest)
}

/// Numbers that are written as one word: `zweihundertfünf`.
fn joined(word: &str, vocabulary: &Vocabulary) -> Option<u32> {
    vocabulary.hundreds.iter().filter(|(phrase, _)| phrase.len() == 1).find_map(|(phrase, hundreds)| {
        let rest = word.strip_prefix(&*phrase[0])?;
        let rest = rest.strip_prefix("und").unwrap_or(rest);
        let is_rest = |phrase: &[Box<str>]| phrase.len() == 1 && *phrase[0] == *rest;
        let (_, units) = vocabulary.numbers.iter().find(|(phrase, _)| is_rest(phrase))?;
        Some(hundreds + units)
    })
}

/// Digits, one by one or in numbers below 100, as people say them: "forty-seven eleven".
pub(super) fn digits(said: &mut Said<'_>) -> Option<String> {
    let mut digits = String::new();
    loop {
        let times = said.take(&said.vocabulary.repeats).unwrap_or(1);
        let Some(next) = group(said) else { break };
        // Of several digits it would not be clear what comes twice.
        if times > 1 && next.len() > 1 {
            return None;
        }
        (0..times).for_each(|_| digits.push_str(&next));
    }
    (!digits.is_empty()).then_some(digits)
}

fn group(said: &mut Said<'_>) -> Option<String> {
    if let Some(numeral) = said.take_numeral() {
        return Some(numeral.to_owned());
    }
    let vocabulary = said.vocabulary;
    let number = said.take(&vocabulary.more_digits).or_else(|| said.take(&vocabulary.numbers))?;
    Some(number.to_string())
}
