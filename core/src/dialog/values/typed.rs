//! What is typed on a telephone's keys.

use jiff::civil::{Date, DateTime, Time};

use super::{Open, month_first};

/// A date is typed as month and day, or day and month; a time as hour and minutes; one after the other where both.
const DATE: usize = 4;
const TIME: usize = 4;

/// Whether so many digits are all that there can be.
pub(crate) fn is_complete(kind: Open, digits: usize) -> bool {
    digits >= most(kind)
}

fn most(kind: Open) -> usize {
    match kind {
        Open::Digits { most, .. } => most.into(),
        Open::Number { to, .. } => to.checked_ilog10().map_or(1, |log| log as usize + 1),
        Open::Date => DATE,
        Open::Time => TIME,
        Open::DateTime => DATE + TIME,
        Open::Text => 0,
    }
}

/// The value that these digits stand for.
pub(crate) fn typed(kind: Open, digits: &str, language: &str, now: DateTime) -> Option<String> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = match kind {
        Open::Digits { .. } => Some(digits.to_owned()),
        Open::Number { .. } => digits.parse().ok().map(|n: u32| n.to_string()),
        Open::Date => date(digits, language, now.date()).map(|date| date.to_string()),
        Open::Time => time(digits).map(|time| time.strftime("%H:%M").to_string()),
        Open::DateTime => {
            let (day, clock) = digits.split_at_checked(DATE)?;
            let at = date(day, language, now.date())?.to_datetime(time(clock)?);
            Some(at.strftime("%FT%H:%M").to_string())
        }
        Open::Text => None,
    };
    value.filter(|value| kind.takes(value))
}

/// The next such day.
fn date(digits: &str, language: &str, today: Date) -> Option<Date> {
    let (one, other) = digits.split_at_checked(2).filter(|_| digits.len() == DATE)?;
    let (one, other): (i8, i8) = (one.parse().ok()?, other.parse().ok()?);
    let (month, day) = if month_first(language) { (one, other) } else { (other, one) };
    (0..=8).filter_map(|n| Date::new(today.year() + n, month, day).ok()).find(|date| *date >= today)
}

/// `930` or `0930`, on the 24-hour clock.
fn time(digits: &str) -> Option<Time> {
    let (hour, minute) = digits.split_at_checked(digits.len().checked_sub(2)?).filter(|(hour, _)| !hour.is_empty())?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}
