//! The journal: one line of JSON for each decision of each attempt, and the facts that must be durable.
//!
//! A thread of its own writes. Facts are answered once they are on disk (`fdatasync`), as many at a time as have come;
//! other events are written along. What cannot be written is not answered: the session then stops waiting by itself.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use serde::Serialize;
use tokio::sync::oneshot;
use voxgate_core::model::{AttemptId, Fact};
use voxgate_core::session::SessionEvent;
use voxgate_core::time::Micros;

use crate::clock;
use crate::lines::LineFile;

/// Events on their way to disk, all sessions together. Facts are not counted: a session waits for its own.
const MOST_EVENTS: usize = 16_384;

/// Hands lines to the journal's thread. Never blocks the caller.
#[derive(Clone, Debug)]
pub struct Journal {
    lines: Sender<Line>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    queued_events: AtomicUsize,
    dropped_events: AtomicU64,
}

#[derive(Debug)]
struct Line {
    attempt: AttemptId,
    at_ms: u64,
    session_ms: u64,
    entry: Entry,
}

#[derive(Debug)]
enum Entry {
    Event(SessionEvent),
    Fact(Fact, oneshot::Sender<()>),
}

/// A line as it stands in the file.
#[derive(Serialize)]
struct Written<'a, T> {
    at_ms: u64,
    session_ms: u64,
    attempt: &'a AttemptId,
    #[serde(flatten)]
    entry: &'a T,
}

impl Journal {
    /// Opens the file for appending, after whatever a crash cut off, and starts the thread; it ends when every clone of the journal is gone.
    ///
    /// # Errors
    /// When the file cannot be opened or no thread be started.
    pub fn start(path: &Path) -> io::Result<(Self, JoinHandle<()>)> {
        let file = LineFile::open(path)?;
        let (lines, queue) = channel();
        let counts = Arc::new(Counts::default());
        let writer = Writer { file, buffer: Vec::new(), waiting: Vec::new(), counts: Arc::clone(&counts) };
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || writer.run(&queue))?;
        Ok((Self { lines, counts }, thread))
    }

    /// Notes a decision. Where too many wait already, it is dropped and counted.
    pub fn note(&self, attempt: &AttemptId, at: Micros, event: SessionEvent) {
        if self.counts.queued_events.fetch_add(1, Ordering::Relaxed) >= MOST_EVENTS {
            self.counts.queued_events.fetch_sub(1, Ordering::Relaxed);
            self.counts.dropped_events.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.submit(attempt, at, Entry::Event(event));
    }

    /// Makes a fact durable; answered when it is.
    #[must_use]
    pub fn commit(&self, attempt: &AttemptId, at: Micros, fact: Fact) -> oneshot::Receiver<()> {
        let (done, durable) = oneshot::channel();
        self.submit(attempt, at, Entry::Fact(fact, done));
        durable
    }

    /// Events that were dropped.
    #[must_use]
    pub fn dropped_events(&self) -> u64 {
        self.counts.dropped_events.load(Ordering::Relaxed)
    }

    fn submit(&self, attempt: &AttemptId, at: Micros, entry: Entry) {
        let line = Line { attempt: attempt.clone(), at_ms: clock::unix_ms(), session_ms: at.as_ms(), entry };
        if self.lines.send(line).is_err() {
            tracing::error!("the journal's thread has died: no fact is made durable any more");
        }
    }
}

struct Writer {
    file: LineFile,
    buffer: Vec<u8>,
    waiting: Vec<oneshot::Sender<()>>,
    counts: Arc<Counts>,
}

impl Writer {
    /// Writes whatever has come, as one write and at most one sync.
    fn run(mut self, queue: &Receiver<Line>) {
        while let Ok(first) = queue.recv() {
            for line in std::iter::once(first).chain(queue.try_iter()) {
                self.take(line);
            }
            if let Err(error) = self.write() {
                tracing::error!(%error, "the journal cannot be written; facts in it are not durable");
                self.waiting.clear();
            }
            self.buffer.clear();
        }
    }

    fn take(&mut self, line: Line) {
        let Line { attempt, at_ms, session_ms, entry } = line;
        match entry {
            Entry::Event(event) => {
                self.counts.queued_events.fetch_sub(1, Ordering::Relaxed);
                self.push(&Written { at_ms, session_ms, attempt: &attempt, entry: &event });
            }
            Entry::Fact(fact, done) => {
                if self.push(&Written { at_ms, session_ms, attempt: &attempt, entry: &fact }) {
                    self.waiting.push(done);
                }
            }
        }
    }

    /// True once the line waits to be written.
    fn push<T: Serialize>(&mut self, line: &Written<'_, T>) -> bool {
        let before = self.buffer.len();
        if let Err(error) = serde_json::to_writer(&mut self.buffer, line) {
            tracing::error!(%error, "a journal line cannot be put into JSON");
            self.buffer.truncate(before);
            return false;
        }
        self.buffer.push(b'\n');
        true
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.append(&self.buffer)?;
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.file.sync()?;
        for done in self.waiting.drain(..) {
            // A session that is over does not wait any more.
            done.send(()).ok();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use voxgate_core::model::Evidence;

    use super::*;

    #[tokio::test]
    async fn a_fact_is_on_disk_when_it_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let (journal, _thread) = Journal::start(&path).unwrap();
        let attempt = AttemptId::new("a-1");
        let event = SessionEvent::Heard {
            utterance: Default::default(),
            until_ms: 60,
            heard_ms: 40,
            evidence: Evidence::Estimated,
        };
        journal.note(&attempt, Micros::from_ms(10), event);
        journal.commit(&attempt, Micros::from_ms(20), Fact::OptOut { input: "9".into() }).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["event"], "heard");
        assert_eq!((&lines[1]["fact"], &lines[1]["attempt"]), (&"opt_out".into(), &"a-1".into()));
        assert_eq!(lines[1]["session_ms"], 20);
    }

    /// An opt-out that stands on the rest of a torn line would be lost to whoever reads the journal.
    #[tokio::test]
    async fn a_fact_after_a_crash_stands_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "{\"at_ms\":17,\"ses").unwrap();
        let (journal, _thread) = Journal::start(&path).unwrap();
        let fact = Fact::OptOut { input: "9".into() };
        journal.commit(&AttemptId::new("a-1"), Micros::ZERO, fact).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
        assert_eq!(line["fact"], "opt_out");
    }

    #[tokio::test]
    async fn a_fact_that_cannot_be_written_is_not_answered() {
        let (journal, _thread) = Journal::start(Path::new("/dev/full")).unwrap();
        let fact = Fact::Checkpoint { state: "ask".into() };
        assert!(journal.commit(&AttemptId::new("a-1"), Micros::ZERO, fact).await.is_err());
    }
}
