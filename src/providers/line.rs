//! A configured provider with what binds its use: the numbers that it may dial and its calls per second.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::sleep_until;
use voxgate_core::calls::{Accepted, Pace};
use voxgate_core::model::PhoneNumber;
use voxgate_core::time::Micros;

use super::{DialError, DialRequest, Provider, Told};
use crate::clock::Epoch;
use crate::config;

/// One configured provider. Everything that dials goes through here.
#[derive(Debug)]
pub struct Line {
    name: String,
    provider: Box<dyn Provider>,
    live: bool,
    allow: BTreeSet<PhoneNumber>,
    pace: Mutex<Pace>,
    epoch: Epoch,
    /// Those who wait for a token stand in line for this: first come, first served.
    next_in_line: Semaphore,
}

/// The provider may not dial this number yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAllowed {
    provider: String,
    number: PhoneNumber,
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, number } = self;
        write!(
            f,
            "{} may not be dialed: put it on providers.{provider}.allow, or set providers.{provider}.live = true to \
             dial any number",
            number.masked()
        )
    }
}

impl std::error::Error for NotAllowed {}

impl Line {
    pub(crate) fn new(name: &str, provider: Box<dyn Provider>, section: &config::Provider) -> Self {
        Self {
            name: name.to_owned(),
            provider,
            live: section.live,
            allow: section.allow.iter().cloned().collect(),
            pace: Mutex::new(Pace::new(section.calls_per_second)),
            epoch: Epoch::begin(),
            next_in_line: Semaphore::new(1),
        }
    }

    /// Its name in the config.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider, for everything but dialing.
    #[must_use]
    pub fn provider(&self) -> &dyn Provider {
        self.provider.as_ref()
    }

    /// Whether any number may be dialed.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Whether this number may be dialed.
    ///
    /// # Errors
    /// [`NotAllowed`] while the provider is not live and the number not on its list.
    pub fn permit(&self, number: &PhoneNumber) -> Result<(), NotAllowed> {
        if self.live || self.allow.contains(number) {
            return Ok(());
        }
        Err(NotAllowed { provider: self.name.clone(), number: number.clone() })
    }

    /// Waits for a token of the calls per second and spends it. One who stops waiting leaves the line.
    pub async fn token(&self) {
        let Ok(_front) = self.next_in_line.acquire().await else { return }; // it is never closed
        while let Err(at) = self.try_token() {
            sleep_until(self.epoch.instant(at)).await;
        }
    }

    fn try_token(&self) -> Result<(), Micros> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).take(self.epoch.micros())
    }

    /// Places a call for which a token was spent.
    ///
    /// # Errors
    /// [`DialError`]; a number that may not be dialed fails before any request.
    pub async fn dial(&self, request: &DialRequest) -> Result<Told<Accepted>, DialError> {
        self.permit(&request.to).map_err(|refused| DialError::Impossible(refused.to_string()))?;
        self.provider.dial(request).await
    }
}
