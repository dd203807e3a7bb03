//! What is kept up beside the calls: tasks find somebody, slots do not outlast their calls, recordings go when their
//! time is over.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use voxgate_core::calls::{Candidate, TaskReason, assignee};

use super::scheduler::{Phase, told};
use super::{Calls, millis};
use crate::clock;
use crate::recordings;
use crate::store::{AttemptRow, Load, RecordingRow, RecordingState, StoreError, TaskRow, TelecallerId};
use crate::telemetry::attempt_span;

/// Rows that one transaction or one page takes.
const AT_ONCE: u32 = 100;
/// Between looks for recordings whose time is over. They are not served from that moment on; the file may wait.
const RETENTION_LOOK: Duration = Duration::from_secs(3_600);
/// Who stands in the history of a recording that has expired.
const RETENTION: &str = "retention";

/// How what lies beside the calls is kept up.
#[derive(Clone, Debug)]
pub struct UpkeepSettings {
    /// How long a task stays with whoever it was assigned to.
    pub task_lease: Duration,
    /// Where recordings lie.
    pub recordings: PathBuf,
}

impl Calls {
    /// People were left a task: it is counted, and somebody may take it up at once.
    pub(crate) fn escalated(&self, reason: TaskReason) {
        self.metrics.manual_task(reason);
        self.people.notify_one();
    }

    /// Gives what is open to those who are available.
    pub(super) async fn assign_tasks(&self) -> Result<(), StoreError> {
        loop {
            let now_ms = clock::unix_ms();
            let until = now_ms + millis(self.settings.upkeep.task_lease);
            let given = self.store.assign_tasks(now_ms, until, AT_ONCE, least_loaded).await?;
            for task in &given {
                let telecaller = task.telecaller.as_ref().map(TelecallerId::as_str);
                tracing::info!(task = task.id.as_str(), telecaller, "a task was assigned");
            }
            if given.len() < AT_ONCE as usize {
                return Ok(());
            }
        }
    }

    /// Frees the slot of an attempt that has its outcome, and whose call cannot last any more though nobody said that it
    /// is over.
    pub(super) async fn free_overdue(&self, held: &AttemptRow, now_ms: u64) -> Result<(), StoreError> {
        match self.store.release_slot(&held.id, held.fence, now_ms).await {
            Ok(true) => {
                attempt_span(&held.call, &held.id).in_scope(|| {
                    tracing::error!(
                        provider = held.provider,
                        provider_call_id = held.provider_call_id,
                        "a slot is freed because no call can last so long; nobody said that this one is over: look it up \
                         at the provider"
                    );
                });
                self.changed();
                self.wake.notify_one();
                Ok(())
            }
            // Its owner was quicker, or is another one now.
            Ok(false) | Err(StoreError::Fenced) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Looks for recordings whose time is over, now and then, until the gateway stops.
    pub(super) async fn keep_recordings(self: Arc<Self>, mut phase: watch::Receiver<Phase>) {
        loop {
            if let Err(error) = self.expire_recordings(clock::unix_ms()).await {
                tracing::warn!(%error, "recordings whose time is over wait for the store");
            }
            tokio::select! {
                () = told(&mut phase) => return,
                () = tokio::time::sleep(RETENTION_LOOK) => {}
            }
        }
    }

    /// First a recording is nobody's any more, then its file goes, then its row says so: what a crash cuts short, the
    /// next look finishes. What is under a legal hold stays.
    pub(super) async fn expire_recordings(&self, now_ms: u64) -> Result<(), StoreError> {
        loop {
            let over = self.store.expiring_recordings(now_ms, AT_ONCE).await?;
            for recording in &over {
                self.move_recording(recording, RecordingState::Expired, "its time is over", now_ms).await?;
            }
            if over.len() < AT_ONCE as usize {
                break;
            }
        }
        let mut cursor = None;
        loop {
            let expired = self.store.expired_recordings(cursor.as_ref(), AT_ONCE).await?;
            for recording in &expired {
                self.delete_recording(recording, now_ms).await?;
            }
            let Some(last) = expired.last() else { return Ok(()) };
            cursor = Some(last.id.clone());
        }
    }

    async fn delete_recording(&self, recording: &RecordingRow, now_ms: u64) -> Result<(), StoreError> {
        let path = self.settings.upkeep.recordings.join(&recording.path);
        let file = path.clone();
        let removed = tokio::task::spawn_blocking(move || recordings::remove(&file)).await;
        match removed.unwrap_or_else(|broke| Err(std::io::Error::other(broke))) {
            Ok(()) => self.move_recording(recording, RecordingState::Deleted, "its file is gone", now_ms).await,
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "a recording whose time is over cannot be deleted; it is tried again");
                Ok(())
            }
        }
    }

    /// Where somebody else moved it in the meantime, as a legal hold does, it stays as they left it.
    async fn move_recording(
        &self,
        recording: &RecordingRow,
        to: RecordingState,
        reason: &str,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        match self.store.set_recording_state(&recording.id, to, RETENTION, reason, now_ms).await {
            Ok(()) => {
                tracing::info!(recording = recording.id.as_str(), state = %to, "a recording's time is over");
                Ok(())
            }
            Err(StoreError::Illegal { detail, .. }) => {
                tracing::debug!(detail, "a recording was moved by somebody else");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// The rule of the model, over what the store knows.
fn least_loaded(_: &TaskRow, loads: &[Load]) -> Option<TelecallerId> {
    let candidates = loads.iter().map(|load| Candidate {
        id: load.telecaller.id.as_str(),
        state: load.telecaller.state,
        open_tasks: load.tasks,
        idle_since_ms: load.telecaller.idle_since_ms,
    });
    assignee(candidates).map(|chosen| TelecallerId::new(chosen.id))
}

#[cfg(test)]
mod tests;
