//! Secrets, which do not show themselves.

use std::fmt;

/// What stands for a secret wherever a config is shown.
pub(super) const HIDDEN: &str = "***";

/// A text that neither `Debug` nor a printed config shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Not for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
