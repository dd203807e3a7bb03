//! Whoever places calls: one folder per vendor behind [`Provider`], chosen by name in the config.
//!
//! Each configured provider is built once, as a [`Line`]: the provider together with the numbers it may dial and the
//! rate it may dial at. Adding a kind takes its folder and one line of `REGISTRY`.

mod error;
mod line;
mod twilio;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use voxgate_core::calls::{Accepted, CallStatus, ProviderEvent};
use voxgate_core::model::PhoneNumber;

pub use error::{BuildError, DialError, Refusal, RequestError, WebhookError};
pub use line::{Line, NotAllowed};

use crate::config;

/// One account at one provider.
///
/// Nothing here repeats a request: whoever asks decides on that. `parse_webhook` and `check_handshake` are pure.
pub trait Provider: fmt::Debug + Send + Sync {
    /// What it can do, and how its media speaks.
    fn capabilities(&self) -> Capabilities;

    /// Places a call. On success the provider has it; what becomes of it comes by callback.
    fn dial<'a>(&'a self, request: &'a DialRequest) -> BoxFuture<'a, Result<Told<Accepted>, DialError>>;

    /// Where a call stands.
    fn status<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Told<CallStatus>, RequestError>>;

    /// Every call that may be the one that a dial without an answer asked for.
    fn find<'a>(&'a self, lost: &'a LostDial) -> BoxFuture<'a, Result<Told<Vec<Accepted>>, RequestError>>;

    /// Ends a call; `answered` says whether it was, as far as is known. Returns where it stands then.
    fn hang_up<'a>(&'a self, id: &'a str, answered: bool) -> BoxFuture<'a, Result<Told<CallStatus>, RequestError>>;

    /// Checks who sent a callback, and reads it.
    ///
    /// # Errors
    /// [`WebhookError`] when it is not from the provider, or cannot be read.
    fn parse_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ProviderEvent>, WebhookError>;

    /// Whether the handshake of a media connection to `url` is from the provider.
    fn check_handshake(&self, url: &str, headers: &HeaderMap) -> bool;
}

/// What a provider can do, and how its media speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The dialect of its media, as it stands in the media's address: `/media/{dialect}/{node}`.
    pub dialect: &'static str,
    /// Whether it tells persons from machines.
    pub detects_machines: bool,
}

/// A call to be placed.
#[derive(Clone, Debug)]
pub struct DialRequest {
    /// Who is called.
    pub to: PhoneNumber,
    /// Where the provider reports the call, this attempt's own.
    pub callback_url: String,
    /// Where the provider opens the media, `ws://` or `wss://`.
    pub media_url: String,
    /// Our name for the attempt, repeated by the media's first message.
    pub call_ref: String,
    /// The one-time secret, repeated by the media's first message.
    pub secret: String,
    /// How long it may ring; whole seconds.
    pub ring_timeout: Duration,
    /// How long the call may last; whole seconds.
    pub max_duration: Duration,
}

/// What a provider answered, and what is kept of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// What it means.
    pub what: T,
    /// In the provider's own word.
    pub raw: String,
    /// The answer's HTTP status.
    pub http_status: u16,
}

/// A dial whose answer was lost.
#[derive(Clone, Debug)]
pub struct LostDial {
    /// Who was called.
    pub to: PhoneNumber,
    /// When the dial was sent, in ms since 1970.
    pub sent_unix_ms: u64,
}

/// A callback as it came in.
#[derive(Clone, Copy, Debug)]
pub struct WebhookRequest<'a> {
    /// The address as the provider knows it, query included.
    pub url: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, untouched.
    pub body: &'a [u8],
}

type Build = fn(&config::Provider) -> Result<Box<dyn Provider>, BuildError>;

/// Every kind of provider.
const REGISTRY: &[(&str, Build)] = &[("twilio", twilio::build)];

/// The names of all kinds.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().map(|(name, _)| *name)
}

/// The configured providers by name, each built once.
#[derive(Clone, Debug)]
pub struct Providers(BTreeMap<String, Arc<Line>>);

impl Providers {
    /// Builds every provider of the config. Touches no network.
    ///
    /// # Errors
    /// [`BuildError`] with the section and what to do.
    pub fn build(sections: &BTreeMap<String, config::Provider>) -> Result<Self, BuildError> {
        let line = |(name, section): (&String, &config::Provider)| {
            let provider = provider(section).map_err(|error| error.in_section(name))?;
            Ok((name.clone(), Arc::new(Line::new(name, provider, section))))
        };
        sections.iter().map(line).collect::<Result<_, _>>().map(Self)
    }

    /// One provider alone.
    #[cfg(test)]
    pub(crate) fn of(line: Line) -> Self {
        Self(BTreeMap::from([(line.name().to_owned(), Arc::new(line))]))
    }

    /// The provider of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Line>> {
        self.0.get(name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether the handshake of a media connection to `url` is from any of them.
    #[must_use]
    pub fn check_handshake(&self, url: &str, headers: &HeaderMap) -> bool {
        self.0.values().any(|line| line.provider().check_handshake(url, headers))
    }
}

/// One provider by its kind.
///
/// # Errors
/// [`BuildError`] where there is no such kind, or its section lacks something.
pub fn provider(section: &config::Provider) -> Result<Box<dyn Provider>, BuildError> {
    let Some((_, build)) = REGISTRY.iter().find(|(name, _)| *name == section.kind) else {
        let known: Vec<_> = kinds().collect();
        return Err(BuildError::new(
            "kind",
            format!("\"{}\" is no provider; choose one of: {}", section.kind, known.join(", ")),
        ));
    };
    build(section)
}

#[cfg(test)]
mod tests;
