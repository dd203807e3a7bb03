//! Calls on the wire.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use voxgate_core::calls::{CallState, LeadStatus};

use crate::calls::NewOrder;
use crate::http::time::{at, ms};
use crate::store::{self, CallRow};

/// An order to reach a number with a script.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "to": "+12065550110", "dialplan": "reminder", "language": "en-US",
    "variables": {"first_name": "Ana", "appointment": "2026-12-01T10:30:00-08:00"}, "when_full": "wait"
}))]
pub(super) struct NewCall {
    /// The number, in the international form of E.164: `+`, country code, subscriber.
    pub(super) to: String,
    /// The script's name.
    pub(super) dialplan: String,
    /// BCP 47 tag of a language that the script is spoken in.
    #[serde(default = "english")]
    #[schema(default = "en-US")]
    pub(super) language: String,
    /// What the script needs to know.
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    /// IANA name of the called party's time zone. Where it is left out, the number's country decides.
    pub(super) time_zone: Option<String>,
    /// What the call belongs to, for searches.
    pub(super) campaign: Option<String>,
    /// Not to be dialed before this.
    pub(super) not_before: Option<Timestamp>,
    /// Not to be dialed after this.
    pub(super) not_after: Option<Timestamp>,
    /// What to do while every slot is taken.
    #[serde(default)]
    pub(super) when_full: WhenFull,
}

/// What to do with an order while every slot is taken.
#[derive(Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WhenFull {
    /// It waits for its turn.
    #[default]
    Wait,
    /// It is refused: `session_limit_exceeded`.
    Reject,
}

fn english() -> String {
    "en-US".to_owned()
}

impl NewCall {
    /// The same in the gateway's words.
    pub(super) fn order(self, actor: String) -> NewOrder {
        NewOrder {
            to: self.to,
            dialplan: self.dialplan,
            language: self.language,
            variables: self.variables,
            time_zone: self.time_zone,
            campaign: self.campaign,
            not_before_ms: self.not_before.map(ms),
            not_after_ms: self.not_after.map(ms),
            when_full: match self.when_full {
                WhenFull::Wait => store::WhenFull::Wait,
                WhenFull::Reject => store::WhenFull::Reject,
            },
            actor,
        }
    }
}

/// A call.
#[derive(Serialize, ToSchema)]
pub(super) struct Call {
    /// Its name.
    call_id: String,
    /// The number.
    to: String,
    /// The script's name.
    dialplan: String,
    /// The language.
    language: String,
    /// What the script was told.
    variables: BTreeMap<String, String>,
    /// The called party's time zone, where it was given.
    time_zone: Option<String>,
    /// What the call belongs to.
    campaign: Option<String>,
    /// Not to be dialed before this.
    not_before: Option<Timestamp>,
    /// Not to be dialed after this.
    not_after: Option<Timestamp>,
    /// What to do while every slot is taken.
    when_full: WhenFull,
    /// The provider that dials.
    provider: String,
    /// Where it stands.
    #[schema(value_type = String, examples("pending"))]
    state: CallState,
    /// Why it stands there.
    reason: String,
    /// The state in the words of a lead: `Pending_AI_Call`, `Processing`, `Completed`, `Failed`.
    #[schema(value_type = String, examples("Pending_AI_Call"))]
    lead_status: LeadStatus,
    /// When it may be picked up; null: it is under way or over.
    due_at: Option<Timestamp>,
    /// Attempts that counted.
    attempts: u32,
    /// How often it was put back without an attempt.
    deferrals: u32,
    /// When somebody asked to stop it while it was under way.
    cancel_asked_at: Option<Timestamp>,
    /// Who ordered it.
    actor: String,
    /// When it was ordered.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

impl From<CallRow> for Call {
    fn from(row: CallRow) -> Self {
        let order = row.order;
        Self {
            call_id: row.id.to_string(),
            to: order.to,
            dialplan: order.dialplan,
            language: order.language,
            variables: order.variables,
            time_zone: order.time_zone,
            campaign: order.campaign,
            not_before: order.not_before_ms.map(at),
            not_after: order.not_after_ms.map(at),
            when_full: match order.when_full {
                store::WhenFull::Wait => WhenFull::Wait,
                store::WhenFull::Reject => WhenFull::Reject,
            },
            provider: order.provider,
            state: row.state,
            reason: row.reason,
            lead_status: row.state.lead_status(),
            due_at: row.due_at_ms.map(at),
            attempts: row.attempts_used,
            deferrals: row.deferrals,
            cancel_asked_at: row.cancel_at_ms.map(at),
            actor: order.actor,
            created_at: at(row.created_at_ms),
            updated_at: at(row.updated_at_ms),
        }
    }
}
