//! The provider's REST interface: forms in, JSON out.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, Response, redirect};
use serde::Deserialize;
use url::{Host, Url};

use super::super::{BuildError, Refusal};
use crate::clock;
use crate::config::Secret;

/// For a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes. A page of 20 calls takes about 30 KB.
const MAX_ANSWER: usize = 256 * 1024;
/// Longer requests to wait are cut to this.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// Speaks to one account. Connections are kept and used again.
pub(super) struct Rest {
    client: Client,
    calls: Url,
    account_sid: String,
    auth_token: Secret,
}

/// How a request failed.
#[derive(Debug)]
pub(super) enum RestError {
    /// It provably never reached the provider.
    NotSent(String),
    /// It may have reached the provider; no answer that makes sense came back.
    Lost(String),
    /// The provider answered with something other than success.
    Answered { refusal: Refusal, retry_after: Option<Duration> },
}

/// What a request brought.
#[derive(Debug)]
pub(super) struct Success<T> {
    pub(super) body: T,
    pub(super) http_status: u16,
}

/// What we read of a call.
#[derive(Debug, Deserialize)]
pub(super) struct CallResource {
    pub(super) sid: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) direction: Option<String>,
    #[serde(default)]
    pub(super) date_created: Option<String>,
    #[serde(default)]
    pub(super) start_time: Option<String>,
}

/// What we read of a list of calls.
#[derive(Debug, Deserialize)]
pub(super) struct CallPage {
    pub(super) calls: Vec<CallResource>,
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    code: Option<u32>,
    message: Option<String>,
}

impl Rest {
    /// `timeout` is for an answer to be there in full.
    pub(super) fn new(
        base: &Url,
        account_sid: String,
        auth_token: Secret,
        timeout: Duration,
    ) -> Result<Self, BuildError> {
        let mut calls = base.clone();
        calls
            .path_segments_mut()
            .map_err(|()| BuildError::new("base_url", "cannot be the beginning of an address"))?
            .pop_if_empty()
            .extend(["2010-04-01", "Accounts", &account_sid]);
        // Whoever came first decided on the TLS provider; there is only one in this program.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .redirect(redirect::Policy::none())
            .tcp_nodelay(true)
            .user_agent(concat!("voxgate/", env!("CARGO_PKG_VERSION")));
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| BuildError::new("base_url", error.to_string()))?;
        Ok(Self { client, calls, account_sid, auth_token })
    }

    /// Sends a form to `Calls.json`, or to one call.
    pub(super) async fn post(
        &self,
        call: Option<&str>,
        form: &[(&str, String)],
    ) -> Result<Success<CallResource>, RestError> {
        let request = self.client.request(Method::POST, self.address(call)).form(form);
        self.send(request).await
    }

    /// Fetches one call.
    pub(super) async fn fetch(&self, call: &str) -> Result<Success<CallResource>, RestError> {
        self.send(self.client.request(Method::GET, self.address(Some(call)))).await
    }

    /// Lists calls.
    pub(super) async fn list(&self, filter: &[(&str, String)]) -> Result<Success<CallPage>, RestError> {
        let mut address = self.address(None);
        address.query_pairs_mut().extend_pairs(filter);
        self.send(self.client.request(Method::GET, address)).await
    }

    fn address(&self, call: Option<&str>) -> Url {
        let mut address = self.calls.clone();
        // `new` has shown that it has a path.
        if let Ok(mut path) = address.path_segments_mut() {
            match call {
                Some(id) => path.extend(["Calls", &format!("{id}.json")]),
                None => path.push("Calls.json"),
            };
        }
        address
    }

    async fn send<T>(&self, request: reqwest::RequestBuilder) -> Result<Success<T>, RestError>
    where
        T: for<'de> Deserialize<'de>,
    {
        let request = request.basic_auth(&self.account_sid, Some(self.auth_token.reveal()));
        let answer = request.send().await.map_err(RestError::unsent)?;
        let status = answer.status();
        let headers = answer.headers().clone();
        let body = match body(answer).await {
            Ok(body) => body,
            Err(_) if !status.is_success() => Vec::new(),
            Err(lost) => return Err(lost),
        };
        if !status.is_success() {
            let ErrorBody { code, message } = serde_json::from_slice(&body).unwrap_or_default();
            let refusal = Refusal::new(status.as_u16(), code, &message.unwrap_or_default());
            return Err(RestError::Answered { refusal, retry_after: retry_after(&headers, clock::unix_ms()) });
        }
        match serde_json::from_slice(&body) {
            Ok(body) => Ok(Success { body, http_status: status.as_u16() }),
            Err(error) => Err(RestError::Lost(format!("the answer makes no sense: {error}"))),
        }
    }
}

impl RestError {
    fn unsent(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let what = causes(&error);
        if error.is_connect() || error.is_builder() { Self::NotSent(what) } else { Self::Lost(what) }
    }
}

async fn body(mut answer: Response) -> Result<Vec<u8>, RestError> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(RestError::Lost(format!("the answer is longer than {MAX_ANSWER} bytes"))),
            Ok(None) => return Ok(body),
            Err(error) => return Err(RestError::Lost(causes(&error.without_url()))),
        }
    }
}

/// An error with its causes: the outermost alone says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Seconds or a date, RFC 9110 section 10.2.3.
fn retry_after(headers: &HeaderMap, now_unix_ms: u64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => Duration::from_millis(unix_ms(text)?.saturating_sub(now_unix_ms)),
    };
    Some(wait.min(MAX_WAIT))
}

/// A date of RFC 2822 in UTC or of RFC 9110, in ms since 1970.
pub(super) fn unix_ms(date: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(&date.replace("+0000", "GMT")).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_as_seconds_and_as_dates() {
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, 784_111_777_000)
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:40 GMT"), Some(Duration::from_secs(3)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:30 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("99999999"), Some(MAX_WAIT));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn dates_of_calls_are_read() {
        assert_eq!(unix_ms("Sun, 06 Nov 1994 08:49:37 +0000"), Some(784_111_777_000));
        assert_eq!(unix_ms("yesterday"), None);
    }
}
