//! `POST /v1/manual-tasks/{id}/resolve`: a task is done.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;
use voxgate_core::model::Disposition;

use super::shape::Task;
use crate::clock;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::input::{ByName, Json};
use crate::http::problem::Problem;
use crate::store::{Resolution, TaskId, TelecallerId};

/// What came of a task.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Resolve {
    /// Who resolves it. Where it is left out: whoever has it.
    #[schema(value_type = Option<String>)]
    telecaller_id: Option<TelecallerId>,
    /// In a word or a few.
    #[schema(examples("reached"))]
    outcome: String,
    /// What the attempt's disposition is to be from now on: a revision of it.
    #[schema(value_type = Option<String>, examples("completed"))]
    disposition: Option<ByName<Disposition>>,
    /// For whoever reads it later.
    note: Option<String>,
}

/// Resolves a task that somebody works on, and revises the disposition where one is given.
#[utoipa::path(
    post, path = "/v1/manual-tasks/{id}/resolve", tag = "manual tasks",
    params(("id" = String, Path, description = "The task")), request_body = Resolve,
    responses((status = 200, body = Task), (status = 409, description = "`illegal_transition`, `task_of_another`"))
)]
pub(in crate::http) async fn resolve(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    caller: Caller,
    Json(done): Json<Resolve>,
) -> Result<Json<Task>, Problem> {
    let resolution = Resolution {
        outcome: done.outcome,
        note: done.note,
        disposition: done.disposition.map(|ByName(disposition)| disposition),
        actor: caller.actor(),
        now_ms: clock::unix_ms(),
    };
    let id = TaskId::new(id);
    Ok(Json(gateway.store.resolve_task(&id, done.telecaller_id.as_ref(), &resolution).await?.into()))
}
