//! Calls: from an order to its last attempt, at most one dial for each of them.
//!
//! An order is a row. The scheduler picks up what is due: gate, slot and attempt are one transaction. A task per attempt
//! (`placing`) owns the attempt's machine from `voxgate-core`, does what it asks of provider and session, and feeds it
//! what comes back: answers, callbacks by way of the [`Directory`], notices of the session, time. What became of it is
//! written in order, for as long as that takes. What another process left behind is taken over.
//! Nothing here decides anything.

mod asking;
mod books;
mod desk;
mod directory;
mod gatekeeper;
mod order;
mod placing;
mod record;
mod scheduler;
mod takeover;
#[cfg(test)]
mod tests;
mod upkeep;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use voxgate_core::calls::{AttemptTimes, CallPolicy, Rules};
use voxgate_core::dialog::Kind;
use voxgate_core::model::{AttemptId, CallId};

pub use desk::{Desk, Once, Refusal};
pub use directory::{Directory, Undelivered};
pub use order::{NewOrder, OrderProblem};
pub use record::AttemptRecord;
pub use upkeep::UpkeepSettings;

use self::scheduler::{Phase, Scheduler};
use crate::clock;
use crate::meters::Meters;
use crate::metrics::Metrics;
use crate::providers::Providers;
use crate::session::{Registry, SessionSpec};
use crate::store::{CallRow, Canceled, SlotLimits, StartNow, Store, StoreError};
use crate::telemetry::slow_setup;

/// Where the far end reaches us, both without a slash at their end.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Of callbacks: `http://…` or `https://…`.
    pub callbacks: String,
    /// Of media: `ws://…` or `wss://…`.
    pub media: String,
    /// This process, as it stands in the media's address.
    pub node: String,
}

/// How calls are picked up, placed and followed.
#[derive(Clone, Debug)]
pub struct CallSettings {
    /// Calls that may be under way at once.
    pub limits: SlotLimits,
    /// Between looks at what is due.
    pub interval: Duration,
    /// Calls that one look picks up at most.
    pub batch: u32,
    /// How long an attempt is ours without a word from us.
    pub lease: Duration,
    /// How long a call may last; the provider ends it then.
    pub max_duration: Duration,
    /// How long recordings are kept; none: for ever.
    pub keep_recordings: Option<Duration>,
    /// A setup that takes longer, its ringing aside, is told to the operator.
    pub slow_setup: Duration,
    /// What lies beside the calls.
    pub upkeep: UpkeepSettings,
    /// Where the far end reaches us.
    pub addresses: Addresses,
    /// What the gate allows.
    pub rules: Rules,
    /// How a call goes on after an attempt.
    pub policy: CallPolicy,
}

impl CallSettings {
    /// How long a call that is begun now may hold its slot, in ms, should nobody ever say that it is over: it rings, it
    /// talks or is asked about, and providers' clocks are not ours.
    fn longest_ms(&self, times: &AttemptTimes) -> u64 {
        let before = times.queue_timeout.0 + times.ring_timeout.0 + times.ring_grace.0 + times.prove_timeout.0;
        millis(self.max_duration).max(times.max_polling.as_ms()) + before / 1_000 + 60_000
    }
}

/// What calls need to know of scripts and sessions.
pub trait Stage: Send + Sync {
    /// The session that talks, should somebody answer.
    ///
    /// # Errors
    /// Why there is none: the script is gone, or does not fit the order any more.
    fn session(&self, call: &CallRow, attempt: &AttemptId) -> Result<SessionSpec, String>;

    /// What a script is for; one that is gone counts as one that needs an answer.
    fn kind(&self, dialplan: &str) -> Kind;

    /// Where the recording of an attempt is, if any is made.
    fn recording(&self, attempt: &AttemptId) -> Option<PathBuf>;
}

