//! Keys of a telephone keypad.

mod key;

pub use key::Key;
