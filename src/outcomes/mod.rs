//! Where outcomes go: a port, and a file of JSON lines behind it.

mod jsonl;

use std::collections::BTreeMap;
use std::io;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use voxgate_core::model::{AnsweredBy, AttemptId, CallId, Disposition, FailureCode, Outcome};

pub use jsonl::JsonLines;

/// Takes the outcome of every attempt, each exactly once.
pub trait Outcomes: Send + Sync {
    /// Stores it; ready when it is stored.
    fn record<'a>(&'a self, record: &'a AttemptRecord) -> BoxFuture<'a, io::Result<()>>;
}

/// What one attempt came to, in the shape in which others read it.
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
    /// The recording's file, if there is one.
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
    /// Fills in what an outcome says.
    #[must_use]
    pub fn with_outcome(self, outcome: Outcome) -> Self {
        let Outcome { disposition, failure_code, dialog_result, answers, answered_by, queue, message_left } = outcome;
        let answers = answers.into_iter().map(|(slot, answer)| (slot, answer.value)).collect();
        Self { disposition, failure_code, dialog_result, answers, answered_by, queue, message_left, ..self }
    }
}
