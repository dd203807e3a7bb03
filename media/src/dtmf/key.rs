//! A key.

use std::fmt;
use std::str::FromStr;

/// A key of a telephone keypad: `0`-`9`, `*`, `#`, or one of `A`-`D` (ITU-T Q.23).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u8);

impl Key {
    /// The key that bears this character; `None` where no key does.
    #[must_use]
    pub const fn new(character: char) -> Option<Self> {
        match character {
            '0'..='9' | '*' | '#' | 'A'..='D' => Some(Self(character as u8)),
            _ => None,
        }
    }

    /// The character on the key.
    #[must_use]
    pub const fn as_char(self) -> char {
        self.0 as char
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.as_char())
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut characters = text.chars();
        match (characters.next().and_then(Self::new), characters.next()) {
            (Some(key), None) => Ok(key),
            _ => Err(format!("{text:?} is not a key; keys are 0-9, *, # and A-D")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sixteen_keys_are_keys() {
        assert_eq!((0..=u32::from(char::MAX)).filter_map(char::from_u32).filter_map(Key::new).count(), 16);
        assert_eq!("#".parse(), Ok(Key::new('#').unwrap()));
        assert!("12".parse::<Key>().is_err());
        assert!("a".parse::<Key>().is_err());
    }
}
