//! Manual tasks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use voxgate_core::calls::{Priority, TaskReason, TaskState};
use voxgate_core::model::AttemptId;

use crate::http::time::at;
use crate::store::{TaskRow, TelecallerId};

/// Work for a person: a call that could not be completed.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Task {
    task_id: String,
    call_id: String,
    /// The attempt that it came of, where there was one.
    #[schema(value_type = Option<String>)]
    attempt_id: Option<AttemptId>,
    /// Why a person is needed.
    #[schema(value_type = String, examples("asked_for_person"))]
    reason: TaskReason,
    /// `low`, `normal`, `high`, `urgent`.
    #[schema(value_type = String, examples("high"))]
    priority: Priority,
    /// The queue that the script named.
    queue: Option<String>,
    /// Where it stands: `open`, `assigned`, `in_progress`, `resolved`, `canceled`.
    #[schema(value_type = String, examples("open"))]
    state: TaskState,
    /// Who has it.
    #[schema(value_type = Option<String>)]
    telecaller_id: Option<TelecallerId>,
    /// Until when it is theirs.
    lease_until: Option<Timestamp>,
    /// Not to be taken up before this.
    call_back_at: Option<Timestamp>,
    created_at: Timestamp,
    resolved_at: Option<Timestamp>,
    /// What came of it.
    outcome: Option<String>,
    /// What the telecaller wrote.
    note: Option<String>,
    /// What a person needs to know to go on: number, script, attempts, answers, last state, transcript, recording.
    #[schema(value_type = Object)]
    context: Value,
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Self {
        Self {
            task_id: row.id.to_string(),
            call_id: row.call.to_string(),
            attempt_id: row.attempt,
            reason: row.reason,
            priority: row.priority,
            queue: row.queue,
            state: row.state,
            telecaller_id: row.telecaller,
            lease_until: row.lease_until_ms.map(at),
            call_back_at: row.call_back_at_ms.map(at),
            created_at: at(row.created_at_ms),
            resolved_at: row.resolved_at_ms.map(at),
            outcome: row.outcome,
            note: row.note,
            context: row.context,
        }
    }
}
