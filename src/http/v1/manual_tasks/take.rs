//! `POST /v1/manual-tasks/take` and `POST /v1/manual-tasks/{id}/take`: a telecaller begins to work.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::Task;
use crate::clock;
use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::{Code, Problem};
use crate::store::{TakeTask, TaskId, TaskRow, TelecallerId};

/// Who begins to work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Take {
    /// The telecaller.
    #[schema(value_type = String)]
    telecaller_id: TelecallerId,
}

/// Who begins to work, and on what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TakeNext {
    /// The telecaller.
    #[schema(value_type = String)]
    telecaller_id: TelecallerId,
    /// Of this queue alone.
    queue: Option<String>,
}

/// What was taken.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Taken {
    /// Null: nothing waits.
    task: Option<Task>,
}

/// Takes what comes first: what is assigned to the telecaller already, then the most urgent that is open.
#[utoipa::path(
    post, path = "/v1/manual-tasks/take", tag = "manual tasks", request_body = TakeNext,
    responses((status = 200, body = Taken), (status = 409, description = "`telecaller_away`"))
)]
pub(in crate::http) async fn take_next(
    State(gateway): State<Arc<Gateway>>,
    Json(who): Json<TakeNext>,
) -> Result<Json<Taken>, Problem> {
    let task = begin(&gateway, who.telecaller_id, None, who.queue).await?;
    Ok(Json(Taken { task: task.map(Task::from) }))
}

/// Takes this task. To take it again keeps it for longer.
#[utoipa::path(
    post, path = "/v1/manual-tasks/{id}/take", tag = "manual tasks",
    params(("id" = String, Path, description = "The task")), request_body = Take,
    responses(
        (status = 200, body = Task),
        (status = 409, description = "`task_of_another`, `telecaller_away`, `illegal_transition`")
    )
)]
pub(in crate::http) async fn take(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    Json(who): Json<Take>,
) -> Result<Json<Task>, Problem> {
    let task = begin(&gateway, who.telecaller_id, Some(TaskId::new(id)), None).await?;
    task.map(|task| Json(task.into())).ok_or_else(|| Problem::new(Code::UnknownTask, "there is no such task"))
}

async fn begin(
    gateway: &Gateway,
    telecaller: TelecallerId,
    task: Option<TaskId>,
    queue: Option<String>,
) -> Result<Option<TaskRow>, Problem> {
    let now_ms = clock::unix_ms();
    let lease_ms = u64::try_from(gateway.task_lease.as_millis()).unwrap_or(u64::MAX);
    let take = TakeTask { telecaller, task, queue, lease_until_ms: now_ms.saturating_add(lease_ms), now_ms };
    Ok(gateway.store.take_task(&take).await?)
}
