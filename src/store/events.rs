//! Lifecycle events: written with what they tell of, numbered in the order of their commits.

use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use voxgate_core::calls::LifecycleEvent;
use voxgate_core::model::{AttemptId, CallId};

use super::cells::{self, Cells, every, int};
use super::ids::new_id;
use super::tx::Tx;
use super::{AttemptRow, Store, StoreError};

/// A lifecycle event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its place: a later one was committed later.
    pub seq: u64,
    /// Its name for good, whoever is told and however often.
    pub id: String,
    /// When it happened, in ms since 1970.
    pub at_ms: u64,
    /// What happened.
    pub name: LifecycleEvent,
    /// To which call.
    pub call: CallId,
    /// To which attempt.
    pub attempt: Option<AttemptId>,
    /// More of it: a JSON object.
    pub body: Map<String, Value>,
}

impl Store {
    /// Events after the one at this place; after 0 all.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let statement = sqlx::query(
            "SELECT seq, id, at, name, call_id, attempt_id, body FROM events WHERE seq > $1 ORDER BY seq LIMIT $2",
        );
        every(&self.read_all(statement.bind(int(seq)).bind(i64::from(limit))).await?, EventRow::read)
    }

    /// The place of the latest event; 0 while there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn last_event(&self) -> Result<u64, StoreError> {
        let row = self.read_first(sqlx::query("SELECT MAX(seq) AS seq FROM events")).await?;
        Ok(row.map(|row| row.maybe_natural("seq")).transpose()?.flatten().unwrap_or(0))
    }

    /// A call's events, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn events_of(&self, call: &CallId) -> Result<Vec<EventRow>, StoreError> {
        let statement = sqlx::query(
            "SELECT seq, id, at, name, call_id, attempt_id, body FROM events WHERE call_id = $1 ORDER BY seq",
        );
        every(&self.read_all(statement.bind(call.as_str())).await?, EventRow::read)
    }
}

/// Writes an event; an attempt has at most one of each. To be called last in a transaction: on PostgreSQL who writes
/// events waits here for whoever did before, so that their places are in the order of the commits.
pub(super) async fn tell(
    tx: &mut Tx<'_>,
    attempt: &AttemptRow,
    name: LifecycleEvent,
    mut body: Map<String, Value>,
    at_ms: u64,
) -> Result<(), StoreError> {
    body.insert("provider".to_owned(), attempt.provider.clone().into());
    body.insert("provider_call_id".to_owned(), attempt.provider_call_id.clone().into());
    let next = sqlx::query("UPDATE counters SET value = value + 1 WHERE name = 'events' RETURNING value");
    let place = tx.first(next).await?.ok_or_else(|| StoreError::Defect("events are not counted".to_owned()))?;
    let statement = sqlx::query(
        "INSERT INTO events (seq, id, at, name, call_id, attempt_id, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (attempt_id, name) DO NOTHING",
    );
    let statement = statement
        .bind(place.int("value")?)
        .bind(new_id("evt", at_ms))
        .bind(int(at_ms))
        .bind(name.as_str())
        .bind(attempt.call.as_str())
        .bind(attempt.id.as_str())
        .bind(cells::json(&body)?);
    tx.run(statement).await.map(drop)
}

impl EventRow {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.natural("seq")?,
            id: row.text("id")?,
            at_ms: row.natural("at")?,
            name: row.parsed("name")?,
            call: CallId::new(row.text("call_id")?),
            attempt: row.maybe_text("attempt_id")?.map(AttemptId::new),
            body: row.json("body")?,
        })
    }
}
