//! A key and its tones.

use std::fmt;
use std::str::FromStr;

/// Tones of the low group, Hz, one for each row of the keypad (Q.23).
pub(super) const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];

/// Tones of the high group, Hz, one for each column of the keypad (Q.23).
pub(super) const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// The keypad, row by row.
const KEYPAD: [u8; 16] = *b"123A456B789C*0#D";

/// A key of a telephone keypad: `0`-`9`, `*`, `#`, or one of `A`-`D` (ITU-T Q.23).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u8);

impl Key {
    /// Every key, row by row.
    pub const ALL: [Self; 16] = {
        let mut all = [Self(0); 16];
        let mut place = 0;
        while place < all.len() {
            all[place] = Self(KEYPAD[place]);
            place += 1;
        }
        all
    };

    /// The key that bears this character; `None` where no key does. Letters are capitals.
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

    /// The key where a row and a column of the keypad meet.
    pub(super) const fn at(row: usize, column: usize) -> Self {
        Self::ALL[row * COLUMNS.len() + column]
    }

    /// Its tones, Hz: of the low and of the high group.
    pub(super) fn tones(self) -> (f64, f64) {
        // Every key is on the keypad: `new`, `ALL` and `at` make no others.
        let place = KEYPAD.iter().position(|&sign| sign == self.0).unwrap_or(0);
        (ROWS[place / COLUMNS.len()], COLUMNS[place % COLUMNS.len()])
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

/// The text is not the sign of exactly one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAKey(String);

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a key; keys are 0-9, *, # and A-D", self.0)
    }
}

impl std::error::Error for NotAKey {}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let mut signs = text.chars();
        let (Some(sign), None) = (signs.next(), signs.next()) else { return Err(NotAKey(text.into())) };
        Self::new(sign).ok_or_else(|| NotAKey(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_of_sixteen_signs() {
        let accepted: String = ('\0'..='\u{FF}').filter(|&sign| Key::new(sign).is_some()).collect();
        assert_eq!(accepted, "#*0123456789ABCD");
        for key in Key::ALL {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn other_text_is_refused_with_the_choices() {
        for text in ["", "12", "a", "E", " 1"] {
            let error = text.parse::<Key>().expect_err("not a key");
            assert_eq!(error.to_string(), format!("{text:?} is not a key; keys are 0-9, *, # and A-D"));
        }
    }

    #[test]
    fn the_corners_of_the_keypad_have_the_outermost_tones() {
        let tones = |sign| Key::new(sign).map(Key::tones);
        assert_eq!(tones('1'), Some((697.0, 1209.0)));
        assert_eq!(tones('A'), Some((697.0, 1633.0)));
        assert_eq!(tones('*'), Some((941.0, 1209.0)));
        assert_eq!(tones('D'), Some((941.0, 1633.0)));
        assert_eq!(tones('0'), Some((941.0, 1336.0)));
    }
}
