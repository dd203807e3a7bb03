//! `GET /v1/events`: lifecycle events as they come, as a stream of server-sent events.

mod feed;

use std::convert::Infallible;

use axum::Extension;
use axum::http::{HeaderMap, HeaderName};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream::unfold;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub(in crate::http) use self::feed::Feed;
use crate::http::problem::{Code, Problem};
use crate::http::time::at;
use crate::store::EventRow;

const LAST: HeaderName = HeaderName::from_static("last-event-id");

/// A lifecycle event.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct LifecycleEvent<'a> {
    /// Its name for good, whoever is told and however often.
    event_id: &'a str,
    /// What happened.
    #[schema(examples("voice_ai_call_completed"))]
    event: &'a str,
    at: Timestamp,
    call_id: &'a str,
    attempt_id: Option<&'a str>,
    /// More of it.
    #[schema(value_type = Object)]
    data: &'a Map<String, Value>,
}

/// Lifecycle events as they come. A stream that broke goes on after `Last-Event-ID`; one without it begins now.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<u64>, Header, description = "The last `id` that was received; 0: from the first event")),
    responses(
        (status = 200, description = "Server-sent events, whose data is", body = LifecycleEvent<'static>, content_type = "text/event-stream"),
        (status = 503, description = "`busy`: too many listen already")
    )
)]
pub(in crate::http) async fn events(
    Extension(feed): Extension<Feed>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let after = headers.get(LAST).map(|id| place(id.as_bytes())).transpose()?;
    let stream = unfold(feed.follow(after).await?, |mut listener| async {
        let row = listener.next().await?;
        Some((Ok(written(&row)), listener))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

fn place(id: &[u8]) -> Result<u64, Problem> {
    let place = std::str::from_utf8(id).ok().and_then(|id| id.trim().parse().ok());
    place
        .ok_or_else(|| Problem::new(Code::MalformedRequest, "Last-Event-ID is the number that came as an event's `id`"))
}

fn written(row: &EventRow) -> Event {
    let event = LifecycleEvent {
        event_id: &row.id,
        event: row.name.as_str(),
        at: at(row.at_ms),
        call_id: row.call.as_str(),
        attempt_id: row.attempt.as_ref().map(voxgate_core::model::AttemptId::as_str),
        data: &row.body,
    };
    let data = serde_json::to_string(&event).unwrap_or_default(); // texts and JSON alone
    Event::default().id(row.seq.to_string()).event(row.name.as_str()).data(data)
}
