//! Threads that decode: sessions share a few pairs of decoders, because one pair per session would cost 15 MB each.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::OwnedPermit;

use super::grammar::Grammar;
use super::recogniser::{Materials, Recogniser, Verdict};
use crate::speech::{NoMatch, SttEvent, TurnId};

/// Turns that may wait for each decoding thread: at 150 ms a turn, what waits longer is of no use to the caller.
const WAITING_PER_THREAD: usize = 8;

/// What the pool has done since it was started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Turns decoded.
    pub decoded: AtomicU64,
    /// Turns refused because too many were waiting.
    pub overloaded: AtomicU64,
    /// Turns that nobody waited for any more when their time came.
    pub cancelled: AtomicU64,
    /// Turns lost by a failing library or disk.
    pub failed: AtomicU64,
}

/// One turn to decode.
pub(super) struct Job {
    pub(super) samples: Vec<i16>,
    pub(super) grammar: Arc<Grammar>,
    pub(super) cancelled: Arc<AtomicBool>,
    pub(super) answer: Answer,
}

/// A place in the session's queue, reserved when the turn ends; whatever happens to the job, the session hears of it.
pub(super) struct Answer {
    turn: TurnId,
    place: Option<OwnedPermit<SttEvent>>,
}

impl Answer {
    pub(super) fn new(turn: TurnId, place: OwnedPermit<SttEvent>) -> Self {
        Self { turn, place: Some(place) }
    }

    pub(super) fn no_match(mut self, why: NoMatch) {
        self.send(SttEvent::NoMatch { turn: self.turn, why });
    }

    fn failed(mut self, reason: String) {
        self.send(SttEvent::Failed { turn: self.turn, reason });
    }

    fn verdict(mut self, verdict: Verdict) {
        let turn = self.turn;
        self.send(match verdict {
            Verdict::Heard { text, value } => SttEvent::Heard { turn, text, value: Some(value) },
            Verdict::NoMatch(why) => SttEvent::NoMatch { turn, why },
        });
    }

    fn nobody_waits(mut self) {
        self.place = None;
    }

    fn send(&mut self, event: SttEvent) {
        if let Some(place) = self.place.take() {
            place.send(event);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let reason = "the decoding thread ended; restart voxgate".to_owned();
        self.send(SttEvent::Failed { turn: self.turn, reason });
    }
}

/// The decoding threads and their queue.
pub(super) struct Pool {
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl Pool {
    /// Loads a pair of decoders for each thread and starts them.
    ///
    /// # Errors
    /// When the library refuses the model, or a thread cannot be started.
    pub(super) fn start(materials: &Arc<Materials>, threads: usize) -> Result<Self, String> {
        let threads = threads.max(1);
        let (queue, jobs) = sync_channel(threads * WAITING_PER_THREAD);
        let jobs = Arc::new(Mutex::new(jobs));
        let mut pool = Self { queue: Some(queue), threads: Vec::new(), counters: Arc::default() };
        for number in 0..threads {
            let recogniser = Recogniser::new(materials)?;
            let (jobs, counters) = (Arc::clone(&jobs), Arc::clone(&pool.counters));
            let thread = std::thread::Builder::new().name(format!("decoder-{number}"));
            let thread = thread.spawn(move || work(recogniser, &jobs, &counters));
            pool.threads.push(thread.map_err(|error| format!("no thread for a decoder: {error}"))?);
        }
        Ok(pool)
    }

    pub(super) fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }

    /// Hands a turn to the next free thread, or answers at once that there is no room.
    pub(super) fn submit(&self, job: Job) {
        let Some(queue) = &self.queue else { return };
        let Err(refused) = queue.try_send(job) else { return };
        let (TrySendError::Full(job) | TrySendError::Disconnected(job)) = refused;
        self.counters.overloaded.fetch_add(1, Ordering::Relaxed);
        job.answer.no_match(NoMatch::Overloaded);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

fn work(mut recogniser: Recogniser, jobs: &Mutex<Receiver<Job>>, counters: &Counters) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if job.cancelled.load(Ordering::Relaxed) {
            counters.cancelled.fetch_add(1, Ordering::Relaxed);
            job.answer.nobody_waits();
            continue;
        }
        match recogniser.recognise(&job.grammar, &job.samples) {
            Ok((verdict, _)) => {
                counters.decoded.fetch_add(1, Ordering::Relaxed);
                job.answer.verdict(verdict);
            }
            Err(what) => {
                counters.failed.fetch_add(1, Ordering::Relaxed);
                job.answer.failed(what);
            }
        }
    }
}
