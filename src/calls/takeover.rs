//! Attempts that another process left behind: they go on where their rows say that they stood.

use std::path::Path;
use std::sync::Arc;

use voxgate_core::calls::{AttemptState, Resumed, interrupted};
use voxgate_core::model::{Fact, PhoneNumber};

use super::Calls;
use super::placing::Placing;
use crate::recordings::{RecordingInfo, seal};
use crate::store::{AttemptRow, StoreError, Underway};

/// Whether nothing was asked of anybody: such an attempt is simply begun.
pub(super) fn is_untouched(attempt: &AttemptRow) -> bool {
    attempt.state == AttemptState::Created && attempt.provider_call_id.is_none()
}

/// How an attempt that was left behind goes on.
pub(super) enum Left {
    /// Where its row says that it stood.
    GoesOn(Box<Placing>),
    /// It was never dialed: its number is none.
    NoNumber,
    /// Nobody can be asked about it: its provider is gone from the config.
    NoProvider,
}

/// An attempt that may have been dialed.
///
/// # Errors
/// When the store does not tell what was learned: the lease expires, and somebody tries again.
pub(super) async fn resume(calls: &Arc<Calls>, left: Underway) -> Result<Left, StoreError> {
    let Ok(number) = left.attempt.to.parse::<PhoneNumber>() else { return Ok(Left::NoNumber) };
    let Some(line) = calls.providers.get(&left.attempt.provider).cloned() else {
        return Ok(Left::NoProvider);
    };
    let journal = calls.store.journal_of(&left.attempt.id).await?;
    let facts: Vec<Fact> = journal.iter().filter_map(|line| serde_json::from_str(&line.body).ok()).collect();
    let recording = match calls.stage.recording(&left.attempt.id) {
        Some(path) => sealed(&path).await,
        None => None,
    };
    // A session begins its recording before it says anything, and its first word may be quicker than the row.
    let talked = left.attempt.media_at_ms.is_some() || !facts.is_empty() || recording.is_some();
    let outcome = talked.then(|| interrupted(&facts));
    let resumed = Resumed::from_row(left.attempt.state, left.attempt.provider_call_id.clone(), outcome);
    let mut placing = Placing::resume(Arc::clone(calls), left, line, number, resumed);
    placing.keep_recording(recording);
    if !talked {
        placing.expect_again();
    }
    Ok(Left::GoesOn(Box::new(placing)))
}

/// What the process that died had written of the recording. The end is missing, as far as anybody knows.
async fn sealed(path: &Path) -> Option<RecordingInfo> {
    let path = path.to_owned();
    let found = path.clone();
    let seal = tokio::task::spawn_blocking(move || if path.exists() { Some(seal(&path)) } else { None }).await;
    match seal {
        Ok(None) => None,
        Ok(Some(Ok(seal))) => Some(RecordingInfo { path: found, seal: Some(seal), incomplete: true }),
        Ok(Some(Err(error))) => {
            tracing::error!(%error, path = %found.display(), "a recording that was left behind cannot be sealed");
            Some(RecordingInfo { path: found, seal: None, incomplete: true })
        }
        Err(error) => {
            tracing::error!(%error, "the sealing of a recording broke");
            None
        }
    }
}
