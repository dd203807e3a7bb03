//! What a key may hold: how it is read from a file or from the environment, and how it is printed.

mod database;
mod kinds;

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value as Json, json};
use url::Url;
use voxgate_core::model::PhoneNumber;

pub use database::DatabaseUrl;
pub use kinds::{CallingCode, Console, TimeOfDay};

use super::Secret;
use super::secret::HIDDEN;

/// A value before its key says what it must be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Raw>),
    /// From the environment: text that may stand for anything.
    Untyped(String),
    /// Something that no key holds, by name.
    Other(&'static str),
}

impl Raw {
    fn kind(&self) -> String {
        match self {
            Self::Text(text) | Self::Untyped(text) => format!("\"{text}\""),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(yes) => yes.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Other(what) => (*what).to_owned(),
        }
    }

    pub(super) fn text(&self, wanted: &str) -> Result<&str, String> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Ok(text),
            Self::Integer(_) | Self::Float(_) | Self::Bool(_) | Self::List(_) | Self::Other(_) => {
                Err(format!("{} is not {wanted}", self.kind()))
            }
        }
    }

    fn number(&self, wanted: &str) -> Result<f64, String> {
        let number = match self {
            #[expect(clippy::cast_precision_loss, reason = "no key comes near 2^53")]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Untyped(text) => text.parse().ok(),
            Self::Text(_) | Self::Bool(_) | Self::List(_) | Self::Other(_) => None,
        };
        number.filter(|n| n.is_finite()).ok_or_else(|| format!("{} is not {wanted}", self.kind()))
    }
}

/// A type that keys have.
pub(super) trait Value: Sized {
    /// Reads it.
    fn parse(raw: &Raw) -> Result<Self, String>;

    /// As it stands in a config file; `None` where it stands for a key that is not set.
    fn show(&self) -> Option<String>;

    /// The same, without what must not be printed.
    fn redacted(&self) -> Option<String> {
        self.show()
    }

    /// What may stand there, as JSON Schema.
    fn schema() -> Json;
}

impl<T: Value> Value for Option<T> {
    fn parse(raw: &Raw) -> Result<Self, String> {
        T::parse(raw).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }

    fn redacted(&self) -> Option<String> {
        self.as_ref().and_then(T::redacted)
    }

    fn schema() -> Json {
        T::schema()
    }
}

impl<T: Value> Value for Vec<T> {
    fn parse(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::List(items) => items.iter().map(T::parse).collect(),
            Raw::Untyped(text) => text
                .split(',')
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(|t| T::parse(&Raw::Untyped(t.into())))
                .collect(),
            Raw::Text(_) | Raw::Integer(_) | Raw::Float(_) | Raw::Bool(_) | Raw::Other(_) => {
                Err(format!("{} is not a list", raw.kind()))
            }
        }
    }

    fn show(&self) -> Option<String> {
        let items: Vec<_> = self.iter().filter_map(T::show).collect();
        Some(format!("[{}]", items.join(", ")))
    }

    fn redacted(&self) -> Option<String> {
        let items: Vec<_> = self.iter().filter_map(T::redacted).collect();
        Some(format!("[{}]", items.join(", ")))
    }

    fn schema() -> Json {
        json!({"type": "array", "items": T::schema()})
    }
}

pub(super) fn quoted(text: &dyn Display) -> Option<String> {
    Some(toml::Value::String(text.to_string()).to_string())
}

pub(super) fn parse_text<T: FromStr<Err: Display>>(raw: &Raw, wanted: &str) -> Result<T, String> {
    let text = raw.text(wanted)?;
    text.parse().map_err(|error| format!("\"{text}\" is not {wanted}: {error}"))
}

impl Value for SocketAddr {
    fn parse(raw: &Raw) -> Result<Self, String> {
        parse_text(raw, "an address with a port, as in \"127.0.0.1:8080\"")
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string", "examples": ["127.0.0.1:8080"]})
    }
}

