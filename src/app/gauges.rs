//! How full everything is: read when somebody asks for the metrics, and as it is then.

use crate::calls::Calls;
use crate::clock;
use crate::journal;
use crate::metrics::{Metrics, Queue};
use crate::store::{SlotLimits, SlotsInUse, StoreError};

/// The limit that all providers share, as it stands in the metrics.
const DEPLOYMENT: &str = "deployment";

/// What is full where, beside the store.
pub(super) struct Gauges {
    pub(super) journal: journal::Watch,
    /// Blocks of audio on their way to disk.
    pub(super) recordings: Box<dyn Fn() -> usize + Send + Sync>,
}

impl Gauges {
    /// Brings every gauge up to date. What the store does not tell now is not shown.
    pub(super) async fn read(&self, calls: &Calls) {
        if let Err(error) = rows(calls).await {
            tracing::warn!(%error, "slots and queues are missing from the metrics: the store does not tell them");
            calls.metrics.forget_depths();
        }
        for (queue, waiting) in [
            (Queue::Journal, self.journal.queued_events()),
            (Queue::Spool, self.journal.spooled()),
            (Queue::Recordings, (self.recordings)()),
            (Queue::StoreWrites, calls.store.counts().waiting),
        ] {
            calls.metrics.queue(queue, waiting as u64);
        }
    }
}

/// Rows are counted, not events: whatever process did what to an attempt, and whether it lived to say so, the figure is
/// that of the limit.
async fn rows(calls: &Calls) -> Result<(), StoreError> {
    slots(&calls.metrics, &calls.settings.limits, &calls.store.slots_in_use().await?);
    let depths = calls.store.depths(clock::unix_ms()).await?;
    calls.metrics.queue(Queue::DueCalls, depths.due_calls);
    calls.metrics.queue(Queue::ManualTasks, depths.manual_tasks);
    Ok(())
}

fn slots(metrics: &Metrics, limits: &SlotLimits, used: &SlotsInUse) {
    metrics.slots(DEPLOYMENT, used.deployment, limits.deployment);
    for (name, own) in &limits.providers {
        let allowed = own.map_or(limits.deployment, |own| own.min(limits.deployment));
        metrics.slots(name, used.providers.get(name).copied().unwrap_or(0), allowed);
    }
}
