//! What is logged when a provider does not do what it was asked.

use std::fmt;

use crate::metrics::Operation;
use crate::providers::{DialError, Refusal, RequestError};

/// Where `[RETRY]` lines come from: the plain console knows them by this.
pub(super) const RETRY: &str = "voxgate::retry";

/// A request that failed. One record, whose fields others rely on: `service`, `operation`, `status`, `type`,
/// `error_type`, `http_status`, `provider_error_code`, `retries`, `circuit_state`, beside the line's own `timestamp` and
/// `message`. The call and the attempt stand in the span.
#[derive(Clone, Copy, Debug)]
pub struct ProviderFailure<'a> {
    /// The provider's name in the config.
    pub service: &'a str,
    /// What it was asked.
    pub operation: Operation,
    /// Whether it may work later.
    pub transient: bool,
    /// What kind of failure, from a closed list.
    pub error_type: &'static str,
    /// The status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// The provider's own code for the reason, if it gave one.
    pub provider_error_code: Option<u32>,
    /// How often the request had been repeated.
    pub retries: u32,
    /// Where the breaker of this provider stands.
    pub circuit_state: &'static str,
}

/// Without a breaker every circuit is closed.
const NO_BREAKER: &str = "closed";

impl<'a> ProviderFailure<'a> {
    /// A dial that brought no call that we know of, after so many repetitions.
    #[must_use]
    pub fn of_dial(service: &'a str, retries: u32, error: &DialError) -> Self {
        let busy = matches!(error, DialError::RateLimited { .. });
        let transient = match error {
            DialError::NotSent(_) | DialError::RateLimited { .. } | DialError::Unknown(_) => true,
            DialError::Refused { .. } | DialError::Impossible(_) => false,
        };
        Self {
            transient,
            error_type: error.answer().as_str(),
            http_status: error.refusal().map(|refusal| refusal.http_status).or(busy.then_some(429)),
            retries,
            ..Self::bare(service, Operation::Dial, error.refusal())
        }
    }

    /// Another request that brought nothing. It is not repeated as such: the call is asked about again later.
    #[must_use]
    pub fn of_request(service: &'a str, operation: Operation, error: &RequestError) -> Self {
        Self {
            transient: !matches!(error, RequestError::UnknownCall),
            error_type: error.answer().as_str(),
            ..Self::bare(service, operation, error.refusal())
        }
    }

    fn bare(service: &'a str, operation: Operation, refusal: Option<&Refusal>) -> Self {
        Self {
            service,
            operation,
            transient: true,
            error_type: "",
            http_status: refusal.map(|refusal| refusal.http_status),
            provider_error_code: refusal.and_then(|refusal| refusal.code),
            retries: 0,
            circuit_state: NO_BREAKER,
        }
    }

    /// Logs it. What the provider said must be without numbers and secrets.
    pub fn log(&self, said: &dyn fmt::Display) {
        let Self { service, operation, retries, circuit_state, error_type, .. } = *self;
        tracing::warn!(
            service,
            operation = operation.as_str(),
            status = "failed",
            "type" = if self.transient { "transient" } else { "permanent" },
            error_type,
            http_status = self.http_status,
            provider_error_code = self.provider_error_code,
            retries,
            circuit_state,
            "{said}"
        );
    }
}

/// A request to a provider is about to be repeated; `retry` counts from 1.
pub fn retrying(service: &str, operation: Operation, retry: u32) {
    tracing::info!(
        target: RETRY,
        service,
        operation = operation.as_str(),
        status = "retrying",
        "type" = "transient",
        retries = retry,
        "a request is repeated"
    );
}
