//! What must be durable of one attempt, written in order and for as long as it takes.
//!
//! A store that is locked, full or gone delays what is written of an attempt, never the attempt: the call goes on, and
//! what was not written yet waits here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use voxgate_core::calls::{Aftermath, DeferralCause, Unused, after, put_back};
use voxgate_core::model::{AttemptId, Disposition, Outcome};

use super::{Calls, millis};
use crate::clock;
use crate::recordings::RecordingInfo;
use crate::store::{AttemptRow, CallRow, FileSeal, Finish, Finished, Move, NewRecording, RequestNote, StoreError};

/// Before the first new try when the store does not take something; doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Something to be written.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// The attempt moved.
    Moved(Move),
    /// A request to the provider and its answer.
    Request(RequestNote),
    /// The attempt's end.
    Finish {
        /// How.
        ending: Ending,
        /// Its recording.
        recording: Option<RecordingInfo>,
        /// When, in ms since 1970.
        at_ms: u64,
    },
    /// The call is proven over: its slot is free.
    Released {
        /// When, in ms since 1970.
        at_ms: u64,
    },
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// With this outcome.
    Outcome(Outcome),
    /// Without being used up.
    Unused(Unused),
}

/// What became of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    /// It is in the store.
    Kept,
    /// The attempt is another process's now: nothing more may be written or done for it here.
    Lost,
}

/// The books of one attempt.
pub(super) struct Books {
    calls: Arc<Calls>,
    attempt: AttemptId,
    fence: i64,
    queue: VecDeque<Entry>,
    writing: Option<BoxFuture<'static, Written>>,
}

impl Books {
    pub(super) fn new(calls: Arc<Calls>, attempt: &AttemptRow) -> Self {
        Self { calls, attempt: attempt.id.clone(), fence: attempt.fence, queue: VecDeque::new(), writing: None }
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.queue.push_back(entry);
    }

    /// Whether everything is written.
    pub(super) fn are_closed(&self) -> bool {
        self.queue.is_empty() && self.writing.is_none()
    }

    /// What became of the next entry; never ready while there is none. Dropped before it is ready, nothing is lost.
    pub(super) async fn next(&mut self) -> Written {
        if self.writing.is_none()
            && let Some(entry) = self.queue.pop_front()
        {
            self.writing = Some(Box::pin(write(Arc::clone(&self.calls), self.attempt.clone(), self.fence, entry)));
        }
        let Some(writing) = self.writing.as_mut() else { return std::future::pending().await };
        let written = writing.await;
        self.writing = None;
        written
    }
}

async fn write(calls: Arc<Calls>, attempt: AttemptId, fence: i64, entry: Entry) -> Written {
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = clock::now();
        match calls.try_to_write(&attempt, fence, &entry).await {
            Ok(()) => {
                calls.metrics.store_write(clock::now() - begun);
                calls.changed();
                return Written::Kept;
            }
            Err(StoreError::Unavailable(what)) => {
                tracing::warn!(what, "the store does not take what became of an attempt; it is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(StoreError::Fenced) => return Written::Lost,
            Err(error) => {
                tracing::error!(%error, ?entry, "the store refuses what became of an attempt: a defect of ours");
                return Written::Kept;
            }
        }
    }
}

impl Calls {
    async fn try_to_write(self: &Arc<Self>, attempt: &AttemptId, fence: i64, entry: &Entry) -> Result<(), StoreError> {
        match entry {
            Entry::Moved(to) => self.store.moved(attempt, fence, to).await,
            Entry::Request(note) => self.store.note_request(attempt, note).await,
            Entry::Finish { ending, recording, at_ms } => {
                let finish = Finish {
                    outcome: ending.outcome(),
                    at_ms: *at_ms,
                    recording: recording.as_ref().map(|recording| self.new_recording(recording, *at_ms)),
                    finalize: true,
                };
                let (calls, ending, at_ms) = (Arc::clone(self), ending.clone(), *at_ms);
                let decide = move |call: &CallRow, _: &AttemptRow| calls.aftermath(call, &ending, at_ms);
                let finished = self.store.finish(attempt, fence, &finish, decide).await?;
                self.tell_end(&finished, &finish.outcome);
                Ok(())
            }
            Entry::Released { at_ms } => {
                self.store.release_slot(attempt, fence, *at_ms).await?;
                self.wake.notify_one();
                Ok(())
            }
        }
    }

    pub(super) fn aftermath(&self, call: &CallRow, ending: &Ending, at_ms: u64) -> Aftermath {
        let (context, policy) = (self.context(call, at_ms), &self.settings.policy);
        let aftermath = match ending {
            Ending::Outcome(outcome) => after(outcome, &context, policy),
            Ending::Unused(unused) => put_back(cause(*unused), None, &context, policy).aftermath,
        };
        match call.cancel_at_ms {
            Some(_) => aftermath.of_canceled(ending.outcome().disposition),
            None => aftermath,
        }
    }

    fn new_recording(&self, recording: &RecordingInfo, at_ms: u64) -> NewRecording {
        let seal = recording.seal.as_ref();
        NewRecording {
            // Below the recordings' folder, wherever that is put one day.
            path: recording.path.file_name().unwrap_or(recording.path.as_os_str()).to_string_lossy().into_owned(),
            seal: seal.map(|seal| FileSeal {
                sha256: seal.sha256.clone(),
                bytes: seal.bytes,
                length_ms: seal.length_ms,
            }),
            incomplete: recording.incomplete,
            expires_at_ms: self.settings.keep_recordings.map(|span| at_ms + millis(span)),
        }
    }

    fn tell_end(&self, finished: &Finished, outcome: &Outcome) {
        if !finished.first {
            return tracing::warn!("the attempt had an outcome already, which stays");
        }
        self.metrics.attempt_ended(outcome.disposition, outcome.failure_code);
        if let Some(reason) = finished.escalated {
            self.escalated(reason);
        }
        tracing::info!(
            disposition = %outcome.disposition,
            failure_code = outcome.failure_code.map(|code| code.as_str()),
            call_state = %finished.call.state,
            task = finished.task.as_ref().map(|task| task.as_str()),
            "the attempt ended"
        );
    }
}

impl Ending {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Outcome(outcome) => outcome.clone(),
            Self::Unused(_) => Outcome::unanswered(Disposition::Canceled),
        }
    }
}

fn cause(unused: Unused) -> DeferralCause {
    match unused {
        Unused::ProviderQueue => DeferralCause::ProviderQueue,
        Unused::Withdrawn => DeferralCause::StopDialing,
    }
}
