//! Attempts on the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use voxgate_core::calls::AttemptState;
use voxgate_core::model::{self, Answer, AnsweredBy, Disposition, FailureCode};

use crate::http::time::at;
use crate::store::AttemptRow;

/// A try to reach a number.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Attempt {
    /// Its name.
    attempt_id: String,
    /// Its call.
    call_id: String,
    /// 1 for the call's first.
    number: u32,
    /// The number that is dialed.
    to: String,
    /// The provider.
    provider: String,
    /// The provider's name for the call, once it has it.
    provider_call_id: Option<String>,
    /// Where it stands.
    #[schema(value_type = String, examples("ended"))]
    state: AttemptState,
    /// Why it stands there.
    reason: String,
    /// Whether it holds a slot: its call is not yet proven over.
    holds_slot: bool,
    created_at: Timestamp,
    /// When the dial was allowed for good.
    dialed_at: Option<Timestamp>,
    /// When the provider had it.
    accepted_at: Option<Timestamp>,
    /// When somebody or something picked up.
    answered_at: Option<Timestamp>,
    /// When its audio came up.
    media_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    /// What it came to, once it ended.
    outcome: Option<Outcome>,
    /// Its disposition after all revisions.
    #[schema(value_type = Option<String>)]
    disposition: Option<Disposition>,
    /// Whether it counts among the call's attempts.
    counted: bool,
}

/// What an attempt came to: the first word, which stays.
#[derive(Serialize, ToSchema)]
struct Outcome {
    #[schema(value_type = String, examples("completed"))]
    disposition: Disposition,
    /// Refines the disposition `failed`.
    #[schema(value_type = Option<String>)]
    failure_code: Option<FailureCode>,
    /// What was learned, as the script names it.
    dialog_result: Option<String>,
    /// Answers by slot: the value, whether it was spoken or keyed, and the words or keys.
    #[schema(value_type = BTreeMap<String, Object>)]
    answers: BTreeMap<String, Answer>,
    /// Who answered, as far as is known.
    #[schema(value_type = Option<String>)]
    answered_by: Option<AnsweredBy>,
    /// Whether a message was left on a machine.
    message_left: bool,
    /// The queue that the script sends the call to, for a person.
    queue: Option<String>,
}

impl From<AttemptRow> for Attempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            attempt_id: row.id.to_string(),
            call_id: row.call.to_string(),
            number: row.number_of_call,
            to: row.to,
            provider: row.provider,
            provider_call_id: row.provider_call_id,
            state: row.state,
            reason: row.reason,
            holds_slot: row.slot,
            created_at: at(row.created_at_ms),
            dialed_at: row.dialed_at_ms.map(at),
            accepted_at: row.accepted_at_ms.map(at),
            answered_at: row.answered_at_ms.map(at),
            media_at: row.media_at_ms.map(at),
            ended_at: row.ended_at_ms.map(at),
            outcome: row.outcome.map(Outcome::from),
            disposition: row.effective,
            counted: row.counted,
        }
    }
}

impl From<model::Outcome> for Outcome {
    fn from(outcome: model::Outcome) -> Self {
        Self {
            disposition: outcome.disposition,
            failure_code: outcome.failure_code,
            dialog_result: outcome.dialog_result,
            answers: outcome.answers,
            answered_by: outcome.answered_by,
            message_left: outcome.message_left,
            queue: outcome.queue,
        }
    }
}
