//! How much waits in the store.

use super::cells::{Cells, int};
use super::{Store, StoreError};

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depths {
    /// Calls whose time has come.
    pub due_calls: u64,
    /// Tasks that nobody has resolved.
    pub manual_tasks: u64,
}

impl Store {
    /// How much waits now (ms since 1970).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn depths(&self, now_ms: u64) -> Result<Depths, StoreError> {
        let statement = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM calls WHERE due_at <= $1) AS due_calls,
             (SELECT COUNT(*) FROM manual_tasks WHERE state IN ('open', 'assigned', 'in_progress')) AS manual_tasks",
        );
        let row = self.read_first(statement.bind(int(now_ms))).await?;
        let row = row.ok_or_else(|| StoreError::Defect("nothing could be counted".to_owned()))?;
        Ok(Depths { due_calls: row.natural("due_calls")?, manual_tasks: row.natural("manual_tasks")? })
    }
}
