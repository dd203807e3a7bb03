//! API keys: 256 random bits, of which only a hash is kept.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use voxgate_core::model::sha256_hex;

/// What every key begins with, so that one that leaks is recognised.
const PREFIX: &str = "vgk_";

/// An API key. Neither `Debug` nor a log shows it.
pub struct ApiKey(String);

impl ApiKey {
    /// A new one.
    ///
    /// # Errors
    /// The operating system gives out no randomness.
    pub fn new() -> Result<Self, Unspecified> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes)?;
        Ok(Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// A key as it came; `None` if it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bits = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (bits.len() == 32).then(|| Self(text.to_owned()))
    }

    /// What is kept of it: SHA-256, as 64 lower-case hexadecimal digits. A key has the randomness that makes salt and
    /// stretching needless.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_text_and_shows_it_only_when_asked() {
        let key = ApiKey::new().unwrap();
        assert_eq!(key.reveal().len(), 4 + 43);
        assert_eq!(ApiKey::read(key.reveal()).unwrap().hash(), key.hash());
        assert_ne!(ApiKey::new().unwrap().reveal(), key.reveal());
        assert_eq!(format!("{key:?}"), "ApiKey(***)");
        for no_key in ["", "vgk_", "vgk_abc", &key.reveal()[4..], "vgk_ÄÖÜ", &format!("{}A", key.reveal())] {
            assert!(ApiKey::read(no_key).is_none(), "{no_key}");
        }
    }
}
