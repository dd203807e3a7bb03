//! Calls: from an order to an outcome, at most one dial on the way.
//!
//! [`Calls::place`] starts one task per attempt. The task owns the attempt's machine from `voxgate-core`, does what it
//! asks of provider and session, and feeds it what comes back: answers, callbacks by way of the [`Directory`], notices
//! of the session, time. It decides nothing.

mod directory;
mod placing;
#[cfg(test)]
mod tests;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use voxgate_core::calls::AttemptTimes;
use voxgate_core::model::{AttemptId, Disposition, FailureCode, Outcome, PhoneNumber};

pub use directory::{Directory, Undelivered};
pub use turn::{Full, WhenFull, Window};

use self::placing::Placing;
use crate::clock;
use crate::meters::Meters;
use crate::outcomes::{AttemptRecord, Outcomes};
use crate::providers::{Line, NotAllowed};
use crate::session::{Registry, SessionSpec};
use crate::telemetry::attempt_span;

/// An order to reach a number with a dialog.
#[derive(Debug)]
pub struct CallOrder {
    /// The number, as it was given.
    pub to: String,
    /// The script's name, for the record.
    pub dialplan: String,
    /// The session that talks, should somebody answer; it names call and attempt.
    pub session: SessionSpec,
    /// When it may be dialed.
    pub window: Window,
    /// What to do while every slot is taken.
    pub when_full: WhenFull,
}

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

/// How calls are placed.
#[derive(Clone, Debug)]
pub struct CallSettings {
    /// Calls that may be under way at once, from before the dial until they are proven over.
    pub sessions: u32,
    /// How long an attempt waits for what.
    pub times: AttemptTimes,
    /// How long a call may last; the provider ends it then.
    pub max_duration: Duration,
    /// Where the far end reaches us.
    pub addresses: Addresses,
}

/// Places calls through one provider.
#[derive(Clone)]
pub struct Calls {
    line: Arc<Line>,
    sessions: Arc<Registry>,
    outcomes: Arc<dyn Outcomes>,
    directory: Arc<Directory>,
    meters: Arc<Meters>,
    slots: Arc<Semaphore>,
    settings: Arc<CallSettings>,
}

/// An attempt under way.
#[derive(Debug)]
pub struct Placed {
    /// Its name.
    pub attempt: AttemptId,
    record: oneshot::Receiver<AttemptRecord>,
    cancel: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Placed {
    /// Waits for what it comes to. `None` only if its task is gone, a defect of ours.
    pub async fn outcome(&mut self) -> Option<AttemptRecord> {
        (&mut self.record).await.ok()
    }

    /// Asks to stop it, however far it came.
    pub fn cancel(&self) {
        self.cancel.send_replace(true);
    }

    /// Waits until its call is proven over at the provider, or given up.
    pub async fn over(self) {
        // Kept until here: a dropped sender must not look like a wish to stop.
        let Self { cancel: _cancel, task, .. } = self;
        if let Err(error) = task.await {
            tracing::error!(%error, "the task of an attempt broke");
        }
    }
}

impl Calls {
    /// Calls through this provider.
    #[must_use]
    pub fn new(
        line: Arc<Line>,
        sessions: Arc<Registry>,
        outcomes: Arc<dyn Outcomes>,
        directory: Arc<Directory>,
        meters: Arc<Meters>,
        settings: CallSettings,
    ) -> Self {
        let slots = Arc::new(Semaphore::new(settings.sessions as usize));
        Self { line, sessions, outcomes, directory, meters, slots, settings: Arc::new(settings) }
    }

    /// Starts an attempt. An order with a malformed number ends as `failed/invalid_number` without any request; one that
    /// was canceled, or whose time passed, before it was dialed ends as `canceled`.
    ///
    /// # Errors
    /// [`PlaceError`]: nothing was begun.
    pub fn place(&self, order: CallOrder) -> Result<Placed, PlaceError> {
        let number: Option<PhoneNumber> = order.to.parse().ok();
        if let Some(number) = &number {
            self.line.permit(number)?;
        }
        let slot = match order.when_full {
            WhenFull::Wait => None,
            WhenFull::Reject if order.window.not_before.is_some_and(|at| at > clock::now()) => {
                return Err(PlaceError::LaterOrNever);
            }
            WhenFull::Reject => Some(self.free_slot()?),
        };
        let attempt = order.session.attempt.clone();
        let (done, record) = oneshot::channel();
        let (cancel, mut canceled) = watch::channel(false);
        let span = attempt_span(&order.session.call, &attempt);
        let calls = self.clone();
        let work = async move {
            let report = placing::Record::of(&order);
            let Some(number) = number else {
                tracing::info!("the number is malformed: nothing is dialed");
                return report.finish(&calls, Outcome::failed(FailureCode::InvalidNumber), None, done).await;
            };
            let slot = match slot {
                Some(slot) => Some(slot),
                None => calls.turn(order.window, &mut canceled).await,
            };
            let Some(slot) = slot else {
                return report.finish(&calls, Outcome::unanswered(Disposition::Canceled), None, done).await;
            };
            Placing::begin(calls, order, number, done).run(canceled).await;
            drop(slot);
        };
        let task = tokio::spawn(tracing::Instrument::instrument(work, span));
        Ok(Placed { attempt, record, cancel, task })
    }
}

/// Why an attempt was not begun.
#[derive(Debug)]
pub enum PlaceError {
    /// The provider may not dial this number.
    NotAllowed(NotAllowed),
    /// Every slot is taken.
    Full(Full),
    /// It is for later, and yet to be refused where there is no slot now.
    LaterOrNever,
}

impl std::fmt::Display for PlaceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAllowed(error) => error.fmt(f),
            Self::Full(error) => error.fmt(f),
            Self::LaterOrNever => f.write_str(
                "when_full: \"reject\" speaks of now, and not_before is in the future; give \"wait\", or no not_before",
            ),
        }
    }
}

impl std::error::Error for PlaceError {}

impl From<NotAllowed> for PlaceError {
    fn from(error: NotAllowed) -> Self {
        Self::NotAllowed(error)
    }
}

impl From<Full> for PlaceError {
    fn from(error: Full) -> Self {
        Self::Full(error)
    }
}
