//! `POST /v1/webhooks/{provider}/{attempt}`: what providers report.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use voxgate_core::model::AttemptId;

use super::Gateway;
use super::problem::problem;
use crate::calls::Undelivered;
use crate::providers::{WebhookError, WebhookRequest};

/// The longest body that is read, in bytes. A callback takes about 1 KB.
const MAX_BODY: usize = 64 * 1024;
/// For a body to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn receive(
    State(gateway): State<Arc<Gateway>>,
    Path((provider, attempt)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(line) = gateway.providers.get(&provider) else {
        return problem(StatusCode::NOT_FOUND, "unknown_provider", "no provider of this name is configured");
    };
    let (head, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let path = head.uri.path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", gateway.public_url);
    let callback = WebhookRequest { url: &url, headers: &head.headers, body: &body };
    let events = match line.provider().parse_webhook(&callback) {
        Ok(events) => events,
        Err(error) => return refuse(&error, &provider, &attempt),
    };
    match gateway.directory.deliver(&provider, &AttemptId::new(attempt), events) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Undelivered::Unknown) => problem(StatusCode::NOT_FOUND, "unknown_attempt", "there is no such attempt"),
        Err(Undelivered::Busy) => {
            tracing::warn!(provider, "an attempt does not take its callbacks");
            problem(StatusCode::SERVICE_UNAVAILABLE, "busy", "the attempt takes no more events now; try again")
        }
    }
}

async fn read(body: axum::body::Body) -> Result<Bytes, Response> {
    match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is longer than 65536 bytes or broke off",
        )),
        Err(_) => Err(problem(StatusCode::REQUEST_TIMEOUT, "body_timeout", "the body did not arrive within 5 s")),
    }
}

fn refuse(error: &WebhookError, provider: &str, attempt: &str) -> Response {
    tracing::warn!(provider, attempt, %error, "a callback is turned away");
    match error {
        WebhookError::Unsigned => problem(StatusCode::FORBIDDEN, "unsigned", &error.to_string()),
        WebhookError::Forged => problem(StatusCode::FORBIDDEN, "forged", &error.to_string()),
        WebhookError::Malformed(_) => problem(StatusCode::BAD_REQUEST, "malformed", &error.to_string()),
    }
}
