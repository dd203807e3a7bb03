//! Small kinds of values: times of day, beginnings of numbers, choices.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value as Json, json};
use voxgate_core::calls::Priority;

use super::{Raw, Value, parse_text, quoted};

/// A time of day in minutes since midnight, from `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// A full hour, 0 to 24; later ones are midnight.
    #[must_use]
    pub const fn hour(hour: u16) -> Self {
        Self(if hour > 24 { 1_440 } else { hour * 60 })
    }

    /// Minutes since midnight, 0 to 1440.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "write hours and minutes, from \"00:00\" to \"24:00\"";
        let two_digits = |part: &str| part.parse().ok().filter(|_| part.len() == 2 && !part.starts_with('+'));
        let (hours, minutes) = text.split_once(':').ok_or(WRONG)?;
        match (two_digits(hours), two_digits(minutes)) {
            (Some(24_u16), Some(0_u16)) => Ok(Self(1_440)),
            (Some(hours @ 0..24), Some(minutes @ 0..60)) => Ok(Self(hours * 60 + minutes)),
            _ => Err(WRONG),
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Value for TimeOfDay {
    fn parse(raw: &Raw) -> Result<Self, String> {
        parse_text(raw, "a time of day")
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"})
    }
}

/// What the numbers of a country begin with: `+` and its calling code, as in `+49`, with an area's digits or without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallingCode(String);

impl CallingCode {
    /// It with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallingCode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let wrong = digits.is_empty()
            || digits.len() > 8
            || digits.starts_with('0')
            || !digits.bytes().all(|digit| digit.is_ascii_digit());
        if wrong {
            Err("write + and the country's calling code, as in \"+1\" or \"+49\"")
        } else {
            Ok(Self(text.into()))
        }
    }
}

impl fmt::Display for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for CallingCode {
    fn parse(raw: &Raw) -> Result<Self, String> {
        parse_text(raw, "a calling code")
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": r"^\+[1-9][0-9]{0,7}$"})
    }
}

/// What standard error shows of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Nothing.
    None,
    /// Lines for people.
    Plain,
    /// Lines of JSON.
    Json,
}

impl Console {
    const ALL: [(&str, Self); 3] = [("none", Self::None), ("plain", Self::Plain), ("json", Self::Json)];
}

impl FromStr for Console {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|(name, _)| *name == text);
        known.map(|(_, console)| console).ok_or("choose one of: none, plain, json")
    }
}

impl fmt::Display for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(_, console)| console == self).map_or("", |(name, _)| name))
    }
}

impl Value for Console {
    fn parse(raw: &Raw) -> Result<Self, String> {
        parse_text(raw, "a form of log lines")
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"enum": Self::ALL.map(|(name, _)| name)})
    }
}

impl Value for Priority {
    fn parse(raw: &Raw) -> Result<Self, String> {
        parse_text(raw, "a priority")
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"enum": Self::ALL})
    }
}
