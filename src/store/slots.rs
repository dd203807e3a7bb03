//! Slots: how many calls may be under way at once, for the deployment and for each provider.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;

use super::cells::{Cells, every, int};
use super::tx::Tx;
use super::{AttemptRow, Store, StoreError, attempt_columns};

/// How many calls may be under way at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotLimits {
    /// For all providers together.
    pub deployment: u32,
    /// For each provider that may be dialed; None has no limit of its own.
    pub providers: BTreeMap<String, Option<u32>>,
}

/// Slots that are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotsInUse {
    /// By all providers together.
    pub deployment: u32,
    /// By each provider that has any.
    pub providers: BTreeMap<String, u32>,
}

pub(super) const USED: &str = "SELECT provider, COUNT(*) AS used FROM attempts WHERE slot = 1 GROUP BY provider";

impl Store {
    /// How many slots are taken.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn slots_in_use(&self) -> Result<SlotsInUse, StoreError> {
        SlotsInUse::read(&self.read_all(sqlx::query(USED)).await?)
    }

    /// Attempts that still hold a slot though their calls cannot last any more, by the longest they might have.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn overdue_slots(&self, now_ms: u64, most: u32) -> Result<Vec<AttemptRow>, StoreError> {
        let statement = sqlx::query(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM attempts WHERE slot = 1 AND slot_until <= $1 ORDER BY slot_until LIMIT $2"
        ));
        let rows = self.read_all(statement.bind(int(now_ms)).bind(i64::from(most))).await?;
        every(&rows, AttemptRow::read)
    }
}

impl SlotsInUse {
    fn read(rows: &[AnyRow]) -> Result<Self, StoreError> {
        let mut used = Self::default();
        for row in rows {
            let count = row.count("used")?;
            used.deployment += count;
            used.providers.insert(row.text("provider")?, count);
        }
        Ok(used)
    }
}

/// Slots that are free, as long as the transaction lasts.
#[derive(Debug)]
pub(super) struct Free {
    deployment: u32,
    providers: BTreeMap<String, u32>,
}

impl Free {
    /// Counts under a lock that everybody takes who takes slots: nobody else counts until this transaction ends.
    pub(super) async fn count(tx: &mut Tx<'_>, limits: &SlotLimits) -> Result<Self, StoreError> {
        tx.run(sqlx::query("UPDATE counters SET value = value + 1 WHERE name = 'slots'")).await?;
        let used = SlotsInUse::read(&tx.all(sqlx::query(USED)).await?)?;
        let free = |(name, limit): (&String, &Option<u32>)| {
            let taken = used.providers.get(name).copied().unwrap_or(0);
            (name.clone(), limit.unwrap_or(u32::MAX).saturating_sub(taken))
        };
        let providers = limits.providers.iter().map(free).collect();
        Ok(Self { deployment: limits.deployment.saturating_sub(used.deployment), providers })
    }

    /// How many calls this provider may still begin.
    pub(super) fn of(&self, provider: &str) -> u32 {
        self.providers.get(provider).map_or(0, |free| (*free).min(self.deployment))
    }

    /// Takes one of them.
    pub(super) fn take(&mut self, provider: &str) {
        self.deployment = self.deployment.saturating_sub(1);
        if let Some(free) = self.providers.get_mut(provider) {
            *free = free.saturating_sub(1);
        }
    }
}
