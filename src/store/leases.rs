//! Who drives which attempt: leases that expire, fences that count take-overs. An expired lease moves ownership and never
//! frees a slot.

use voxgate_core::model::AttemptId;

use super::attempts::lock_attempt;
use super::call_row::lock_call;
use super::cells::{Cells, int};
use super::history::{Step, append};
use super::tx::{Tx, claim};
use super::{AttemptRow, Store, StoreError, Underway, attempt_columns};

/// An attempt that is the asker's for some more time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which.
    pub attempt: AttemptId,
    /// What every write to it must carry.
    pub fence: i64,
    /// Somebody asked to stop its call.
    pub cancel: bool,
}

macro_rules! adopt {
    ($lock:literal) => {
        concat!(
            "UPDATE attempts SET owner = $1, fence = fence + 1, lease_until = $3 WHERE slot = 1 AND id IN (
               SELECT id FROM attempts WHERE slot = 1 AND lease_until <= $2 AND (owner IS NULL OR owner <> $1)
               ORDER BY lease_until LIMIT $4",
            $lock,
            ") RETURNING ",
            attempt_columns!()
        )
    };
}

#[cfg(test)]
pub(super) const ADOPT: [&str; 2] = [adopt!(""), adopt!(" FOR NO KEY UPDATE SKIP LOCKED")];

impl Store {
    /// Takes over attempts that hold a slot and that nobody owns, or whose owner was silent for longer than its lease.
    /// Whoever had them is [`StoreError::Fenced`] from now on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn adopt(
        &self,
        owner: &str,
        now_ms: u64,
        lease_until_ms: u64,
        most: u32,
    ) -> Result<Vec<Underway>, StoreError> {
        let look = sqlx::query(
            "SELECT id FROM attempts WHERE slot = 1 AND lease_until <= $1 AND (owner IS NULL OR owner <> $2) LIMIT 1",
        );
        if self.read_first(look.bind(int(now_ms)).bind(owner)).await?.is_none() {
            return Ok(Vec::new());
        }
        let owner = owner.to_owned();
        self.write(move |mut tx| {
            Box::pin(async move {
                let text = tx.sql(adopt!(""), adopt!(" FOR NO KEY UPDATE SKIP LOCKED"));
                let statement = sqlx::query(text).bind(&owner).bind(int(now_ms)).bind(int(lease_until_ms));
                let mut taken = Vec::new();
                for row in tx.all(statement.bind(i64::from(most))).await? {
                    let attempt = AttemptRow::read(&row)?;
                    note(&mut tx, &attempt, ("owner", &owner, "taken over"), now_ms).await?;
                    let call = lock_call(&mut tx, &attempt.call).await?;
                    taken.push(Underway { call, attempt });
                }
                Ok(taken)
            })
        })
        .await
    }

    /// Keeps every attempt of this owner that holds a slot, and tells them all: one that the owner does not know came of
    /// a pick-up whose answer was lost, and is its to drive.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn renew(&self, owner: &str, lease_until_ms: u64) -> Result<Vec<Lease>, StoreError> {
        let owner = owner.to_owned();
        self.write(move |mut tx| {
            Box::pin(async move {
                // In the order of their names, as whoever else locks several attempts: nobody waits for each other.
                let text = claim!(tx, "SELECT id FROM attempts WHERE owner = $1 AND slot = 1 ORDER BY id";
                    "FOR NO KEY UPDATE");
                tx.all(sqlx::query(text).bind(&owner)).await?;
                let statement = sqlx::query(
                    "UPDATE attempts SET lease_until = $2 WHERE owner = $1 AND slot = 1 RETURNING id, fence,
                     (SELECT COUNT(*) FROM calls WHERE calls.id = attempts.call_id AND cancel_at IS NOT NULL) AS cancel",
                );
                let rows = tx.all(statement.bind(&owner).bind(int(lease_until_ms))).await?;
                rows.iter()
                    .map(|row| {
                        let attempt = AttemptId::new(row.text("id")?);
                        Ok(Lease { attempt, fence: row.int("fence")?, cancel: row.flag("cancel")? })
                    })
                    .collect()
            })
        })
        .await
    }

    /// The call is proven over, or cannot last any more: its slot is free. Freed before, nothing changes. Whether it was
    /// held.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::Conflict`] `attempt_not_ended` while the outcome is still owed.
    pub async fn release_slot(&self, id: &AttemptId, fence: i64, at_ms: u64) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |mut tx| {
            Box::pin(async move {
                let mut attempt = lock_attempt(&mut tx, &id, fence).await?;
                if !attempt.slot {
                    return Ok(false);
                }
                if attempt.state.is_live() {
                    let detail = format!("{id} has no outcome yet: finish it first");
                    return Err(StoreError::conflict("attempt_not_ended", detail));
                }
                attempt.slot = false;
                attempt.store(&mut tx).await?;
                let overdue = attempt.slot_until_ms <= at_ms;
                let reason = if overdue { "its longest time has passed" } else { "proven over" };
                note(&mut tx, &attempt, ("slot", "free", reason), at_ms).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Something of an attempt that changes while its state stays as it is: its owner, its slot.
async fn note(
    tx: &mut Tx<'_>,
    attempt: &AttemptRow,
    (kind, to, reason): (&'static str, &str, &str),
    at_ms: u64,
) -> Result<(), StoreError> {
    let (entity, call) = (attempt.id.as_str(), Some(&attempt.call));
    let actor = attempt.owner.as_deref().unwrap_or("reconciler");
    append(tx, Step { kind, entity, call, from: None, to, at_ms, reason, actor }).await
}
