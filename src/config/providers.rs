//! Sections `providers.<name>`.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;
use voxgate_core::model::PhoneNumber;

use super::section::{Finding, section};
use super::{Retry, Secret};
use crate::providers::kinds;

section! {
    /// Whoever places calls: one section for each account.
    pub struct Provider {
        /// Which provider it is, by its name in this program.
        kind: String = String::new(),
        /// Where its API is. Default: the provider's own.
        base_url: Option<Url> = None,
        /// The account's name at the provider.
        account_sid: Option<String> = None,
        /// The account's secret: it authorises requests and signs callbacks. Better in the environment or in a file.
        auth_token: Option<Secret> = None,
        /// A file that holds the secret, instead of `auth_token`.
        auth_token_file: Option<PathBuf> = None,
        /// The number that calls come from.
        from: Option<PhoneNumber> = None,
        /// Dials a second that the account allows; a fraction is fine.
        calls_per_second: f64 = 1.0,
        /// Calls that may be under way at once through this provider. Default: as many as `limits.sessions` allows.
        sessions: Option<u32> = None,
        /// For an answer to be there in full, in seconds, 1 to 120; then nobody knows what became of the request.
        request_timeout: Duration = Duration::from_secs(10),
        /// Repetitions of a request to this provider, in place of `retry.max_retries`.
        max_retries: Option<u32> = None,
        /// Before the first of them, in seconds, in place of `retry.initial_delay`.
        initial_delay: Option<Duration> = None,
        /// How the waits grow, in place of `retry.backoff_factor`.
        backoff_factor: Option<f64> = None,
        /// Whether any number may be dialed. Until then only those on `allow`.
        live: bool = false,
        /// Numbers that may be dialed while `live` is false.
        allow: Vec<PhoneNumber> = Vec::new(),
    }
}

impl Provider {
    /// The account's secret, from wherever the config says.
    ///
    /// # Errors
    /// When its file cannot be read or is empty, or nothing says where it is.
    pub fn secret(&self) -> Result<Secret, String> {
        let path = match (&self.auth_token, &self.auth_token_file) {
            (Some(secret), _) => return Ok(secret.clone()),
            (None, Some(path)) => path,
            (None, None) => return Err("auth_token is missing".to_owned()),
        };
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        match text.trim() {
            "" => Err(format!("{} is empty", path.display())),
            secret => Ok(Secret::new(secret.to_owned())),
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !kinds().any(|kind| kind == self.kind) {
            let known: Vec<_> = kinds().collect();
            let wrong = if self.kind.is_empty() {
                "is missing".to_owned()
            } else {
                format!("\"{}\" is no provider", self.kind)
            };
            findings.push(("kind", format!("{wrong}; choose one of: {}", known.join(", "))));
        }
        if self.account_sid.as_ref().is_none_or(|sid| sid.is_empty() || !sid.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            findings.push(("account_sid", "is missing or has other than letters and digits".to_owned()));
        }
        if self.from.is_none() {
            findings.push(("from", "is missing: the number that calls come from, as in \"+12065550100\"".to_owned()));
        }
        match (&self.auth_token, &self.auth_token_file) {
            (Some(_), Some(_)) => findings.push(("auth_token", "set either this or auth_token_file".to_owned())),
            (None, None) => findings.push((
                "auth_token",
                "is missing: set it in the environment, or auth_token_file to a file that holds it".to_owned(),
            )),
            (Some(_), None) | (None, Some(_)) => {}
        }
        if self.base_url.as_ref().is_some_and(|url| !matches!(url.scheme(), "http" | "https")) {
            findings.push(("base_url", "must begin with http:// or https://".to_owned()));
        }
        if !(0.01..=1000.0).contains(&self.calls_per_second) {
            findings.push(("calls_per_second", format!("{} is not within 0.01 to 1000", self.calls_per_second)));
        }
        if self.sessions == Some(0) {
            findings.push(("sessions", "0 would hold back every call: allow at least 1, or leave it out".to_owned()));
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(120)).contains(&self.request_timeout) {
            let text = format!("{} s is not within 1 to 120 s", self.request_timeout.as_secs_f64());
            findings.push(("request_timeout", text));
        }
        findings.extend(self.own_retry().findings());
        findings
    }

    /// What this provider says of retries itself, the rest sound.
    fn own_retry(&self) -> Retry {
        let Retry { max_retries, initial_delay, backoff_factor } = Retry::default();
        Retry {
            max_retries: self.max_retries.unwrap_or(max_retries),
            initial_delay: self.initial_delay.unwrap_or(initial_delay),
            backoff_factor: self.backoff_factor.unwrap_or(backoff_factor),
        }
    }
}