/// All that calls work with.
pub struct Calls {
    /// This process, among those that share the store.
    pub owner: String,
    /// What is durable.
    pub store: Store,
    /// Whoever dials.
    pub providers: Providers,
    /// How long attempts wait for what, by provider.
    pub times: Box<dyn Fn(&str) -> AttemptTimes + Send + Sync>,
    /// Sessions that are expected.
    pub sessions: Arc<Registry>,
    /// Attempts under way here.
    pub directory: Arc<Directory>,
    /// What the media plane counts.
    pub meters: Arc<Meters>,
    /// What everybody counts.
    pub metrics: Metrics,
    /// Scripts and sessions.
    pub stage: Box<dyn Stage>,
    /// How.
    pub settings: CallSettings,
    /// Whether the store knows all that sessions learned.
    pub complete: Box<dyn Fn() -> bool + Send + Sync>,
    /// Woken when a call may be due or a slot free.
    pub wake: Notify,
    /// Woken when a task waits for somebody, or somebody for a task.
    pub people: Notify,
    /// Counts what was written: whoever waits for something looks again.
    pub changes: watch::Sender<u64>,
}

impl Calls {
    /// Starts the scheduler. Drop or tell the [`Conductor`] to stop it.
    #[must_use]
    pub fn conduct(self: &Arc<Self>) -> Conductor {
        let (phase, followed) = watch::channel(Phase::Open);
        let task = tokio::spawn(Scheduler::new(Arc::clone(self), followed.clone()).run());
        let keeper = tokio::spawn(Arc::clone(self).keep_recordings(followed));
        Conductor { calls: Arc::clone(self), phase, task, keeper }
    }

    /// Stops a call: at once where it waits, as soon as may be where it is under way.
    ///
    /// # Errors
    /// [`StoreError::Illegal`] where it is over, [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn cancel(&self, call: &CallId, actor: &str) -> Result<CallRow, StoreError> {
        match self.store.cancel_call(call, actor, "canceled", clock::unix_ms()).await? {
            Canceled::Done(call) => {
                self.changed();
                Ok(call)
            }
            Canceled::Asked { call, attempt } => {
                // Elsewhere it is found when its owner renews its lease.
                self.directory.cancel(&attempt);
                Ok(call)
            }
        }
    }

    /// With what an order that does not want to wait is begun.
    #[must_use]
    pub fn start_now(&self, provider: &str, now_ms: u64) -> StartNow {
        let slot_until_ms = now_ms + self.settings.longest_ms(&(self.times)(provider));
        StartNow { now_ms, slot_until_ms, limits: self.settings.limits.clone() }
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// How long a setup took, its ringing aside.
    fn set_up(&self, provider: &str, took: Duration) {
        self.meters.setup.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        if took > self.settings.slow_setup {
            self.metrics.slow_setup();
            slow_setup(provider, took, self.settings.slow_setup);
        }
    }
}

/// Every slot is taken, and the order does not want to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full(pub String);

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Full {}

/// Runs the calls of this process.
#[derive(Debug)]
pub struct Conductor {
    calls: Arc<Calls>,
    phase: watch::Sender<Phase>,
    task: tokio::task::JoinHandle<()>,
    /// Looks after the recordings.
    keeper: tokio::task::JoinHandle<()>,
}

impl Conductor {
    /// Begins nothing new, puts back what was not dialed yet, and waits until what is under way has ended; after
    /// `patience` it is hung up.
    pub async fn drain(mut self, patience: Duration) {
        self.calls.directory.close_down();
        self.phase.send_replace(Phase::Draining);
        // Whatever it is at, the next start finishes it.
        self.keeper.abort();
        if tokio::time::timeout(patience, &mut self.task).await.is_ok() {
            return;
        }
        tracing::warn!(calls = self.calls.directory.live(), "calls are hung up: the time to end by themselves is over");
        self.calls.directory.cease_all();
        if tokio::time::timeout(LAST_WORDS, &mut self.task).await.is_err() {
            tracing::error!("calls are left to the next process: they did not end in time");
            self.task.abort();
        }
    }
}

/// For hung-up calls to be over, and for that to be written.
const LAST_WORDS: Duration = Duration::from_secs(15);

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls").field("owner", &self.owner).finish_non_exhaustive()
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