impl Value for Url {
    fn parse(raw: &Raw) -> Result<Self, String> {
        let url: Self = parse_text(raw, "a URL, as in \"https://gw.example.com\"")?;
        if url.host_str().is_none() {
            return Err(format!("\"{url}\" is a URL without a host; write it as in \"https://gw.example.com\""));
        }
        Ok(url)
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string", "format": "uri"})
    }
}

impl Value for String {
    fn parse(raw: &Raw) -> Result<Self, String> {
        raw.text("text").map(str::to_owned)
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string"})
    }
}

impl Value for PathBuf {
    fn parse(raw: &Raw) -> Result<Self, String> {
        raw.text("a path").map(Self::from)
    }

    fn show(&self) -> Option<String> {
        quoted(&self.display())
    }

    fn schema() -> Json {
        json!({"type": "string"})
    }
}

impl Value for PhoneNumber {
    fn parse(raw: &Raw) -> Result<Self, String> {
        parse_text(raw, "a phone number")
    }

    fn show(&self) -> Option<String> {
        quoted(self)
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": r"^\+[1-9][0-9]{7,14}$"})
    }
}

impl Value for Secret {
    fn parse(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Text(text) | Raw::Untyped(text) if text == HIDDEN => {
                Err(format!("\"{HIDDEN}\" is how a printed config hides a secret: put the secret itself here"))
            }
            Raw::Text(text) | Raw::Untyped(text) => Ok(Self::new(text.clone())),
            Raw::Integer(_) | Raw::Float(_) | Raw::Bool(_) | Raw::List(_) | Raw::Other(_) => {
                Err("a secret is text in quotes".to_owned())
            }
        }
    }

    fn show(&self) -> Option<String> {
        quoted(&self.reveal())
    }

    fn redacted(&self) -> Option<String> {
        quoted(&HIDDEN)
    }

    fn schema() -> Json {
        json!({"type": "string"})
    }
}

impl Value for bool {
    fn parse(raw: &Raw) -> Result<Self, String> {
        match raw {
            Raw::Bool(yes) => Ok(*yes),
            Raw::Untyped(text) if text == "true" || text == "1" => Ok(true),
            Raw::Untyped(text) if text == "false" || text == "0" => Ok(false),
            Raw::Untyped(_) | Raw::Text(_) | Raw::Integer(_) | Raw::Float(_) | Raw::List(_) | Raw::Other(_) => {
                Err(format!("{} is neither true nor false", raw.kind()))
            }
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn schema() -> Json {
        json!({"type": "boolean"})
    }
}

impl Value for f64 {
    fn parse(raw: &Raw) -> Result<Self, String> {
        raw.number("a number")
    }

    fn show(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }

    fn schema() -> Json {
        json!({"type": "number"})
    }
}

/// In seconds; a fraction is fine.
impl Value for Duration {
    fn parse(raw: &Raw) -> Result<Self, String> {
        let seconds = raw.number("a number of seconds")?;
        Self::try_from_secs_f64(seconds).map_err(|_| format!("{seconds} is not a time to wait, in seconds"))
    }

    fn show(&self) -> Option<String> {
        if self.subsec_nanos() == 0 {
            return Some(self.as_secs().to_string());
        }
        Some(format!("{:?}", self.as_secs_f64()))
    }

    fn schema() -> Json {
        json!({"type": "number", "minimum": 0})
    }
}

macro_rules! whole_number {
    ($($type:ty),+) => { $(
        impl Value for $type {
            fn parse(raw: &Raw) -> Result<Self, String> {
                let number = match raw {
                    Raw::Integer(number) => Self::try_from(*number).ok(),
                    Raw::Untyped(text) => text.parse().ok(),
                    Raw::Text(_) | Raw::Float(_) | Raw::Bool(_) | Raw::List(_) | Raw::Other(_) => None,
                };
                number.ok_or_else(|| format!("{} is not a whole number from 0 to {}", raw.kind(), Self::MAX))
            }

            fn show(&self) -> Option<String> {
                Some(self.to_string())
            }

            fn schema() -> Json {
                json!({"type": "integer", "minimum": 0})
            }
        }
    )+ };
}

whole_number!(u32, usize);
