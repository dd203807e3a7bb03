//! The scheduler: picks up what is due, takes over what other processes left behind, and starts a task for each.
//!
//! It is woken by new orders and freed slots, and ticks for what comes due by itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;
use voxgate_core::model::{AttemptId, FailureCode, Outcome, PhoneNumber};

use super::placing::Placing;
use super::takeover::{self, Left};
use super::{Calls, millis};
use crate::clock;
use crate::store::{AttemptRow, PickUp, STOP_DIALING, StoreError, Underway};
use crate::telemetry::attempt_span;

/// Whether calls are begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Calls are picked up and taken over.
    Open,
    /// Nothing new is begun; what is under way goes on.
    Draining,
}

/// How long the reply to a request with an idempotency key is kept: a day, in ms.
const REPLIES_KEPT_MS: u64 = 24 * 3_600_000;
/// Attempts taken over at one look.
const TAKE_OVER: u32 = 64;

/// The task of an attempt.
struct Driver {
    since: Instant,
    handle: AbortHandle,
}

pub(super) struct Scheduler {
    calls: Arc<Calls>,
    phase: watch::Receiver<Phase>,
    tasks: JoinSet<()>,
    /// Whose each task is.
    drivers: HashMap<Id, AttemptId>,
    /// Attempts that have a task.
    driven: HashMap<AttemptId, Driver>,
    /// Attempts whose provider is gone from the config: told once.
    unreachable: HashSet<AttemptId>,
    /// Whether the store failed at the last look: told once.
    blind: bool,
}

impl Scheduler {
    pub(super) fn new(calls: Arc<Calls>, phase: watch::Receiver<Phase>) -> Self {
        Self {
            calls,
            phase,
            tasks: JoinSet::new(),
            drivers: HashMap::new(),
            driven: HashMap::new(),
            unreachable: HashSet::new(),
            blind: false,
        }
    }

    /// Runs until it is told to drain and every attempt has ended.
    pub(super) async fn run(mut self) {
        let (lease, interval) = (self.calls.settings.lease, self.calls.settings.interval);
        let calls = Arc::clone(&self.calls);
        let mut phase = self.phase.clone();
        let (mut tick, mut renewal) = (clock::now(), clock::now());
        let mut open = true;
        while open || !self.tasks.is_empty() {
            tokio::select! {
                () = told(&mut phase), if open => open = false,
                Some(ended) = self.tasks.join_next_with_id() => self.on_end(ended),
                () = sleep_until(renewal) => {
                    renewal = clock::now() + lease / 3;
                    let renewed = self.renew().await;
                    self.note(renewed, "leases");
                    if open {
                        let taken = self.take_over().await;
                        self.note(taken, "attempts left behind");
                    }
                }
                () = sleep_until(tick), if open => {
                    tick = clock::now() + interval;
                    let tidied = self.tidy().await;
                    self.note(tidied, "what has run out of time");
                    let freed = self.free_overdue().await;
                    self.note(freed, "slots that outlast their calls");
                    let assigned = calls.assign_tasks().await;
                    self.note(assigned, "tasks for people");
                    let picked = self.pick_up().await;
                    self.note(picked, "due calls");
                }
                () = calls.people.notified(), if open => {
                    let assigned = calls.assign_tasks().await;
                    self.note(assigned, "tasks for people");
                }
                () = calls.wake.notified(), if open => {
                    let taken = self.take_over().await;
                    self.note(taken, "attempts left behind");
                    let picked = self.pick_up().await;
                    self.note(picked, "due calls");
                }
            }
        }
    }

    /// An attempt whose task broke goes on in another one: the next renewal finds that nobody drives it.
    fn on_end(&mut self, ended: Result<(Id, ()), JoinError>) {
        let task = match &ended {
            Ok((task, ())) => *task,
            Err(error) => error.id(),
        };
        let Some(attempt) = self.drivers.remove(&task) else { return };
        self.driven.remove(&attempt);
        if let Err(error) = ended {
            self.calls.directory.close(&attempt);
            tracing::error!(%error, %attempt, "the task of an attempt broke; the attempt goes on where its row says");
        }
    }

