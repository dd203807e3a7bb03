//! What became of a call, as a report has it: a view of its rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use voxgate_core::model::{AnsweredBy, AttemptId, CallId, Disposition, FailureCode, Outcome};

use crate::store::{AttemptRow, CallRow, Store, StoreError, TaskFilter};

/// What one attempt came to, and what its call has come to by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Whose attempt.
    pub call_id: CallId,
    /// Which attempt.
    pub attempt_id: AttemptId,
    /// The number that was called, as the order had it.
    pub to: String,
    /// The script's name.
    pub dialplan: String,
    /// From the closed list.
    pub disposition: Disposition,
    /// Set exactly when the disposition is `failed`.
    pub failure_code: Option<FailureCode>,
    /// What was learned, as the script names it.
    pub dialog_result: Option<String>,
    /// Values by slot.
    pub answers: BTreeMap<String, String>,
    /// Who answered, if anybody did.
    pub answered_by: Option<AnsweredBy>,
    /// Whether a message was left on a machine.
    pub message_left: bool,
    /// Attempts of the call so far, this one included.
    pub attempts: u32,
    /// The recording's file, below the recordings' folder, if there is one.
    pub recording: Option<String>,
    /// Whether the recording lacks something.
    pub recording_incomplete: bool,
    /// The queue of people that the script sends the call to.
    pub queue: Option<String>,
    /// The task of the manual queue that came of it.
    pub manual_task_id: Option<String>,
    /// When it ended, in ms since 1970.
    pub ended_at_ms: u64,
}

impl AttemptRecord {
    /// The last attempt of a call that has its outcome; None where none has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_of(store: &Store, call: &CallRow) -> Result<Option<Self>, StoreError> {
        let attempts = store.attempts_of(&call.id).await?;
        let Some(last) = attempts.iter().rfind(|attempt| attempt.outcome.is_some()) else { return Ok(None) };
        let recording = store.recording_of(&last.id).await?;
        let filter = TaskFilter { call: Some(call.id.clone()), ..TaskFilter::default() };
        let tasks = store.tasks(&filter, None, 10).await?;
        let task = tasks.iter().find(|task| task.attempt.as_ref() == Some(&last.id));
        let mut record = Self::bare(call, last);
        record.recording_incomplete = recording.as_ref().is_some_and(|recording| recording.incomplete);
        record.recording = recording.map(|recording| recording.path);
        record.manual_task_id = task.map(|task| task.id.to_string());
        Ok(Some(record))
    }

    fn bare(call: &CallRow, attempt: &AttemptRow) -> Self {
        let outcome = attempt.outcome.clone().unwrap_or_else(|| Outcome::failed(FailureCode::InternalError));
        let Outcome { disposition, failure_code, dialog_result, answers, answered_by, queue, message_left } = outcome;
        Self {
            call_id: call.id.clone(),
            attempt_id: attempt.id.clone(),
            to: call.order.to.clone(),
            dialplan: call.order.dialplan.clone(),
            disposition,
            failure_code,
            dialog_result,
            answers: answers.into_iter().map(|(slot, answer)| (slot, answer.value)).collect(),
            answered_by,
            message_left,
            attempts: attempt.number_of_call,
            recording: None,
            recording_incomplete: false,
            queue,
            manual_task_id: None,
            ended_at_ms: attempt.ended_at_ms.unwrap_or_default(),
        }
    }
}
