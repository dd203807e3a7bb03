//! Phone numbers in logs.

use std::fmt;

/// Digits in a row that may be a phone number.
const NUMBER_DIGITS: usize = 7;
/// Digits that stay to be seen.
const SHOWN_DIGITS: usize = 4;

/// A text with phone numbers hidden: of seven or more digits in a row only the last four are shown. Whatever names a
/// number in a log line above DEBUG goes through this.
#[derive(Clone, Copy)]
pub struct Masked<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for run in self.0.as_ref().split_inclusive(|c: char| !c.is_ascii_digit()) {
            let digits = run.bytes().take_while(u8::is_ascii_digit).count();
            let hidden = if digits >= NUMBER_DIGITS { digits - SHOWN_DIGITS } else { 0 };
            for _ in 0..hidden {
                f.write_str("*")?;
            }
            f.write_str(&run[hidden..])?;
        }
        Ok(())
    }
}

impl<T: AsRef<str>> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_number_is_shown() {
        let table = [
            ("+12065550110", "+*******0110"),
            ("To +12065550110, see docs/21211 (12065550111)", "To +*******0110, see docs/21211 (*******0111)"),
            ("555011", "555011"),
            ("5550110", "***0110"),
            ("", ""),
            ("é5550110é", "é***0110é"),
        ];
        for (text, shown) in table {
            assert_eq!(Masked(text).to_string(), shown);
        }
    }
}