    /// A store that does not answer is told of once, and once when it is back.
    fn note(&mut self, looked: Result<(), StoreError>, at: &'static str) {
        match looked {
            Ok(()) if self.blind => {
                tracing::info!("the store answers again");
                self.blind = false;
            }
            Ok(()) => {}
            Err(error) if self.blind => tracing::debug!(%error, at, "the store does not answer"),
            Err(error) => {
                tracing::error!(%error, at, "nothing is picked up while the store does not answer");
                self.blind = true;
            }
        }
    }

    async fn pick_up(&mut self) -> Result<(), StoreError> {
        if !(self.calls.complete)() {
            // What was learned and is not in the store yet may be an opt-out.
            tracing::debug!("nothing is dialed before the journal is in the store");
            return Ok(());
        }
        if self.calls.store.switch(STOP_DIALING).await?.on {
            return Ok(());
        }
        let now_ms = clock::unix_ms();
        let settings = &self.calls.settings;
        let longest = self.calls.providers.names().map(|name| settings.longest_ms(&(self.calls.times)(name))).max();
        let wish = PickUp {
            owner: self.calls.owner.clone(),
            now_ms,
            lease_until_ms: now_ms + millis(settings.lease),
            slot_until_ms: now_ms + longest.unwrap_or_default(),
            most: settings.batch,
            limits: settings.limits.clone(),
        };
        let keeper = Arc::clone(&self.calls);
        let picked = self.calls.store.pick_up(&wish, move |call, facts| keeper.ruling(call, facts, now_ms)).await?;
        self.calls.metrics.scheduler_cycle(picked.started.len());
        for call in &picked.refused {
            tracing::info!(call = %call.id, state = %call.state, reason = call.reason, "the gate turned a call away");
        }
        picked.escalated.iter().for_each(|reason| self.calls.escalated(*reason));
        if !picked.refused.is_empty() || !picked.started.is_empty() {
            self.calls.changed();
        }
        if picked.more {
            self.calls.wake.notify_one();
        }
        picked.started.into_iter().for_each(|begun| self.begin(begun));
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), StoreError> {
        let until = clock::unix_ms() + millis(self.calls.settings.lease);
        for lease in self.calls.store.renew(&self.calls.owner, until).await? {
            if lease.cancel {
                self.calls.directory.cancel(&lease.attempt);
            }
            if !self.driven.contains_key(&lease.attempt) {
                // Its pick-up was committed, and the answer was lost.
                let attempt = self.calls.store.attempt(&lease.attempt).await?;
                let call = self.calls.store.call(&attempt.call).await?;
                self.go_on(Underway { call, attempt }).await?;
            }
        }
        Ok(())
    }

    /// Tasks whose telecaller fell silent are open again; replies that nobody asks for any more are forgotten.
    async fn tidy(&self) -> Result<(), StoreError> {
        let now_ms = clock::unix_ms();
        self.calls.store.reopen_overdue_tasks(now_ms).await?;
        self.calls.store.forget_replies(now_ms.saturating_sub(REPLIES_KEPT_MS)).await.map(drop)
    }

    /// Slots whose calls cannot last any more. Who has an outcome gives the slot back; who still owes one has a task that
    /// hangs, and gets another one, unless it is another process's or has only just been taken over.
    async fn free_overdue(&self) -> Result<(), StoreError> {
        let now_ms = clock::unix_ms();
        for held in self.calls.store.overdue_slots(now_ms, self.calls.settings.limits.deployment).await? {
            if held.state.is_live() {
                self.renew_driver(&held);
            } else {
                self.calls.free_overdue(&held, now_ms).await?;
            }
        }
        Ok(())
    }

