//! Telecallers: people who work on manual tasks.

use sqlx::any::AnyRow;
use voxgate_core::calls::{TelecallerState, transition};

use super::cells::{Cells, every, int};
use super::history::{Step, append};
use super::ids::new_id;
use super::task_work::reopen;
use super::tasks::task_columns;
use super::tx::{Tx, claim};
use super::{Done, Idempotent, Reply, Store, StoreError, TaskRow, TelecallerId};

/// A telecaller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelecallerRow {
    /// Their name for good.
    pub id: TelecallerId,
    /// What people call them.
    pub name: String,
    /// Where they stand.
    pub state: TelecallerState,
    /// Since when they stand there, in ms since 1970.
    pub idle_since_ms: u64,
}

/// A telecaller with what is on their desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Who.
    pub telecaller: TelecallerRow,
    /// Tasks that are assigned to them or that they work on.
    pub tasks: u32,
}

impl Store {
    /// A new telecaller, offline. With `once`, a repeated request adds nobody twice.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `idempotency_key_reused` where the key stands for another request.
    pub async fn add_telecaller(
        &self,
        name: &str,
        once: Option<&Idempotent>,
        now_ms: u64,
        reply: impl FnOnce(&TelecallerRow) -> Reply + Send + 'static,
    ) -> Result<Done<TelecallerRow>, StoreError> {
        let row = TelecallerRow {
            id: TelecallerId::new(new_id("agent", now_ms)),
            name: name.to_owned(),
            state: TelecallerState::Offline,
            idle_since_ms: now_ms,
        };
        self.write_once(once, now_ms, reply, move |tx| {
            Box::pin(async move {
                let statement = sqlx::query(
                    "INSERT INTO telecallers (id, name, state, idle_since, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $4, $4)",
                );
                let statement = statement.bind(row.id.as_str()).bind(&row.name).bind(row.state.as_str());
                tx.run(statement.bind(int(now_ms))).await?;
                Ok(row)
            })
        })
        .await
    }

    /// Everybody with their load, in the order in which they joined.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn telecallers(&self) -> Result<Vec<Load>, StoreError> {
        every(&self.read_all(sqlx::query(LOADS)).await?, Load::read)
    }

    /// Moves a telecaller by the diagram. Who goes offline leaves their tasks to others, in the same transaction. Where
    /// they stand already nothing changes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Illegal`].
    pub async fn set_telecaller(
        &self,
        id: &TelecallerId,
        to: TelecallerState,
        actor: &str,
        now_ms: u64,
    ) -> Result<TelecallerRow, StoreError> {
        let (id, actor) = (id.clone(), actor.to_owned());
        self.write(move |tx| Box::pin(set(tx, id, to, actor, now_ms))).await
    }
}

async fn set(
    mut tx: Tx<'_>,
    id: TelecallerId,
    to: TelecallerState,
    actor: String,
    now_ms: u64,
) -> Result<TelecallerRow, StoreError> {
    let tx = &mut tx;
    let mut row = lock_telecaller(tx, &id).await?;
    if row.state == to {
        return Ok(row);
    }
    transition(row.state, to)?;
    let (entity, from, name) = (id.as_str(), Some(row.state.as_str()), to.as_str());
    let step =
        Step { kind: "telecaller", entity, call: None, from, to: name, at_ms: now_ms, reason: "set", actor: &actor };
    append(tx, step).await?;
    row.state = to;
    row.idle_since_ms = now_ms;
    let statement = sqlx::query("UPDATE telecallers SET state = $2, idle_since = $3, updated_at = $3 WHERE id = $1");
    tx.run(statement.bind(id.as_str()).bind(to.as_str()).bind(int(now_ms))).await?;
    if to == TelecallerState::Offline {
        let text = claim!(tx, "SELECT ", task_columns!(), " FROM manual_tasks
             WHERE telecaller_id = $1 AND state IN ('assigned', 'in_progress')"; "FOR NO KEY UPDATE");
        for task in tx.all(sqlx::query(text).bind(id.as_str())).await? {
            reopen(tx, TaskRow::read(&task)?, "telecaller away", now_ms).await?;
        }
    }
    Ok(row)
}

const LOADS: &str = "SELECT id, name, state, idle_since,
     (SELECT COUNT(*) FROM manual_tasks WHERE telecaller_id = telecallers.id AND state IN ('assigned', 'in_progress'))
     AS tasks FROM telecallers ORDER BY id";

/// Everybody's load within a transaction.
pub(super) async fn loads(tx: &mut Tx<'_>) -> Result<Vec<Load>, StoreError> {
    every(&tx.all(sqlx::query(LOADS)).await?, Load::read)
}

/// A telecaller whom nobody else changes until the end of the transaction.
pub(super) async fn lock_telecaller(tx: &mut Tx<'_>, id: &TelecallerId) -> Result<TelecallerRow, StoreError> {
    let text = claim!(tx, "SELECT id, name, state, idle_since FROM telecallers WHERE id = $1"; "FOR NO KEY UPDATE");
    let row = tx.first(sqlx::query(text).bind(id.as_str())).await?;
    TelecallerRow::read(&row.ok_or_else(|| StoreError::not_found("telecaller", id))?)
}

impl TelecallerRow {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: TelecallerId::new(row.text("id")?),
            name: row.text("name")?,
            state: row.parsed("state")?,
            idle_since_ms: row.natural("idle_since")?,
        })
    }
}

impl Load {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self { telecaller: TelecallerRow::read(row)?, tasks: row.count("tasks")? })
    }
}
