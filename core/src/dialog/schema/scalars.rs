//! What a text means where the schema wants a name, a number, a duration.

use std::ops::RangeInclusive;

use super::Name;
use super::fields::{one_or_more, wrong_type};
use crate::dialog::document::{Entry, Node, Value};
use crate::dialog::finding::{Code, Findings, nearest};
use crate::time::Micros;

/// A text that is not empty.
pub(crate) fn name(node: &Node, findings: &mut Findings) -> Option<Name> {
    match &node.value {
        Value::Text(text) if !text.trim().is_empty() => Some(Name { text: text.clone(), at: node.at }),
        Value::Text(_) | Value::List(_) | Value::Map(_) => {
            wrong_type(node, "a text is needed", findings);
            None
        }
    }
}

/// One name, or a list of names.
pub(crate) fn names(node: &Node, findings: &mut Findings) -> Vec<Name> {
    one_or_more(node).iter().filter_map(|n| name(n, findings)).collect()
}

/// A name that the author coins: it ends up in logs, answers and journals.
pub(crate) fn coined(entry: &Entry, findings: &mut Findings) -> Name {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if entry.key.is_empty() || entry.key.len() > 64 || !entry.key.chars().all(plain) {
        let message = format!("`{}` cannot be a name", entry.key);
        findings.add(Code::BadValue, entry.at, message, "use at most 64 of a-z, 0-9 and _, as in `read_back`");
    }
    Name { text: entry.key.clone(), at: entry.at }
}

pub(crate) fn flag(node: &Node, findings: &mut Findings) -> Option<bool> {
    match &node.value {
        Value::Text(text) if text == "true" => Some(true),
        Value::Text(text) if text == "false" => Some(false),
        Value::Text(_) | Value::List(_) | Value::Map(_) => {
            wrong_type(node, "`true` or `false` is needed", findings);
            None
        }
    }
}

pub(crate) fn count(node: &Node, range: RangeInclusive<u32>, findings: &mut Findings) -> Option<u32> {
    let text = name(node, findings)?;
    let digits = text.text.bytes().all(|b| b.is_ascii_digit());
    if let Some(count) = text.text.parse().ok().filter(|n| digits && range.contains(n)) {
        return Some(count);
    }
    let help = format!("write a whole number from {} to {}", range.start(), range.end());
    findings.add(Code::BadValue, node.at, format!("`{}` is not such a number", text.text), help);
    None
}

/// A span of time, as in `300ms`, `5s` or `3m`.
pub(crate) fn duration(node: &Node, range: RangeInclusive<Micros>, findings: &mut Findings) -> Option<Micros> {
    let text = name(node, findings)?;
    let Some(span) = parse_duration(&text.text) else {
        let message = format!("`{}` is not a span of time", text.text);
        findings.add(Code::BadValue, node.at, message, "write a number and its unit, as in `300ms`, `5s` or `3m`");
        return None;
    };
    if range.contains(&span) {
        return Some(span);
    }
    let help = format!("write one from {} ms to {} ms", range.start().as_ms(), range.end().as_ms());
    findings.add(Code::BadValue, node.at, format!("`{}` is out of bounds", text.text), help);
    None
}

fn parse_duration(text: &str) -> Option<Micros> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(ms).map(Micros::from_ms)
}

/// One of a closed list of words.
pub(crate) fn choice<T: Copy>(node: &Node, choices: &[(&str, T)], findings: &mut Findings) -> Option<T> {
    let text = name(node, findings)?;
    if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text.text) {
        return Some(*choice);
    }
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let help = match nearest(&text.text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("choose one of `{}`", words.join("`, `")),
    };
    findings.add(Code::BadValue, node.at, format!("`{}` is not one of the choices", text.text), help);
    None
}
