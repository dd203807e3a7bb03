//! Forms as the carrier reads them: names that are known, values in range, repeats only where a list is meant.

use url::{Url, form_urlencoded};

use super::problem::Problem;
use crate::personas::suggestion;

/// A form's fields, each taken once.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Takes a field; one that is sent twice is refused.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut all = self.take_all(name);
        match (all.pop(), all.is_empty()) {
            (value, true) => Ok(value),
            _ => Err(Problem::parameter(format!("{name} is sent more than once"))),
        }
    }

    /// Takes every value of a repeated field.
    pub(super) fn take_all(&mut self, name: &str) -> Vec<String> {
        self.0.extract_if(.., |(found, _)| found == name).map(|(_, value)| value).collect()
    }

    /// Takes a whole number within a range.
    pub(super) fn take_number(&mut self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Problem> {
        let Some(text) = self.take(name)? else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| {
            Problem::parameter(format!("{name} is {text:?}; it must be a whole number from {least} to {most}"))
        })
    }

    /// Takes one word out of a few.
    pub(super) fn take_word(&mut self, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        let Some(text) = self.take(name)? else { return Ok(None) };
        let word = words.iter().copied().find(|word| *word == text);
        word.map(Some).ok_or_else(|| Problem::parameter(format!("{name} is {text:?}; {}", suggestion(&text, words))))
    }

    /// Takes an http(s) address whose host has no underscore.
    pub(super) fn take_url(&mut self, name: &str, code: u32) -> Result<Option<String>, Problem> {
        let Some(text) = self.take(name)? else { return Ok(None) };
        let good = Url::parse(&text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.contains('_'))
        });
        match good {
            Some(_) => Ok(Some(text)),
            None => Err(Problem::bad(code, format!("{name} {text:?} is not an http(s) address"))),
        }
    }

    /// Refuses what nobody took: a misspelled name, or one that the sandbox does not simulate.
    pub(super) fn finish(self, known: &[&'static str]) -> Result<(), Problem> {
        match self.0.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::parameter(format!(
                "the parameter {name:?} is unknown to the sandbox; {}",
                suggestion(&name, known)
            ))),
        }
    }
}

/// A number in E.164 form, without the separators that the carrier tolerates.
pub(super) fn e164(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    let digits = plain.strip_prefix('+')?;
    let good = (7..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0');
    good.then_some(plain)
}