    fn renew_driver(&self, held: &AttemptRow) {
        let longest = self.calls.settings.longest_ms(&(self.calls.times)(&held.provider));
        let Some(driver) = self.driven.get(&held.id) else { return };
        if clock::now() - driver.since > Duration::from_millis(longest) {
            tracing::error!(attempt = %held.id, call = %held.call, "an attempt outlasts all that it may wait for");
            driver.handle.abort();
        }
    }

    async fn take_over(&mut self) -> Result<(), StoreError> {
        if !(self.calls.complete)() {
            // What the attempt learned may wait there too.
            return Ok(());
        }
        let now_ms = clock::unix_ms();
        let until = now_ms + millis(self.calls.settings.lease);
        for left in self.calls.store.adopt(&self.calls.owner, now_ms, until, TAKE_OVER).await? {
            self.go_on(left).await?;
        }
        Ok(())
    }

    async fn go_on(&mut self, left: Underway) -> Result<(), StoreError> {
        if takeover::is_untouched(&left.attempt) {
            self.begin(left);
            return Ok(());
        }
        tracing::info!(attempt = %left.attempt.id, state = %left.attempt.state, "an attempt that was left behind goes on");
        match takeover::resume(&self.calls, left.clone()).await? {
            Left::GoesOn(placing) => self.drive(&left, placing.run()),
            Left::NoNumber => self.conclude(left, FailureCode::InvalidNumber),
            Left::NoProvider => self.on_unreachable(left),
        }
        Ok(())
    }

    /// Somebody may still be talking in such a call: it holds its slot for as long as a call can last.
    fn on_unreachable(&mut self, left: Underway) {
        let (provider, attempt) = (&left.attempt.provider, &left.attempt.id);
        if self.unreachable.insert(attempt.clone()) {
            tracing::error!(provider, %attempt, "nobody can be asked about an attempt: its provider is not in the config");
        }
        if left.attempt.slot_until_ms <= clock::unix_ms() {
            self.conclude(left, FailureCode::StatusUnknownTimeout);
        }
    }

    fn conclude(&mut self, what: Underway, code: FailureCode) {
        let outcome = Outcome::failed(code);
        self.drive(&what.clone(), Placing::conclude(Arc::clone(&self.calls), what, outcome));
    }

    /// An attempt that is still to be dialed.
    fn begin(&mut self, begun: Underway) {
        let calls = Arc::clone(&self.calls);
        let line = calls.providers.get(&begun.attempt.provider).cloned();
        let Ok(number) = begun.attempt.to.parse::<PhoneNumber>() else {
            return self.conclude(begun, FailureCode::InvalidNumber);
        };
        let session = calls.stage.session(&begun.call, &begun.attempt.id);
        match (session, line) {
            (Ok(session), Some(line)) => {
                let placing = Placing::begin(calls, begun.clone(), line, number, session);
                self.drive(&begun, placing.run());
            }
            (Err(error), _) => {
                tracing::error!(error, call = %begun.call.id, "a call has nothing to say: its script does not fit");
                self.conclude(begun, FailureCode::InternalError);
            }
            (Ok(_), None) => {
                let provider = &begun.attempt.provider;
                tracing::error!(provider, call = %begun.call.id, "a call's provider is not configured any more");
                self.conclude(begun, FailureCode::InternalError);
            }
        }
    }

    fn drive(&mut self, what: &Underway, work: impl Future<Output = ()> + Send + 'static) {
        let id = what.attempt.id.clone();
        let task = self.tasks.spawn(work.instrument(attempt_span(&what.call.id, &id)));
        self.drivers.insert(task.id(), id.clone());
        self.driven.insert(id, Driver { since: clock::now(), handle: task });
    }
}

/// Ready when draining begins. A conductor that is gone drains too.
pub(super) async fn told(phase: &mut watch::Receiver<Phase>) {
    phase.wait_for(|phase| *phase == Phase::Draining).await.map(drop).unwrap_or_default();
}
