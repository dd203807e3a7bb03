//! Switches that outlive the process.

use super::cells::{Cells, int};
use super::{Store, StoreError};

/// The switch that stops all dialing.
pub const STOP_DIALING: &str = "stop_dialing";

/// How a switch stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// Whether it is on. One that nobody ever touched is off.
    pub on: bool,
    /// Who set it.
    pub actor: Option<String>,
    /// When, in ms since 1970.
    pub at_ms: Option<u64>,
}

impl Store {
    /// Sets a switch. The gate of whichever process reads it in its next transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn set_switch(&self, name: &str, on: bool, actor: &str, now_ms: u64) -> Result<(), StoreError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.write(move |mut tx| {
            Box::pin(async move {
                let statement = sqlx::query(
                    "INSERT INTO switches (name, value, actor, at) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value, actor = excluded.actor, at = excluded.at",
                );
                tx.run(statement.bind(name).bind(i64::from(on)).bind(actor).bind(int(now_ms))).await.map(drop)
            })
        })
        .await
    }

    /// How a switch stands.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn switch(&self, name: &str) -> Result<Switch, StoreError> {
        let statement = sqlx::query("SELECT value, actor, at FROM switches WHERE name = $1");
        let Some(row) = self.read_first(statement.bind(name)).await? else { return Ok(Switch::default()) };
        Ok(Switch { on: row.flag("value")?, actor: row.maybe_text("actor")?, at_ms: row.maybe_natural("at")? })
    }
}
