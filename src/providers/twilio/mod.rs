//! Twilio Programmable Voice with Media Streams.
//!
//! A dial carries its document inline, so nothing has to be fetched from us: the call's media connects to us with the
//! attempt's name and secret. Who answered is detected beside the conversation and reported by callback.

mod rest;
mod signature;
mod status;
mod twiml;
mod webhook;

use std::fmt;

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use url::Url;
use voxgate_core::calls::{Accepted, CallStatus, ProviderEvent};
use voxgate_core::model::PhoneNumber;

use self::rest::{CallResource, Rest, RestError, Success, unix_ms};
use self::signature::{Form, Verifier};
use self::status::{Cause, call_status, is_rate_limit, refused_dial};
use super::{
    BuildError, Capabilities, DialError, DialRequest, LostDial, Provider, RequestError, Told, WebhookError,
    WebhookRequest,
};
use crate::config;

/// Where the real service is.
const BASE_URL: &str = "https://api.twilio.com";
/// The call is not in a state for what was asked.
const WRONG_STATE: u32 = 21_220;
/// How much earlier than our dial the provider's clock may date it, in ms.
const CLOCK_SKEW_MS: u64 = 30_000;

/// One account.
pub(super) struct Twilio {
    rest: Rest,
    verifier: Verifier,
    from: PhoneNumber,
}

/// Builds an account from its section. Touches no network.
pub(super) fn build(section: &config::Provider) -> Result<Box<dyn Provider>, BuildError> {
    let missing = |key: &str| BuildError::new(key, "is missing");
    let account_sid = section.account_sid.clone().ok_or_else(|| missing("account_sid"))?;
    let from = section.from.clone().ok_or_else(|| missing("from"))?;
    let auth_token = section.secret().map_err(|what| BuildError::new("auth_token", what))?;
    let base = match &section.base_url {
        Some(url) => url.clone(),
        None => Url::parse(BASE_URL).map_err(|error| BuildError::new("base_url", error.to_string()))?,
    };
    let verifier = Verifier::new(auth_token.reveal());
    let rest = Rest::new(&base, account_sid, auth_token, section.request_timeout)?;
    Ok(Box::new(Twilio { rest, verifier, from }))
}

impl Twilio {
    fn dial_form(&self, request: &DialRequest) -> Result<Vec<(&'static str, String)>, DialError> {
        let callback = &request.callback_url;
        let mut form = vec![
            ("To", request.to.to_string()),
            ("From", self.from.to_string()),
            ("Twiml", twiml::connect(request)?),
            ("Timeout", request.ring_timeout.as_secs().clamp(1, 600).to_string()),
            ("TimeLimit", request.max_duration.as_secs().max(1).to_string()),
            ("MachineDetection", "DetectMessageEnd".to_owned()),
            ("AsyncAmd", "true".to_owned()),
            ("AsyncAmdStatusCallback", callback.clone()),
            ("AsyncAmdStatusCallbackMethod", "POST".to_owned()),
            ("StatusCallback", callback.clone()),
            ("StatusCallbackMethod", "POST".to_owned()),
        ];
        for event in ["initiated", "ringing", "answered", "completed"] {
            form.push(("StatusCallbackEvent", event.to_owned()));
        }
        Ok(form)
    }

    async fn place(&self, request: &DialRequest) -> Result<Told<Accepted>, DialError> {
        let form = self.dial_form(request)?;
        let Success { body, http_status } = self.rest.post(None, &form).await.map_err(dial_error)?;
        Ok(Told { raw: body.status.clone(), http_status, what: accepted(body) })
    }

    async fn look_for(&self, lost: &LostDial) -> Result<Told<Vec<Accepted>>, RequestError> {
        let filter = [("To", lost.to.to_string()), ("From", self.from.to_string()), ("PageSize", "20".to_owned())];
        let Success { body: page, http_status } = self.rest.list(&filter).await.map_err(request_error)?;
        let since = lost.sent_unix_ms.saturating_sub(CLOCK_SKEW_MS);
        let found: Vec<_> = page.calls.into_iter().filter(|call| may_be_ours(call, since)).map(accepted).collect();
        Ok(Told { raw: format!("{} found", found.len()), http_status, what: found })
    }

