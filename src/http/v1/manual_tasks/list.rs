//! `GET /v1/manual-tasks` and `GET /v1/manual-tasks/{id}`.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::IntoParams;
use voxgate_core::calls::TaskState;
use voxgate_core::model::CallId;

use super::shape::Task;
use crate::http::Gateway;
use crate::http::input::{Json, Query};
use crate::http::page::{Page, limit};
use crate::http::problem::Problem;
use crate::store::{TaskFilter, TaskId, TelecallerId};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Which {
    /// In this state. Where it is left out: those that are neither resolved nor canceled.
    #[param(value_type = Option<String>)]
    state: Option<TaskState>,
    /// In this queue.
    queue: Option<String>,
    /// Of this telecaller.
    #[param(value_type = Option<String>)]
    telecaller_id: Option<TelecallerId>,
    /// Of this call, in whatever state.
    #[param(value_type = Option<String>)]
    call_id: Option<CallId>,
    /// Items per page, 1 to 500.
    #[param(default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Tasks in the order in which they are to be worked off: the most urgent first, then the oldest.
#[utoipa::path(
    get, path = "/v1/manual-tasks", tag = "manual tasks", params(Which), responses((status = 200, body = Page<Task>))
)]
pub(in crate::http) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Query(which): Query<Which>,
) -> Result<Json<Page<Task>>, Problem> {
    let limit = limit(which.limit)?;
    let filter = TaskFilter {
        unfinished: which.state.is_none() && which.call_id.is_none(),
        state: which.state,
        queue: which.queue,
        telecaller: which.telecaller_id,
        call: which.call_id,
    };
    let cursor = which.cursor.map(TaskId::new);
    let rows = gateway.store.tasks(&filter, cursor.as_ref(), limit).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.to_string(), Task::from)))
}

/// A task.
#[utoipa::path(
    get, path = "/v1/manual-tasks/{id}", tag = "manual tasks", params(("id" = String, Path, description = "The task")),
    responses((status = 200, body = Task), (status = 404, description = "`unknown_task`"))
)]
pub(in crate::http) async fn one(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Task>, Problem> {
    Ok(Json(gateway.store.task(&TaskId::new(id)).await?.into()))
}
