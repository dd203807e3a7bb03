//! The journal: each decision of each attempt, and the facts that must be durable.
//!
//! Sessions hand lines over and never wait for more than their own facts. A thread of its own passes them on to the
//! [`Ledger`], as many at a time as have come. Where that does not take them in time they go to the spool, a
//! local file on disk (`fdatasync`), and to the ledger later, in their order: a fact is answered when it is in one of the
//! two. What neither takes is held in memory, unanswered, and offered again to both.

mod held;
mod spool;
#[cfg(test)]
mod tests;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use voxgate_core::model::{AttemptId, Fact};
use voxgate_core::session::SessionEvent;
use voxgate_core::time::Micros;

use self::spool::Spool;
use self::writer::Writer;
use crate::clock;

/// Events on their way to the ledger, all sessions together. Facts are not counted: a session waits for its own.
const MOST_EVENTS: usize = 16_384;

/// One decision or fact of an attempt, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Its name: a line that comes twice is one line.
    pub id: String,
    /// Whose it is.
    pub attempt: AttemptId,
    /// When it was made, in ms since 1970.
    pub at_ms: u64,
    /// When it was made, in ms since the session began.
    pub session_ms: u64,
    /// What it says: an object with a field `fact` or `event`.
    pub body: Box<RawValue>,
}

impl Line {
    /// The fact that it is, if it is one.
    #[must_use]
    pub fn fact(&self) -> Option<Fact> {
        serde_json::from_str(self.body.get()).ok()
    }
}

/// Where lines are kept for good.
pub trait Ledger: Send + Sync {
    /// Keeps the lines, all or none; ready when they are durable. Those that it has already change nothing.
    ///
    /// # Errors
    /// Why they are not kept now.
    fn keep<'a>(&'a self, lines: &'a [Line]) -> BoxFuture<'a, Result<(), String>>;
}

/// How the journal waits for its ledger.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the ledger to take lines, before they go to the spool.
    pub answer: Duration,
    /// Between tries to give the ledger what it missed.
    pub again: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_millis(500), again: Duration::from_secs(1) }
    }
}

/// Hands lines to the journal's thread. Never blocks the caller.
#[derive(Clone, Debug)]
pub struct Journal {
    lines: Sender<Entry>,
    state: Arc<State>,
}

/// What the thread and its callers share.
#[derive(Debug, Default)]
struct State {
    queued_events: AtomicUsize,
    dropped_events: AtomicU64,
    /// Lines that the ledger does not have: in the spool, or held.
    spooled: AtomicUsize,
}

#[derive(Debug)]
struct Entry {
    line: Line,
    /// Who waits until it is durable. None: a note.
    durable: Option<oneshot::Sender<()>>,
}

impl Journal {
    /// Opens the spool at `path`, and starts the thread; it ends when every clone of the journal is gone. `runtime` is
    /// where the ledger works.
    ///
    /// # Errors
    /// When the spool cannot be opened or no thread be started.
    pub fn start(
        path: &Path,
        ledger: Arc<dyn Ledger>,
        patience: Patience,
        runtime: Handle,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let spool = Spool::open(path)?;
        let (lines, queue) = channel();
        let state = Arc::new(State { spooled: AtomicUsize::new(spool.len()), ..State::default() });
        let writer = Writer::new(ledger, spool, patience, runtime, Arc::clone(&state));
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || writer.run(&queue))?;
        Ok((Self { lines, state }, thread))
    }

    /// Notes a decision. Where too many wait already, it is dropped and counted.
    pub fn note(&self, attempt: &AttemptId, at: Micros, event: &SessionEvent) {
        if self.state.queued_events.fetch_add(1, Ordering::Relaxed) >= MOST_EVENTS {
            self.state.queued_events.fetch_sub(1, Ordering::Relaxed);
            self.state.dropped_events.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.submit(attempt, at, event, None);
    }

    /// Makes a fact durable; answered when it is.
    #[must_use]
    pub fn commit(&self, attempt: &AttemptId, at: Micros, fact: &Fact) -> oneshot::Receiver<()> {
        let (done, durable) = oneshot::channel();
        self.submit(attempt, at, fact, Some(done));
        durable
    }

    /// What may be known of it, without keeping its thread alive.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch(Arc::clone(&self.state))
    }

    fn submit<T: Serialize>(&self, attempt: &AttemptId, at: Micros, what: &T, durable: Option<oneshot::Sender<()>>) {
        let body = match serde_json::value::to_raw_value(what) {
            Ok(body) => body,
            Err(error) => return tracing::error!(%error, "a journal line cannot be put into JSON"),
        };
        let (attempt, at_ms, session_ms) = (attempt.clone(), clock::unix_ms(), at.as_ms());
        let line = Line { id: uuid::Uuid::now_v7().to_string(), attempt, at_ms, session_ms, body };
        if self.lines.send(Entry { line, durable }).is_err() {
            tracing::error!("the journal's thread has died: no fact is made durable any more");
        }
    }
}

/// A look at a journal.
#[derive(Clone, Debug)]
pub struct Watch(Arc<State>);

impl Watch {
    /// Events that were dropped.
    #[must_use]
    pub fn dropped_events(&self) -> u64 {
        self.0.dropped_events.load(Ordering::Relaxed)
    }

    /// Whether lines wait, in the spool or in memory: the ledger does not know yet all that was learned, an opt-out maybe.
    #[must_use]
    pub fn is_spooled(&self) -> bool {
        self.spooled() > 0
    }

    /// Lines that wait, in the spool or in memory.
    #[must_use]
    pub fn spooled(&self) -> usize {
        self.0.spooled.load(Ordering::Acquire)
    }

    /// Events on their way to the ledger.
    #[must_use]
    pub fn queued_events(&self) -> usize {
        self.0.queued_events.load(Ordering::Relaxed)
    }
}
