//! `GET /v1/recordings/{id}` and `GET /v1/calls/{id}/recording`: what is known of a recording.

use std::sync::Arc;

use axum::extract::{Path, State};
use voxgate_core::model::CallId;

use super::shape::Recording;
use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::{Code, Problem};
use crate::store::RecordingId;

/// What is known of a recording.
#[utoipa::path(
    get, path = "/v1/recordings/{id}", tag = "recordings", params(("id" = String, Path, description = "The recording")),
    responses((status = 200, body = Recording), (status = 404, description = "`unknown_recording`"))
)]
pub(in crate::http) async fn one(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Recording>, Problem> {
    Ok(Json(gateway.store.recording(&RecordingId::new(id)).await?.into()))
}

/// What is known of a call's last recording.
#[utoipa::path(
    get, path = "/v1/calls/{id}/recording", tag = "recordings", params(("id" = String, Path, description = "The call")),
    responses((status = 200, body = Recording), (status = 404, description = "`unknown_call`, `not_recorded`"))
)]
pub(in crate::http) async fn of_call(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Recording>, Problem> {
    let call = gateway.store.call(&CallId::new(id)).await?;
    for attempt in gateway.store.attempts_of(&call.id).await?.iter().rev() {
        if let Some(row) = gateway.store.recording_of(&attempt.id).await? {
            return Ok(Json(row.into()));
        }
    }
    Err(Problem::new(Code::NotRecorded, "no attempt of this call was recorded"))
}
