//! Calls: from an order to an outcome, at most one dial on the way.
//!
//! [`Calls::place`] starts one task per attempt. The task owns the attempt's machine from `voxgate-core`, does what it
//! asks of provider and session, and feeds it what comes back: answers, callbacks by way of the [`Directory`], notices
//! of the session, time. It decides nothing.

mod directory;
mod placing;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use voxgate_core::calls::AttemptTimes;
use voxgate_core::model::{AttemptId, FailureCode, Outcome, PhoneNumber};

pub use directory::{Directory, Undelivered};

use self::placing::Placing;
use crate::meters::Meters;
use crate::outcomes::{AttemptRecord, Outcomes};
use crate::providers::{Line, NotAllowed};
use crate::session::{Registry, SessionSpec};

/// An order to reach a number with a dialog.
#[derive(Debug)]
pub struct CallOrder {
    /// The number, as it was given.
    pub to: String,
    /// The script's name, for the record.
    pub dialplan: String,
    /// The session that talks, should somebody answer; it names call and attempt.
    pub session: SessionSpec,
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
        Self { line, sessions, outcomes, directory, meters, settings: Arc::new(settings) }
    }

    /// Starts an attempt. An order with a malformed number ends as `failed/invalid_number` without any request.
    ///
    /// # Errors
    /// [`NotAllowed`] while the provider may not dial the number: nothing was begun.
    pub fn place(&self, order: CallOrder) -> Result<Placed, NotAllowed> {
        let number: Option<PhoneNumber> = order.to.parse().ok();
        if let Some(number) = &number {
            self.line.permit(number)?;
        }
        let attempt = order.session.attempt.clone();
        let (done, record) = oneshot::channel();
        let (cancel, canceled) = watch::channel(false);
        let span = tracing::info_span!("attempt", call = %order.session.call, attempt = %attempt);
        let calls = self.clone();
        let work = async move {
            match number {
                Some(number) => Placing::begin(calls, order, number, done).run(canceled).await,
                None => {
                    tracing::info!("the number is malformed: nothing is dialed");
                    let report = placing::Record::of(&order);
                    report.finish(&calls, Outcome::failed(FailureCode::InvalidNumber), None, done).await;
                }
            }
        };
        let task = tokio::spawn(tracing::Instrument::instrument(work, span));
        Ok(Placed { attempt, record, cancel, task })
    }
}
