//! The journal's thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::spool::Spool;
use super::{Entry, Ledger, Line, Patience, State};

/// Lines that go to the ledger at once.
const AT_ONCE: usize = 256;

pub(super) struct Writer {
    ledger: Arc<dyn Ledger>,
    spool: Spool,
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
        Self { ledger, spool, patience, runtime, state }
    }

    pub(super) fn run(mut self, queue: &Receiver<Entry>) {
        self.empty_spool();
        loop {
            let first = if self.spool.is_empty() {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(self.patience.again)
            };
            match first {
                Ok(first) => self.take(std::iter::once(first).chain(queue.try_iter()).take(AT_ONCE)),
                Err(RecvTimeoutError::Timeout) => self.empty_spool(),
                Err(RecvTimeoutError::Disconnected) => return self.empty_spool(),
            }
        }
    }

    fn take(&mut self, entries: impl Iterator<Item = Entry>) {
        let (lines, waiting): (Vec<Line>, Vec<_>) = entries.map(|entry| (entry.line, entry.durable)).unzip();
        let notes = waiting.iter().filter(|durable| durable.is_none()).count();
        self.state.queued_events.fetch_sub(notes, Ordering::Relaxed);
        if let Err(error) = self.keep(&lines) {
            // Nobody is answered: the sessions stop waiting by themselves.
            return tracing::error!(%error, "neither the store nor the spool takes the journal: facts are not durable");
        }
        for durable in waiting.into_iter().flatten() {
            // A session that is over does not wait any more.
            durable.send(()).ok();
        }
    }

    /// In the ledger, or behind what waits for it already.
    fn keep(&mut self, lines: &[Line]) -> io::Result<()> {
        if self.spool.is_empty() {
            match self.offer(lines) {
                Ok(()) => return Ok(()),
                Err(error) => tracing::warn!(error, "the store takes no journal; it goes to the spool"),
            }
        }
        self.state.spooled.fetch_add(lines.len(), Ordering::Release);
        self.spool.push(lines.iter())
    }

    fn offer(&self, lines: &[Line]) -> Result<(), String> {
        let kept = async { timeout(self.patience.answer, self.ledger.keep(lines)).await };
        self.runtime.block_on(kept).unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
    }

    /// Gives the ledger what it missed, in order.
    fn empty_spool(&mut self) {
        if self.spool.is_empty() {
            return;
        }
        let lines = match self.spool.lines() {
            Ok(lines) => lines,
            Err(error) => return tracing::error!(%error, "the journal's spool cannot be read"),
        };
        for lines in lines.chunks(AT_ONCE) {
            if let Err(error) = self.offer(lines) {
                return tracing::debug!(error, "the spool waits");
            }
        }
        match self.spool.clear() {
            Ok(false) => tracing::debug!("another process spools too: once more"),
            Ok(true) => {
                tracing::info!(lines = lines.len(), "the spool is in the store");
                self.state.spooled.store(0, Ordering::Release);
            }
            Err(error) => tracing::error!(%error, "the journal's spool cannot be emptied"),
        }
    }
}
