//! `Idempotency-Key`: a request that comes again is answered as it was, and done once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use voxgate_core::model::sha256_hex;

use super::Gateway;
use super::access::Caller;
use super::input::read;
use super::problem::{Code, Problem};
use crate::clock;
use crate::store::{Idempotent, Reply};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key, in bytes.
const MOST: usize = 255;

/// Requests that are being answered now, by API key and Idempotency-Key.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight(Arc<Mutex<HashSet<(String, String)>>>);

/// The request, where it has an `Idempotency-Key`: for a handler that keeps its reply in the transaction that creates.
#[derive(Clone, Debug)]
pub(super) struct Repeatable(pub(super) Option<Idempotent>);

/// On a response: its reply is kept already.
#[derive(Clone)]
struct Kept;

/// Answers a POST that came before as it was answered then.
pub(super) async fn replay(
    State((gateway, in_flight)): State<(Arc<Gateway>, InFlight)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = request.extensions().get::<Caller>().cloned();
    let (Some(caller), Some(key), &Method::POST) = (caller, key(request.headers())?, request.method()) else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let body = read(body, gateway.max_body).await?;
    let once = Idempotent {
        key_id: caller.key.to_string(),
        key,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        body_sha256: sha256_hex(&body),
    };
    let _flight = in_flight.begin(&once)?;
    if let Some(reply) = gateway.store.reply_to(&once).await? {
        return Ok(replayed(reply));
    }
    parts.extensions.insert(Repeatable(Some(once.clone())));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(&gateway, &once, response).await
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MOST).contains(&key.len()));
    let wrong =
        || Problem::new(Code::MalformedRequest, format!("an Idempotency-Key has 1 to {MOST} characters of ASCII"));
    key.map(|key| Some(key.to_owned())).ok_or_else(wrong)
}

/// Keeps the reply of what may as well be done twice: whatever makes something keeps its reply where it makes it. What was
/// refused may come again under the same key, mended.
async fn keep(gateway: &Gateway, once: &Idempotent, response: Response) -> Result<Response, Problem> {
    if !response.status().is_success() || response.extensions().get::<Kept>().is_some() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Problem::defect)?;
    let reply = Reply { status: parts.status.as_u16(), body: String::from_utf8_lossy(&body).into_owned() };
    if let Err(error) = gateway.store.keep_reply(once, &reply, clock::unix_ms()).await {
        // It is done: to say otherwise would have it done again.
        tracing::error!(%error, "a reply is not kept: should its request come again, it will be done again");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// What is replied with this body.
pub(super) fn reply<T: Serialize>(status: StatusCode, body: &T) -> Reply {
    let body = serde_json::to_string(body).unwrap_or_default(); // texts, numbers and times alone
    Reply { status: status.as_u16(), body }
}

/// A reply that was kept, for the first time.
pub(super) fn answered(reply: Reply) -> Response {
    let mut response = response(reply);
    response.extensions_mut().insert(Kept);
    response
}

/// A reply to a request that came before.
pub(super) fn replayed(reply: Reply) -> Response {
    let mut response = answered(reply);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn response(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    (status, [(CONTENT_TYPE, "application/json")], reply.body).into_response()
}

impl InFlight {
    fn begin(&self, once: &Idempotent) -> Result<Flight, Problem> {
        let name = (once.key_id.clone(), once.key.clone());
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !flights.insert(name.clone()) {
            let detail = "a request with this Idempotency-Key is being answered now; wait for it, then ask again";
            return Err(Problem::new(Code::IdempotencyInFlight, detail).retry_after(1));
        }
        Ok(Flight { flights: self.clone(), name })
    }
}

/// One request that is being answered.
struct Flight {
    flights: InFlight,
    name: (String, String),
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Repeatable {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().cloned().unwrap_or(Self(None)))
    }
}
