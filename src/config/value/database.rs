//! Addresses of databases.

use std::fmt;

use serde_json::{Value as Json, json};
use url::Url;

use super::{Raw, Value, quoted};
use crate::config::secret::HIDDEN;

/// Where a database is: `sqlite:FILE` or `postgres://…`. May hold a password, which it does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// An address that is known to be one.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead. Does not repeat a password.
    pub fn new(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => return Ok(Self(text.to_owned())),
            Some(("postgres" | "postgresql", _)) => {}
            Some(_) | None => return Err(format!("is no database address: {REMEDY}")),
        }
        let url = Url::parse(text).map_err(|error| format!("is no database address ({error}): {REMEDY}"))?;
        if url.host_str().is_none_or(str::is_empty) || url.path().trim_matches('/').is_empty() {
            return Err(format!("lacks a host or a database name: {REMEDY}"));
        }
        if url.query_pairs().any(|(key, _)| key == "password") {
            return Err("has its password after the `?`, where it may be shown: write it before the @".to_owned());
        }
        if url.password() == Some(HIDDEN) {
            return Err(format!("has \"{HIDDEN}\" for its password, as a printed config hides it: put the password"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address, password and all. Not for logs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

const REMEDY: &str = "write sqlite:FILE, or postgres://USER:PASSWORD@HOST/NAME";

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mut url) = Url::parse(&self.0).ok().filter(|url| url.password().is_some()) else {
            return f.write_str(&self.0);
        };
        // It has a host, so it takes a password.
        url.set_password(Some(HIDDEN)).map_err(|()| fmt::Error)?;
        url.fmt(f)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Value for DatabaseUrl {
    fn parse(raw: &Raw) -> Result<Self, String> {
        Self::new(raw.text("a database address")?)
    }

    fn show(&self) -> Option<String> {
        quoted(&self.0)
    }

    fn redacted(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": "^(sqlite|postgres|postgresql):"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_hides_its_password_and_a_wrong_one_does_not_repeat_it() {
        let url = DatabaseUrl::new("postgres://vox:hunter2@db.example.com:5433/calls?sslmode=require").unwrap();
        assert_eq!(format!("{url} {url:?}").matches("vox:***@db.example.com:5433/calls?sslmode=require").count(), 2);
        assert!(url.reveal().contains("hunter2"));
        for wrong in [
            "mysql://a:hunter2@h/n",
            "postgres://a:hunter2@/n",
            "postgres://h/n?password=hunter2",
            "hunter2",
            "sqlite:",
        ] {
            let told = DatabaseUrl::new(wrong).unwrap_err();
            assert!(!told.contains("hunter2") && (told.contains("write")), "{wrong}: {told}");
        }
    }
}
