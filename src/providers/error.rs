//! What goes wrong between us and a provider, and what it means for the call.

use std::fmt;
use std::time::Duration;

use voxgate_core::calls::{DialFailure, RequestFailure};
use voxgate_core::model::FailureCode;
use voxgate_core::time::Micros;

use crate::metrics::Answer;
use crate::telemetry::Masked;

/// Why a provider cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// The key of the config.
    pub field: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl BuildError {
    pub(super) fn new(key: &str, what: impl Into<String>) -> Self {
        Self { field: key.to_owned(), what: what.into() }
    }

    pub(super) fn in_section(self, name: &str) -> Self {
        Self { field: format!("providers.{name}.{}", self.field), what: self.what }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

impl std::error::Error for BuildError {}

/// A provider's "no", in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of its answer.
    pub http_status: u16,
    /// Its own code for the reason.
    pub code: Option<u32>,
    /// Its own words, numbers masked: they quote what was dialed.
    pub message: String,
}

impl Refusal {
    /// A refusal in the provider's words, of which at most 300 characters are kept.
    #[must_use]
    pub fn new(http_status: u16, code: Option<u32>, message: &str) -> Self {
        Self { http_status, code, message: Masked(message).to_string().chars().take(300).collect() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.http_status)?;
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

/// Why a dial brought no call that we know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialError {
    /// It never reached the provider: a refused connection, a name without an address.
    NotSent(String),
    /// The provider had no time for it and did not take it.
    RateLimited {
        /// How long the provider asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The provider refused it for good.
    Refused {
        /// What it means.
        code: FailureCode,
        /// In its own words.
        refusal: Refusal,
    },
    /// We refused it ourselves before any request.
    Impossible(String),
    /// A timeout, a connection that broke, an answer that makes no sense, a fault of the provider: there may be a call.
    Unknown(String),
}

impl DialError {
    /// What it means for the attempt.
    #[must_use]
    pub fn failure(&self) -> DialFailure {
        match self {
            Self::NotSent(_) => DialFailure::NotSent,
            Self::RateLimited { retry_after } => DialFailure::RateLimited { retry_after: retry_after.map(micros) },
            Self::Refused { code, .. } => DialFailure::Refused(*code),
            Self::Impossible(_) => DialFailure::Refused(FailureCode::InternalError),
            Self::Unknown(_) => DialFailure::Unknown,
        }
    }
}

impl DialError {
    /// What kind of failure it is.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::NotSent(_) => Answer::NotSent,
            Self::RateLimited { .. } => Answer::RateLimited,
            Self::Refused { .. } | Self::Impossible(_) => Answer::Refused,
            Self::Unknown(_) => Answer::Lost,
        }
    }

    /// The provider's "no", if it said one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::NotSent(_) | Self::RateLimited { .. } | Self::Impossible(_) | Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(what) => write!(f, "the dial never reached the provider: {what}"),
            Self::RateLimited { retry_after: Some(wait) } => {
                write!(f, "the provider is busy and asks to wait {} s", wait.as_secs_f64())
            }
            Self::RateLimited { retry_after: None } => f.write_str("the provider is busy"),
            Self::Refused { refusal, .. } => write!(f, "the provider refused the dial: {refusal}"),
            Self::Impossible(what) => write!(f, "the dial cannot be made: {what}"),
            Self::Unknown(what) => write!(f, "nobody knows whether the provider took the dial: {what}"),
        }
    }
}

impl std::error::Error for DialError {}

/// Why a question about a call, or a wish to end it, brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// The provider knows no such call, or not any more.
    UnknownCall,
    /// The provider said no.
    Refused {
        /// In its own words.
        refusal: Refusal,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The request or its answer was lost.
    Lost(String),
}

impl RequestError {
    /// What it means for the attempt: everything but an unknown call may work later.
    #[must_use]
    pub fn failure(&self) -> RequestFailure {
        match self {
            Self::UnknownCall => RequestFailure::Gone,
            Self::Refused { retry_after, .. } => RequestFailure::Later { retry_after: retry_after.map(micros) },
            Self::Lost(_) => RequestFailure::Later { retry_after: None },
        }
    }
}

impl RequestError {
    /// What kind of failure it is.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::UnknownCall => Answer::UnknownCall,
            Self::Refused { .. } => Answer::Refused,
            Self::Lost(_) => Answer::Lost,
        }
    }

    /// The provider's "no", if it said one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            Self::UnknownCall | Self::Lost(_) => None,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCall => f.write_str("the provider knows no such call"),
            Self::Refused { refusal, .. } => write!(f, "the provider refused: {refusal}"),
            Self::Lost(what) => write!(f, "no answer: {what}"),
        }
    }
}

impl std::error::Error for RequestError {}

/// Why a callback is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookError {
    /// It carries no signature.
    Unsigned,
    /// Its signature is not the provider's for this address and body.
    Forged,
    /// It is the provider's and makes no sense.
    Malformed(String),
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("the request carries no signature of the provider"),
            Self::Forged => f.write_str(
                "the signature does not fit address and body: check the account's secret, and that server.public_url is \
                 the address that the provider calls",
            ),
            Self::Malformed(what) => write!(f, "the request cannot be read: {what}"),
        }
    }
}

impl std::error::Error for WebhookError {}

fn micros(span: Duration) -> Micros {
    Micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_does_not_show_the_number() {
        let refusal = Refusal::new(400, Some(21211), "To +12065550110 is not valid, see docs/21211 (12065550111)");
        assert_eq!(
            refusal.to_string(),
            "HTTP 400, code 21211: To +*******0110 is not valid, see docs/21211 (*******0111)"
        );
    }
}
