//! Times of day.

use jiff::civil::Time;

use super::number::number;
use super::said::Said;

/// Which half of the day was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    BeforeNoon,
    AfterNoon,
}

/// Hours that mean the afternoon where nobody says otherwise: whoever is called makes no appointment for the night.
const AFTERNOON: std::ops::RangeInclusive<u32> = 1..=6;

/// A time of day.
pub(super) fn time(said: &mut Said<'_>) -> Option<Time> {
    let words = said.vocabulary;
    said.skip(&words.between);
    if let Some(minutes) = said.take(&words.clock) {
        return at(minutes);
    }
    let before = half(said);
    said.skip(&words.between);
    let minutes = hour_and_minutes(said)?;
    let after = half(said);
    let half = match (before, after) {
        (Some(_), Some(_)) => return None,
        (half, None) | (None, half) => half,
    };
    at(in_half(minutes, half)?)
}

fn half(said: &mut Said<'_>) -> Option<Half> {
    let words = said.vocabulary;
    match said.take(&words.before_noon) {
        Some(_) => Some(Half::BeforeNoon),
        None => said.take(&words.after_noon).map(|_| Half::AfterNoon),
    }
}

/// Minutes since midnight, by the numbers alone.
fn hour_and_minutes(said: &mut Said<'_>) -> Option<u32> {
    let words = said.vocabulary;
    if let Some(minutes) = said.take(&words.minutes_after) {
        return Some(hour(said)? * 60 + minutes);
    }
    if let Some(minutes) = said.take(&words.minutes_before) {
        return before(hour(said)?, minutes);
    }
    let full = hour(said)?;
    said.skip(&words.hour);
    if let Some(minutes) = said.take(&words.minutes_later) {
        return Some(full * 60 + minutes);
    }
    if let Some(minutes) = said.take(&words.minutes_earlier) {
        return before(full, minutes);
    }
    let minutes = minute(said)?;
    said.skip(&words.hour);
    Some(full * 60 + minutes)
}

/// A quarter to one is in the hour of twelve.
fn before(hour: u32, minutes: u32) -> Option<u32> {
    let hour = if hour <= 1 { hour + 12 } else { hour };
    (hour * 60).checked_sub(minutes)
}

fn hour(said: &mut Said<'_>) -> Option<u32> {
    number(said).filter(|hour| *hour <= 24)
}

/// None of them, "oh five", or a number.
fn minute(said: &mut Said<'_>) -> Option<u32> {
    let words = said.vocabulary;
    let before = *said;
    let single = said.take(&words.more_digits).is_some();
    match number(said) {
        Some(minutes) if minutes < if single { 10 } else { 60 } => Some(minutes),
        Some(_) => None,
        None => {
            *said = before;
            Some(0)
        }
    }
}

/// Minutes since midnight, in the half of the day that is meant.
fn in_half(minutes: u32, half: Option<Half>) -> Option<u32> {
    let (hour, minute) = (minutes / 60, minutes % 60);
    let hour = match half {
        Some(_) if hour > 12 && half == Some(Half::BeforeNoon) => return None,
        Some(_) if hour > 12 => hour,
        Some(Half::BeforeNoon) => hour % 12,
        Some(Half::AfterNoon) => hour % 12 + 12,
        None if AFTERNOON.contains(&hour) => hour + 12,
        None => hour % 24,
    };
    Some(hour * 60 + minute)
}

fn at(minutes: u32) -> Option<Time> {
    Time::new(i8::try_from(minutes / 60 % 24).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}
