//! The one reader of the store's events: it looks for new ones while anybody listens, and wakes all listeners.
//!
//! Whoever is up to date gets the very rows that the reader read; whoever is behind reads the store on their own, until
//! they are not. Nothing waits for a listener, and nothing is kept for one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep;

use crate::http::problem::{Code, Problem};
use crate::store::{EventRow, Store, StoreError};

/// Between looks for new events.
const LOOK: Duration = Duration::from_millis(250);
/// Between looks while the store does not answer.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Events that are read at once.
const BATCH: u32 = 100;
/// Events that stay in memory for those who are almost up to date.
const RECENT: usize = 1_000;
/// Listeners at once: each holds a connection.
const LISTENERS: usize = 256;
/// Seconds after which a listener may have gone.
const AGAIN_S: u32 = 10;

/// What all listeners share.
#[derive(Clone)]
pub(in crate::http) struct Feed(Arc<Inner>);

struct Inner {
    store: Store,
    stopping: watch::Receiver<bool>,
    /// The place of the last event that was read.
    last: watch::Sender<u64>,
    recent: Mutex<Recent>,
    /// Whether the reader is at work.
    reading: tokio::sync::Mutex<bool>,
    places: Arc<Semaphore>,
}

/// The latest events.
#[derive(Debug, Default)]
struct Recent {
    /// Whatever came after this place is among the rows.
    after: u64,
    rows: VecDeque<Arc<EventRow>>,
}

