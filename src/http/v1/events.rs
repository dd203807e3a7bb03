//! `GET /v1/events`: lifecycle events as they come, as a stream of server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use futures_util::stream::unfold;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::sleep;
use utoipa::ToSchema;

use crate::http::Gateway;
use crate::http::problem::{Code, Problem};
use crate::http::time::at;
use crate::store::{EventRow, Store};

const LAST: HeaderName = HeaderName::from_static("last-event-id");
/// Between looks for new events.
const LOOK: Duration = Duration::from_millis(250);
/// Between looks while the store does not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Events that are read at once.
const BATCH: u32 = 100;

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
    responses((status = 200, description = "Server-sent events, whose data is", body = LifecycleEvent<'static>, content_type = "text/event-stream"))
)]
pub(in crate::http) async fn events(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let after = match headers.get(LAST) {
        Some(id) => place(id.as_bytes())?,
        None => gateway.store.last_event().await?,
    };
    let tail = Tail { store: gateway.store.clone(), stopping: gateway.stopping.clone(), after, read: VecDeque::new() };
    let stream = unfold(tail, |mut tail| async {
        let event = tail.next().await?;
        Some((Ok(event), tail))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

fn place(id: &[u8]) -> Result<u64, Problem> {
    let place = std::str::from_utf8(id).ok().and_then(|id| id.trim().parse().ok());
    place
        .ok_or_else(|| Problem::new(Code::MalformedRequest, "Last-Event-ID is the number that came as an event's `id`"))
}

/// The end of the list of events, as one listener has read it.
struct Tail {
    store: Store,
    stopping: watch::Receiver<bool>,
    after: u64,
    read: VecDeque<EventRow>,
}

impl Tail {
    /// The next event; `None` when the gateway stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(row) = self.read.pop_front() {
                self.after = row.seq;
                return Some(written(&row));
            }
            let pause = match self.store.events_after(self.after, BATCH).await {
                Ok(rows) if rows.is_empty() => LOOK,
                Ok(rows) => {
                    self.read = rows.into();
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, "events cannot be read; their listener waits");
                    LOOK_AGAIN
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            }
        }
    }
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
