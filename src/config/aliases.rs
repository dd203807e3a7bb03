//! Other names of keys: those that a predecessor's settings had, at the top of the file. Accepted, never printed.

use super::value::Raw;

/// Other name, key, and how many of the key's units one of the other's is.
const ALIASES: &[(&str, &str, i64)] = &[
    ("AICallerProviderType", "calls.provider", 1),
    ("AICallerSchedulerInterval", "calls.scheduler_interval", 1),
    ("AICallStatusPollInterval", "calls.status_poll_interval", 1),
    // In minutes.
    ("AICallMaxPollingDuration", "calls.max_polling_duration", 60),
    ("AICallMaxRetries", "retry.max_retries", 1),
    ("AICallRetryBackoffMultiplier", "retry.backoff_factor", 1),
];

/// The other names, each with its key, and how many of the key's units one of its own is.
pub(super) fn names<'a>() -> impl Iterator<Item = (&'a str, &'a str, i64)> {
    ALIASES.iter().copied()
}

/// The key that is meant, with the value in its units. In the environment names come without regard to case.
pub(super) fn resolve(name: &str, value: Raw) -> Result<(String, Raw), String> {
    let Some((_, key, factor)) = ALIASES.iter().find(|(alias, _, _)| alias.eq_ignore_ascii_case(name)) else {
        return Ok((name.to_owned(), value));
    };
    if *factor == 1 {
        return Ok(((*key).to_owned(), value));
    }
    let number = match &value {
        Raw::Integer(number) => Some(*number),
        Raw::Untyped(text) => text.parse().ok(),
        Raw::Text(_) | Raw::Float(_) | Raw::Bool(_) | Raw::List(_) | Raw::Other(_) => None,
    };
    let scaled = number.and_then(|n| n.checked_mul(*factor)).ok_or("not a whole number of minutes")?;
    Ok(((*key).to_owned(), Raw::Integer(scaled)))
}
