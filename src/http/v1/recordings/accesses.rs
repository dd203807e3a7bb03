//! `GET /v1/recordings/{id}/accesses`: who touched a recording.

use std::sync::Arc;

use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::store::{Access, RecordingId};

/// One access to a recording.
#[derive(Serialize, ToSchema)]
struct Accessed {
    at: Timestamp,
    /// The API key that asked.
    key_id: String,
    /// `fetch`.
    action: String,
    /// `served`, or why not.
    outcome: String,
    /// The bytes that were asked for.
    detail: Option<String>,
}

/// Every access to a recording.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Accesses {
    /// The first one first.
    items: Vec<Accessed>,
}

/// Who touched a recording, and when. Nothing is ever taken off this list.
#[utoipa::path(
    get, path = "/v1/recordings/{id}/accesses", tag = "recordings",
    params(("id" = String, Path, description = "The recording")),
    responses((status = 200, body = Accesses), (status = 404, description = "`unknown_recording`"))
)]
pub(in crate::http) async fn accesses(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Accesses>, Problem> {
    let recording = gateway.store.recording(&RecordingId::new(id)).await?;
    let rows = gateway.store.accesses_of(&recording.id).await?;
    Ok(Json(Accesses { items: rows.into_iter().map(Accessed::from).collect() }))
}

impl From<Access> for Accessed {
    fn from(access: Access) -> Self {
        Self {
            at: crate::http::time::at(access.at_ms),
            key_id: access.key.to_string(),
            action: access.action,
            outcome: access.outcome,
            detail: access.detail,
        }
    }
}
