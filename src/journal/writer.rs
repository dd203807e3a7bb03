//! The journal's thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

use super::held::Held;
use super::spool::Spool;
use super::{Entry, Ledger, Line, Patience, State};
use crate::clock;

/// Lines that go to the ledger at once.
const AT_ONCE: usize = 256;

pub(super) struct Writer {
    ledger: Arc<dyn Ledger>,
    spool: Spool,
    /// What neither the ledger nor the spool took. It comes after what is spooled.
    pub(super) held: Held,
    patience: Patience,
    runtime: Handle,
    state: Arc<State>,
}

impl Writer {
    pub(super) fn new(
        ledger: Arc<dyn Ledger>,
        spool: Spool,
        patience: Patience,
        runtime: Handle,
        state: Arc<State>,
    ) -> Self {
        Self { ledger, spool, held: Held::default(), patience, runtime, state }
    }

    pub(super) fn run(mut self, queue: &Receiver<Entry>) {
        self.catch_up();
        let mut again = self.next_try();
        loop {
            let was_complete = self.is_complete();
            let first = if was_complete {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(again.saturating_duration_since(clock::now()))
            };
            match first {
                Ok(first) => self.take(std::iter::once(first).chain(queue.try_iter()).take(AT_ONCE)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            // Also while line follows line: what waits is not to wait for a pause.
            if was_complete {
                again = self.next_try();
            } else if clock::now() >= again {
                self.catch_up();
                again = self.next_try();
            }
        }
    }

    fn next_try(&self) -> Instant {
        clock::now() + self.patience.again
    }

    /// Whether the ledger has everything.
    fn is_complete(&self) -> bool {
        self.spool.is_empty() && self.held.is_empty()
    }

    fn end(mut self) {
        self.catch_up();
        if !self.held.is_empty() {
            let lines = self.held.len();
            tracing::error!(
                lines,
                "the journal ends with lines that neither the store nor the spool took: they are lost"
            );
        }
    }

    pub(super) fn take(&mut self, entries: impl Iterator<Item = Entry>) {
        let (lines, waiting): (Vec<Line>, Vec<_>) = entries.map(|entry| (entry.line, entry.durable)).unzip();
        let notes = waiting.iter().filter(|durable| durable.is_none()).count();
        self.state.queued_events.fetch_sub(notes, Ordering::Relaxed);
        if !self.keep(lines) {
            // Nobody is answered: the sessions stop waiting by themselves.
            return;
        }
        for durable in waiting.into_iter().flatten() {
            // A session that is over does not wait any more.
            durable.send(()).ok();
        }
    }

    /// Whether the lines are durable: in the ledger, or on disk behind what waits for it already. Where they are not,
    /// they are held.
    fn keep(&mut self, lines: Vec<Line>) -> bool {
        if self.is_complete() {
            match self.offer(&lines) {
                Ok(()) => return true,
                Err(error) => tracing::warn!(error, "the store takes no journal; it goes to the spool"),
            }
        }
        // Said first, so that nobody takes it for complete.
        self.tell(lines.len());
        let on_disk = self.spool(&lines);
        if !on_disk {
            let refused = self.held.hold(lines);
            self.state.dropped_events.fetch_add(refused, Ordering::Relaxed);
        }
        self.tell(0);
        on_disk
    }

    /// Whether what is held, and these lines after it, are on disk now; then nothing is held any more.
    fn spool(&mut self, lines: &[Line]) -> bool {
        if let Err(error) = self.spool.push(self.held.lines().chain(lines)) {
            let lines = self.held.len() + lines.len();
            tracing::error!(%error, lines, "neither the store nor the spool takes the journal: facts are not durable");
            return false;
        }
        self.held.clear();
        true
    }

    /// Says what waits.
    fn tell(&self, more: usize) {
        self.state.spooled.store(self.spool.len() + self.held.len() + more, Ordering::Release);
    }

    fn offer(&self, lines: &[Line]) -> Result<(), String> {
        let kept = async { timeout(self.patience.answer, self.ledger.keep(lines)).await };
        self.runtime.block_on(kept).unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
    }

    /// Gives the ledger what it missed, in order: what is spooled, then what is held. What it does not take goes to the
    /// disk, once that has room again.
    fn catch_up(&mut self) {
        if self.is_complete() {
            return;
        }
        if self.empty_spool() && self.empty_held() {
            tracing::info!("the store has the whole journal again");
        } else if !self.held.is_empty() {
            self.spool(&[]);
        }
        self.tell(0);
    }

    /// Whether nothing is spooled any more.
    fn empty_spool(&mut self) -> bool {
        if self.spool.is_empty() {
            return true;
        }
        let lines = match self.spool.lines() {
            Ok(lines) => lines,
            Err(error) => {
                tracing::error!(%error, "the journal's spool cannot be read");
                return false;
            }
        };
        if !self.hand_over(&lines) {
            return false;
        }
        match self.spool.clear() {
            Ok(false) => tracing::debug!("another process spools too: once more"),
            Ok(true) => tracing::info!(lines = lines.len(), "the spool is in the store"),
            Err(error) => tracing::error!(%error, "the journal's spool cannot be emptied"),
        }
        self.spool.is_empty()
    }

    /// Whether nothing is held any more.
    fn empty_held(&mut self) -> bool {
        let lines: Vec<Line> = self.held.lines().cloned().collect();
        if !self.hand_over(&lines) {
            return false;
        }
        self.held.clear();
        true
    }

    /// Whether the ledger took them all.
    fn hand_over(&self, lines: &[Line]) -> bool {
        lines.chunks(AT_ONCE).all(|lines| match self.offer(lines) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(error, "the journal waits for the store");
                false
            }
        })
    }
}
