//! What the gate is told, and what it said: every decision is a row.

use sqlx::any::AnyRow;
use voxgate_core::calls::Aftermath;
use voxgate_core::model::{AttemptId, CallId};

use super::StoreError;
use super::cells::{Cells, int, maybe};
use super::ids::new_id;
use super::tx::Tx;

/// What the store knows that bears on whether a number may be dialed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateFacts {
    /// The number is on the do-not-call list.
    pub on_dnc: bool,
    /// Somebody stopped all dialing.
    pub dialing_stopped: bool,
    /// Another attempt to the same number is live, or not yet proven over.
    pub live_on_number: bool,
}

/// What the gate said, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Whether the call may be dialed.
    pub verdict: Verdict,
    /// The rule that decided, in one word.
    pub reason: String,
    /// The rules that were asked with their inputs: JSON.
    pub rules: String,
    /// Which version of the rules.
    pub rule_version: String,
}

/// Whether a call may be dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allow,
    /// It may not; this becomes of the call instead.
    Refuse(Aftermath),
}

impl Verdict {
    /// As it is stored: `allow`, or the state that the call goes to.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Refuse(aftermath) => aftermath.call.as_str(),
        }
    }

    fn until(&self) -> Option<u64> {
        match self {
            Self::Allow => None,
            Self::Refuse(aftermath) => aftermath.due_at_ms,
        }
    }
}

/// Keeps a decision.
pub(super) async fn keep(
    tx: &mut Tx<'_>,
    call: &CallId,
    attempt: Option<&AttemptId>,
    ruling: &Ruling,
    now_ms: u64,
) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "INSERT INTO gate_decisions (id, call_id, attempt_id, at, verdict, until_at, reason, rules, rule_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let statement = statement
        .bind(new_id("gate", now_ms))
        .bind(call.as_str())
        .bind(attempt.map(AttemptId::as_str))
        .bind(int(now_ms))
        .bind(ruling.verdict.as_str())
        .bind(maybe(ruling.verdict.until()))
        .bind(&ruling.reason)
        .bind(&ruling.rules)
        .bind(&ruling.rule_version);
    tx.run(statement).await.map(drop)
}

macro_rules! stop_switch {
    () => {
        "(SELECT COUNT(*) FROM switches WHERE name = 'stop_dialing' AND value = 1) AS stopped"
    };
}
pub(super) use stop_switch;

/// What bears on dialing this number, besides the attempt that is about to.
pub(super) async fn facts(tx: &mut Tx<'_>, number: &str, besides: Option<&AttemptId>) -> Result<GateFacts, StoreError> {
    let statement = sqlx::query(concat!(
        "SELECT (SELECT COUNT(*) FROM dnc WHERE number = $1) AS listed,
         (SELECT COUNT(*) FROM attempts WHERE to_number = $1 AND slot = 1 AND id <> $2) AS live, ",
        stop_switch!()
    ));
    let statement = statement.bind(number).bind(besides.map_or("", AttemptId::as_str));
    let row = tx.first(statement).await?;
    row.map_or_else(|| Ok(GateFacts::default()), |row| GateFacts::read(&row))
}

impl GateFacts {
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            on_dnc: row.flag("listed")?,
            dialing_stopped: row.flag("stopped")?,
            live_on_number: row.flag("live")?,
        })
    }
}
