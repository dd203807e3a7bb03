//! The history of every state: append-only.

use voxgate_core::model::CallId;

use super::StoreError;
use super::cells::{Cells, every, int};
use super::ids::new_id;
use super::tx::Tx;
use super::{Store, TimelineEntry};

/// One move of something that has states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// What moved: `call`, `attempt`, `task`, `recording`, `telecaller`; `owner` and `slot` of an attempt; `dnc`, a
    /// number on the do-not-call list or off it.
    pub kind: String,
    /// Which.
    pub entity_id: String,
    /// Where it stood. None: it was made.
    pub from: Option<String>,
    /// Where it went.
    pub to: String,
    /// When, in ms since 1970.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
    /// Who did it: an API key's name, or a part of voxgate.
    pub actor: String,
}

/// A move to be noted.
pub(super) struct Step<'a> {
    pub(super) kind: &'static str,
    pub(super) entity: &'a str,
    pub(super) call: Option<&'a CallId>,
    pub(super) from: Option<&'a str>,
    pub(super) to: &'a str,
    pub(super) at_ms: u64,
    pub(super) reason: &'a str,
    pub(super) actor: &'a str,
}

/// Notes a move, in the transaction that makes it.
pub(super) async fn append(tx: &mut Tx<'_>, step: Step<'_>) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "INSERT INTO history (id, kind, entity_id, call_id, from_state, to_state, at, reason, actor)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let statement = statement
        .bind(new_id("h", step.at_ms))
        .bind(step.kind)
        .bind(step.entity)
        .bind(step.call.map(CallId::as_str))
        .bind(step.from)
        .bind(step.to)
        .bind(int(step.at_ms))
        .bind(step.reason)
        .bind(step.actor);
    tx.run(statement).await.map(drop)
}

impl Store {
    /// Every move of a thing, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn history_of(&self, entity_id: &str) -> Result<Vec<HistoryRow>, StoreError> {
        let statement = sqlx::query(
            "SELECT kind, entity_id, from_state, to_state, at, reason, actor FROM history
             WHERE entity_id = $1 ORDER BY id",
        );
        every(&self.read_all(statement.bind(entity_id)).await?, HistoryRow::read)
    }

    /// Every move of a call and of what belongs to it.
    pub(super) async fn history_of_call(&self, call: &CallId) -> Result<Vec<TimelineEntry>, StoreError> {
        let statement = sqlx::query(
            "SELECT kind, entity_id, from_state, to_state, at, reason, actor FROM history
             WHERE call_id = $1 ORDER BY id",
        );
        let rows = every(&self.read_all(statement.bind(call.as_str())).await?, HistoryRow::read)?;
        Ok(rows.into_iter().map(TimelineEntry::from).collect())
    }
}

impl HistoryRow {
    fn read(row: &sqlx::any::AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.text("kind")?,
            entity_id: row.text("entity_id")?,
            from: row.maybe_text("from_state")?,
            to: row.text("to_state")?,
            at_ms: row.natural("at")?,
            reason: row.text("reason")?,
            actor: row.text("actor")?,
        })
    }
}
