//! Phone numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A phone number in the international form of ITU-T E.164: `+`, a country code that does not begin with 0, at most 15
/// digits in all. `Debug` masks all but the last four digits; `Display` does not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// It does not begin with `+` and a country code.
    NotInternational,
    /// It has something other than digits after the `+`.
    NotDigits,
    /// It has fewer than 8 or more than 15 digits.
    Length,
}

impl PhoneNumber {
    /// The number with its `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with all but its last four digits hidden, for logs.
    #[must_use]
    pub fn masked(&self) -> String {
        let shown = self.0.len() - 4; // the shortest number has 9 characters
        format!("+{}{}", "*".repeat(shown - 1), &self.0[shown..])
    }
}

impl FromStr for PhoneNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let Some(digits) = text.strip_prefix('+') else {
            return Err(NumberError::NotInternational);
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::NotDigits);
        }
        if digits.starts_with('0') {
            return Err(NumberError::NotInternational);
        }
        if !(8..=15).contains(&digits.len()) {
            return Err(NumberError::Length);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInternational => "a phone number begins with + and a country code, as in +12065550110",
            Self::NotDigits => "a phone number has only digits after its +, no spaces or dashes",
            Self::Length => "a phone number has 8 to 15 digits after its +",
        })
    }
}

impl std::error::Error for NumberError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 000-33: what is not an international number is refused with the reason.
    #[test]
    fn only_international_numbers_are_numbers() {
        let table = [
            ("+12065550110", Ok(())),
            ("+4915112345678", Ok(())),
            ("+123456789012345", Ok(())),
            ("12065550110", Err(NumberError::NotInternational)),
            ("(206) 555-0110", Err(NumberError::NotInternational)),
            ("+02065550110", Err(NumberError::NotInternational)),
            ("", Err(NumberError::NotInternational)),
            ("+1 206 555 0110", Err(NumberError::NotDigits)),
            ("+1206555o110", Err(NumberError::NotDigits)),
            ("+1206555", Err(NumberError::Length)),
            ("+1234567890123456", Err(NumberError::Length)),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<PhoneNumber>().map(|_| ()), expected, "{text:?}");
        }
    }

    #[test]
    fn debug_output_hides_the_subscriber() {
        let number: PhoneNumber = "+12065550110".parse().unwrap();
        assert_eq!(format!("{number:?}"), "+*******0110");
    }
}
