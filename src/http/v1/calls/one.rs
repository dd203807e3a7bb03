//! `GET /v1/calls/{id}`: a call with what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use voxgate_core::model::{CallId, Disposition, FailureCode, Outcome};

use super::shape::Call;
use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::store::{AttemptRow, TaskFilter};

/// A call with what came of it.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CallWithOutcome {
    #[serde(flatten)]
    call: Call,
    /// What its last attempt that ended came to, after all revisions.
    #[schema(value_type = Option<String>, examples("completed"))]
    disposition: Option<Disposition>,
    /// Refines the disposition `failed`.
    #[schema(value_type = Option<String>)]
    failure_code: Option<FailureCode>,
    /// What was learned, as the script names it.
    dialog_result: Option<String>,
    /// Answers, by slot.
    answers: BTreeMap<String, String>,
    /// The recording of that attempt, where there is one.
    recording_id: Option<String>,
    /// The task that a person has with the call.
    manual_task_id: Option<String>,
}

/// A call with what came of it.
#[utoipa::path(
    get, path = "/v1/calls/{id}", tag = "calls", params(("id" = String, Path, description = "The call")),
    responses((status = 200, body = CallWithOutcome), (status = 404, description = "`unknown_call`"))
)]
pub(in crate::http) async fn one(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<CallWithOutcome>, Problem> {
    let id = CallId::new(id);
    let call = gateway.store.call(&id).await?;
    let attempts = gateway.store.attempts_of(&id).await?;
    let last = attempts.into_iter().rev().find_map(|row| Some(Ended { outcome: row.outcome.clone()?, row }));
    let manual_task_id = task(&gateway, &id).await?;
    let Some(last) = last else { return Ok(Json(CallWithOutcome::without(call.into(), manual_task_id))) };
    let answers = &last.outcome.answers;
    Ok(Json(CallWithOutcome {
        disposition: last.row.effective,
        failure_code: last.outcome.failure_code.filter(|_| last.row.effective == Some(Disposition::Failed)),
        dialog_result: last.dialog_result(&gateway).await?,
        answers: answers.iter().map(|(slot, answer)| (slot.clone(), answer.value.clone())).collect(),
        recording_id: gateway.store.recording_of(&last.row.id).await?.map(|row| row.id.to_string()),
        manual_task_id,
        call: call.into(),
    }))
}

/// An attempt that has ended.
struct Ended {
    row: AttemptRow,
    outcome: Outcome,
}

impl Ended {
    /// What was learned, by the last word on it.
    async fn dialog_result(&self, gateway: &Gateway) -> Result<Option<String>, Problem> {
        let revisions = gateway.store.revisions_of(&self.row.id).await?;
        let mut revised = revisions.into_iter().filter(|revision| !revision.flagged).filter_map(|r| r.dialog_result);
        Ok(revised.next_back().or_else(|| self.outcome.dialog_result.clone()))
    }
}

impl CallWithOutcome {
    fn without(call: Call, manual_task_id: Option<String>) -> Self {
        let (disposition, failure_code, dialog_result, recording_id) = (None, None, None, None);
        Self { call, disposition, failure_code, dialog_result, answers: BTreeMap::new(), recording_id, manual_task_id }
    }
}

async fn task(gateway: &Gateway, call: &CallId) -> Result<Option<String>, Problem> {
    let of_call = TaskFilter { call: Some(call.clone()), ..TaskFilter::default() };
    let tasks = gateway.store.tasks(&of_call, None, 1).await?;
    Ok(tasks.first().map(|task| task.id.to_string()))
}
