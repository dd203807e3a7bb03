//! Members of closed lists, read by their names.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

/// A member of a closed list, as its own reading takes it: `no_answer` is `no-answer`.
#[derive(Clone, Copy)]
pub(in crate::http) struct ByName<T>(pub(in crate::http) T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for ByName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