/// One who listens.
pub(super) struct Listener {
    feed: Feed,
    last: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    after: u64,
    read: VecDeque<Arc<EventRow>>,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    pub(in crate::http) fn new(store: Store, stopping: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Inner {
            store,
            stopping,
            last: watch::Sender::new(0),
            recent: Mutex::default(),
            reading: tokio::sync::Mutex::new(false),
            places: Arc::new(Semaphore::new(LISTENERS)),
        }))
    }

    /// Somebody listens to what comes after this place; without one, to what comes from now on.
    pub(super) async fn follow(&self, after: Option<u64>) -> Result<Listener, Problem> {
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| {
            let detail = format!("{LISTENERS} listen already; end a stream that nobody needs, or come again");
            Problem::new(Code::Busy, detail).retry_after(AGAIN_S)
        })?;
        // Before the reader is looked for: it stays as long as somebody is subscribed.
        let last = self.0.last.subscribe();
        self.ensure_reader().await?;
        let after = match after {
            Some(after) => after,
            None => self.0.store.last_event().await?,
        };
        let stopping = self.0.stopping.clone();
        Ok(Listener { feed: self.clone(), last, stopping, after, read: VecDeque::new(), _place: place })
    }

    async fn ensure_reader(&self) -> Result<(), StoreError> {
        let mut reading = self.0.reading.lock().await;
        if *reading {
            return Ok(());
        }
        let last = self.0.store.last_event().await?;
        self.recent(|recent| *recent = Recent { after: last, rows: VecDeque::new() });
        self.0.last.send_replace(last);
        *reading = true;
        tokio::spawn(self.clone().read());
        Ok(())
    }

    /// Reads until nobody listens, or the gateway stops.
    async fn read(self) {
        let mut stopping = self.0.stopping.clone();
        loop {
            let pause = match self.look().await {
                Ok(found) if found >= BATCH as usize => continue,
                Ok(_) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "events cannot be read; their listeners wait");
                    LOOK_AGAIN
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
            if self.0.last.receiver_count() == 0 {
                let mut reading = self.0.reading.lock().await;
                if self.0.last.receiver_count() == 0 {
                    *reading = false;
                    return;
                }
            }
        }
    }

    /// How many new events there were.
    async fn look(&self) -> Result<usize, StoreError> {
        let after = *self.0.last.borrow();
        let rows = self.stored(after).await?;
        if let Some(last) = rows.back().map(|row| row.seq) {
            self.recent(|recent| recent.add(&rows));
            self.0.last.send_replace(last);
        }
        Ok(rows.len())
    }

    /// Events after this place: those that were read already, or else the store's.
    async fn after(&self, place: u64) -> Result<VecDeque<Arc<EventRow>>, StoreError> {
        match self.recent(|recent| recent.after(place)) {
            Some(rows) => Ok(rows),
            None => self.stored(place).await,
        }
    }

    async fn stored(&self, after: u64) -> Result<VecDeque<Arc<EventRow>>, StoreError> {
        let rows = self.0.store.events_after(after, BATCH).await?;
        Ok(rows.into_iter().map(Arc::new).collect())
    }

    fn recent<T>(&self, with: impl FnOnce(&mut Recent) -> T) -> T {
        with(&mut self.0.recent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Recent {
    fn add(&mut self, rows: &VecDeque<Arc<EventRow>>) {
        self.rows.extend(rows.iter().cloned());
        while self.rows.len() > RECENT
            && let Some(oldest) = self.rows.pop_front()
        {
            self.after = oldest.seq;
        }
    }

    /// `None` where the first of them is gone.
    fn after(&self, place: u64) -> Option<VecDeque<Arc<EventRow>>> {
        if place < self.after {
            return None;
        }
        let first = self.rows.partition_point(|row| row.seq <= place);
        Some(self.rows.iter().skip(first).take(BATCH as usize).cloned().collect())
    }
}

impl Listener {
    /// The next event; `None` when the gateway stops.
    pub(super) async fn next(&mut self) -> Option<Arc<EventRow>> {
        loop {
            if let Some(row) = self.read.pop_front() {
                self.after = row.seq;
                return Some(row);
            }
            let last = *self.last.borrow_and_update();
            if self.after >= last {
                tokio::select! {
                    _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                    changed = self.last.changed() => changed.ok()?,
                }
                continue;
            }
            match self.feed.after(self.after).await {
                // Places may be left out.
                Ok(rows) if rows.is_empty() => self.after = last,
                Ok(rows) => self.read = rows,
                Err(error) => {
                    tracing::warn!(%error, "events cannot be read; their listener waits");
                    tokio::select! {
                        _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                        () = sleep(LOOK_AGAIN) => {}
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;
    use voxgate_core::calls::LifecycleEvent;
    use voxgate_core::model::CallId;

    use super::*;

    fn rows(places: impl Iterator<Item = u64>) -> VecDeque<Arc<EventRow>> {
        let row = |seq| EventRow {
            seq,
            id: format!("evt-{seq}"),
            at_ms: 1,
            name: LifecycleEvent::Initiated,
            call: CallId::new("call-1"),
            attempt: None,
            body: Map::new(),
        };
        places.map(|place| Arc::new(row(place))).collect()
    }

    fn places(rows: Option<VecDeque<Arc<EventRow>>>) -> Option<Vec<u64>> {
        rows.map(|rows| rows.iter().map(|row| row.seq).collect())
    }

    /// Whoever is within what is kept is served from it without a gap; whoever is before it is told so. What is kept is
    /// bounded.
    #[test]
    fn the_latest_events_are_kept() {
        let mut recent = Recent { after: 10, rows: VecDeque::new() };
        assert_eq!((places(recent.after(10)), places(recent.after(9))), (Some(vec![]), None));
        recent.add(&rows([12, 13, 17].into_iter()));
        let table = [(9, None), (10, Some(vec![12, 13, 17])), (11, Some(vec![12, 13, 17])), (12, Some(vec![13, 17]))];
        for (place, expected) in table.into_iter().chain([(16, Some(vec![17])), (17, Some(vec![])), (99, Some(vec![]))])
        {
            assert_eq!(places(recent.after(place)), expected, "after {place}");
        }
        recent.add(&rows(20..20 + RECENT as u64));
        assert_eq!((recent.rows.len(), recent.after), (RECENT, 17));
        assert_eq!(places(recent.after(16)), None);
        assert_eq!(places(recent.after(17)), Some((20..20 + u64::from(BATCH)).collect()));
    }
}
