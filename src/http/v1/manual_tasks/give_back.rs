//! `POST /v1/manual-tasks/{id}/give-back`: a task is left to others, or to later.

use std::sync::Arc;

use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shape::Task;
use crate::clock;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::http::time::ms;
use crate::store::{TaskId, TelecallerId};

/// Who leaves a task.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct GiveBack {
    /// Who leaves it. Where it is left out: whoever has it.
    #[schema(value_type = Option<String>)]
    telecaller_id: Option<TelecallerId>,
    /// Nobody is to take it up before this.
    call_back_at: Option<Timestamp>,
}

/// Gives a task back: it is open again.
#[utoipa::path(
    post, path = "/v1/manual-tasks/{id}/give-back", tag = "manual tasks",
    params(("id" = String, Path, description = "The task")), request_body = GiveBack,
    responses((status = 200, body = Task), (status = 409, description = "`illegal_transition`, `task_of_another`"))
)]
pub(in crate::http) async fn give_back(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    caller: Caller,
    Json(back): Json<GiveBack>,
) -> Result<Json<Task>, Problem> {
    let (id, actor, later) = (TaskId::new(id), caller.actor(), back.call_back_at.map(ms));
    let telecaller = back.telecaller_id.as_ref();
    Ok(Json(gateway.store.give_back_task(&id, telecaller, later, &actor, clock::unix_ms()).await?.into()))
}