    async fn end(&self, id: &str, answered: bool) -> Result<Told<CallStatus>, RequestError> {
        let status = if answered { "completed" } else { "canceled" };
        match self.rest.post(Some(id), &[("Status", status.to_owned())]).await {
            Ok(call) => Ok(standing(call)),
            // It ended by itself while we asked, as a rule: where it stands now decides.
            Err(RestError::Answered { refusal, .. }) if refusal.code == Some(WRONG_STATE) => self.stands(id).await,
            Err(error) => Err(request_error(error)),
        }
    }

    async fn stands(&self, id: &str) -> Result<Told<CallStatus>, RequestError> {
        self.rest.fetch(id).await.map(standing).map_err(request_error)
    }
}

impl Provider for Twilio {
    fn capabilities(&self) -> Capabilities {
        Capabilities { dialect: "twilio", detects_machines: true }
    }

    fn dial<'a>(&'a self, request: &'a DialRequest) -> BoxFuture<'a, Result<Told<Accepted>, DialError>> {
        Box::pin(self.place(request))
    }

    fn status<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Told<CallStatus>, RequestError>> {
        Box::pin(self.stands(id))
    }

    fn find<'a>(&'a self, lost: &'a LostDial) -> BoxFuture<'a, Result<Told<Vec<Accepted>>, RequestError>> {
        Box::pin(self.look_for(lost))
    }

    fn hang_up<'a>(&'a self, id: &'a str, answered: bool) -> BoxFuture<'a, Result<Told<CallStatus>, RequestError>> {
        Box::pin(self.end(id, answered))
    }

    fn parse_webhook(&self, request: &WebhookRequest<'_>) -> Result<Vec<ProviderEvent>, WebhookError> {
        webhook::parse(&self.verifier, request)
    }

    fn check_handshake(&self, url: &str, headers: &HeaderMap) -> bool {
        // The signature is over the wss:// form, whatever a proxy makes of the connection on its way to us.
        let signed = url.strip_prefix("ws://").map_or_else(|| url.to_owned(), |rest| format!("wss://{rest}"));
        webhook::signature(headers)
            .is_some_and(|signature| self.verifier.form_is_signed(&signed, &Form::new(), signature))
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio").field("from", &self.from).finish_non_exhaustive()
    }
}

fn accepted(call: CallResource) -> Accepted {
    Accepted { status: call_status(&call.status, Cause::default()), provider_call_id: call.sid }
}

fn standing(Success { body, http_status }: Success<CallResource>) -> Told<CallStatus> {
    Told { what: call_status(&body.status, Cause::default()), raw: body.status, http_status }
}

/// A call that has no date yet has only just begun.
fn may_be_ours(call: &CallResource, since_unix_ms: u64) -> bool {
    let began = call.date_created.as_deref().or(call.start_time.as_deref()).and_then(unix_ms);
    call.direction.as_deref().is_none_or(|direction| direction == "outbound-api")
        && began.is_none_or(|began| began >= since_unix_ms)
}

/// Beyond a provable "no", a dial may have brought a call: that holds for faults of the provider too, for it knows no
/// idempotency key.
fn dial_error(error: RestError) -> DialError {
    match error {
        RestError::NotSent(what) => DialError::NotSent(what),
        RestError::Lost(what) => DialError::Unknown(what),
        RestError::Answered { refusal, retry_after } => match refusal.http_status {
            status if is_rate_limit(status, refusal.code) => DialError::RateLimited { retry_after },
            408 | 425 => DialError::Unknown(refusal.to_string()),
            status @ 400..=499 => DialError::Refused { code: refused_dial(status, refusal.code), refusal },
            _ => DialError::Unknown(refusal.to_string()),
        },
    }
}

fn request_error(error: RestError) -> RequestError {
    match error {
        RestError::NotSent(what) | RestError::Lost(what) => RequestError::Lost(what),
        RestError::Answered { refusal, .. } if refusal.http_status == 404 || refusal.code == Some(20404) => {
            RequestError::UnknownCall
        }
        RestError::Answered { refusal, retry_after } => RequestError::Refused { refusal, retry_after },
    }
}
