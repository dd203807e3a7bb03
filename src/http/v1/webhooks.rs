//! `POST /v1/webhooks/{provider}/{attempt}`: what providers report.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use voxgate_core::calls::{CallEnd, CallStatus, Happened, ProviderEvent};
use voxgate_core::model::{AnsweredBy, AttemptId};

use crate::calls::Undelivered;
use crate::clock;
use crate::http::Gateway;
use crate::http::input::read;
use crate::http::problem::{Code, Problem};
use crate::providers::{WebhookError, WebhookRequest};
use crate::store::{ProviderNote, StoreError};

/// Seconds after which a callback that was not taken may come again.
const AGAIN_S: u32 = 1;

/// Takes a provider's callback, signed in the provider's way.
#[utoipa::path(
    post, path = "/v1/webhooks/{provider}/{attempt}", tag = "webhooks", security(()),
    params(("provider" = String, Path, description = "A provider's name in the config"),
        ("attempt" = String, Path, description = "The attempt")),
    request_body(content = String, description = "As the provider writes it", content_type = "application/octet-stream"),
    responses((status = 204, description = "Taken, or known already"))
)]
pub(in crate::http) async fn receive(
    State(gateway): State<Arc<Gateway>>,
    Path((provider, attempt)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (events, body) = reported(&gateway, &provider, &attempt, request).await?;
    let attempt = AttemptId::new(attempt);
    let note = ProviderNote {
        attempt: attempt.clone(),
        provider: provider.clone(),
        received_at_ms: clock::unix_ms(),
        signed_at: None,
        reports: events.iter().map(|event| in_words(&event.happened)).collect::<Vec<_>>().join(", "),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    // A repetition is handed on too: it may come because the first was not taken, and states only move forward.
    let kept = gateway.store.note_provider_event(&note).await;
    if let Err(StoreError::NotFound { .. }) = kept {
        return Err(Problem::new(Code::UnknownAttempt, "there is no such attempt"));
    }
    // A call in progress goes on though the store takes nothing now; then the provider is asked to come again.
    let delivered = gateway.directory.deliver(&provider, &attempt, events);
    kept?;
    match delivered {
        // Whoever drives the attempt in another process, or will after a crash, asks the provider.
        Ok(()) | Err(Undelivered::Unknown) => Ok(StatusCode::NO_CONTENT),
        Err(Undelivered::Busy) => {
            tracing::warn!(provider, "an attempt does not take its callbacks");
            let problem = Problem::new(Code::Busy, "the attempt takes no more events now; try again");
            Err(problem.retry_after(AGAIN_S))
        }
    }
}

/// What a provider says, in the words of the model, whatever its own are.
fn in_words(happened: &Happened) -> String {
    match happened {
        Happened::AnsweredBy(AnsweredBy::Human) => "answered by a person".to_owned(),
        Happened::AnsweredBy(AnsweredBy::Machine) => "answered by a machine".to_owned(),
        Happened::AnsweredBy(AnsweredBy::Screening) => "answered by call screening".to_owned(),
        Happened::AnsweredBy(AnsweredBy::Fax) => "answered by a fax".to_owned(),
        Happened::AnsweredBy(AnsweredBy::Unknown) => "answered by somebody or something".to_owned(),
        Happened::Status(CallStatus::Queued) => "queued".to_owned(),
        Happened::Status(CallStatus::Dialing) => "dialing".to_owned(),
        Happened::Status(CallStatus::Ringing) => "ringing".to_owned(),
        Happened::Status(CallStatus::Answered) => "answered".to_owned(),
        Happened::Status(CallStatus::Unknown { raw }) => format!("unknown status {raw:?}"),
        Happened::Status(CallStatus::Ended(end)) => match end {
            CallEnd::Completed => "ended after an answer".to_owned(),
            CallEnd::Busy => "busy".to_owned(),
            CallEnd::NoAnswer => "no answer".to_owned(),
            CallEnd::Declined => "declined".to_owned(),
            CallEnd::Canceled => "canceled".to_owned(),
            CallEnd::Failed(code) => format!("failed: {code}"),
        },
    }
}

/// What is reported, and the body that reports it, by a provider whose signature is right.
async fn reported(
    gateway: &Gateway,
    provider: &str,
    attempt: &str,
    request: Request,
) -> Result<(Vec<ProviderEvent>, Bytes), Problem> {
    let Some(line) = gateway.providers.get(provider) else {
        return Err(Problem::new(Code::UnknownProvider, "no provider of this name is configured"));
    };
    let (head, body) = request.into_parts();
    let body = read(body, gateway.max_body).await?;
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", gateway.public_url);
    let callback = WebhookRequest { url: &url, headers: &head.headers, body: &body };
    let events = line.provider().parse_webhook(&callback).map_err(|error| refusal(&error, provider, attempt))?;
    Ok((events, body))
}

fn refusal(error: &WebhookError, provider: &str, attempt: &str) -> Problem {
    tracing::warn!(provider, attempt, %error, "a callback is turned away");
    let code = match error {
        WebhookError::Unsigned => Code::Unsigned,
        WebhookError::Forged => Code::Forged,
        WebhookError::Malformed(_) => Code::MalformedCallback,
    };
    Problem::new(code, error.to_string())
}
