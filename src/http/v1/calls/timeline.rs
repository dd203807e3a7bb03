//! `GET /v1/calls/{id}/timeline`: all that is stored of a call, in the order in which it happened.

use std::sync::Arc;

use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use voxgate_core::model::{AttemptId, CallId};

use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::http::time::at;
use crate::store::TimelineEntry;

/// Something that happened to a call.
#[derive(Serialize, ToSchema)]
struct Entry {
    at: Timestamp,
    /// In which attempt, where it was in one.
    #[schema(value_type = Option<String>)]
    attempt_id: Option<AttemptId>,
    /// `call`, `attempt`, `task`, `recording` (a move of one), `gate`, `request`, `provider_event`, `journal`, `revision`,
    /// `access`, `event`.
    kind: String,
    /// The rest, by kind. A move has `from`, `to`, `reason`, `actor`.
    #[schema(value_type = Object)]
    detail: Value,
}

/// All that happened to a call.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Timeline {
    /// The first thing first.
    items: Vec<Entry>,
}

/// All that is stored of a call, the first thing first.
#[utoipa::path(
    get, path = "/v1/calls/{id}/timeline", tag = "calls", params(("id" = String, Path, description = "The call")),
    responses((status = 200, body = Timeline), (status = 404, description = "`unknown_call`"))
)]
pub(in crate::http) async fn timeline(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Timeline>, Problem> {
    let entries = gateway.store.timeline(&CallId::new(id)).await?;
    Ok(Json(Timeline { items: entries.into_iter().map(Entry::from).collect() }))
}

impl From<TimelineEntry> for Entry {
    fn from(entry: TimelineEntry) -> Self {
        Self { at: at(entry.at_ms), attempt_id: entry.attempt_id, kind: entry.kind, detail: entry.detail }
    }
}
