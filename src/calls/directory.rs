//! The attempts that are under way, by name: where callbacks find them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;
use voxgate_core::calls::ProviderEvent;
use voxgate_core::model::AttemptId;

/// Events that one attempt may have waiting. It takes them as they come.
const INBOX: usize = 64;
/// Attempts that are remembered after their end, so that their last callbacks are not called unknown.
const REMEMBERED: usize = 10_000;

/// Attempts by name.
#[derive(Debug, Default)]
pub struct Directory(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    live: HashMap<AttemptId, Entry>,
    ended: HashSet<AttemptId>,
    ended_in_order: VecDeque<AttemptId>,
    /// Nothing is to be dialed any more.
    closing: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    provider: String,
    inbox: mpsc::Sender<ToAttempt>,
}

/// Something that an attempt under way is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToAttempt {
    /// The provider reports.
    Provider(ProviderEvent),
    /// Somebody asks to stop it.
    Cancel,
    /// It is not to be dialed any more.
    Withdraw,
    /// Nobody waits for it any longer.
    Cease,
}

/// Why an event reached no attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// There is no such attempt with this provider.
    Unknown,
    /// The attempt does not take it now.
    Busy,
}

impl Directory {
    /// Announces an attempt with this provider, and returns its events.
    pub(super) fn open(&self, attempt: &AttemptId, provider: &str) -> mpsc::Receiver<ToAttempt> {
        let (inbox, events) = mpsc::channel(INBOX);
        self.with(|entries| {
            if entries.closing {
                // It is empty: it takes one.
                inbox.try_send(ToAttempt::Withdraw).ok();
            }
            entries.live.insert(attempt.clone(), Entry { provider: provider.to_owned(), inbox })
        });
        events
    }

    /// The attempt takes no more events.
    pub(super) fn close(&self, attempt: &AttemptId) {
        self.with(|entries| {
            entries.live.remove(attempt);
            if entries.ended.insert(attempt.clone()) {
                entries.ended_in_order.push_back(attempt.clone());
            }
            if entries.ended_in_order.len() > REMEMBERED
                && let Some(oldest) = entries.ended_in_order.pop_front()
            {
                entries.ended.remove(&oldest);
            }
        });
    }

    /// Hands events to an attempt, without waiting. Those for one that has ended are taken and change nothing.
    ///
    /// # Errors
    /// [`Undelivered`]; no event is dropped in silence.
    pub fn deliver(&self, provider: &str, attempt: &AttemptId, events: Vec<ProviderEvent>) -> Result<(), Undelivered> {
        let (entry, ended) = self.with(|e| (e.live.get(attempt).cloned(), e.ended.contains(attempt)));
        let Some(entry) = entry.filter(|entry| entry.provider == provider) else {
            return if ended { Ok(()) } else { Err(Undelivered::Unknown) };
        };
        for event in events {
            if let Err(mpsc::error::TrySendError::Full(_)) = entry.inbox.try_send(ToAttempt::Provider(event)) {
                return Err(Undelivered::Busy);
            }
        }
        Ok(())
    }

    /// Asks to stop an attempt; false where it is not under way here.
    pub(super) fn cancel(&self, attempt: &AttemptId) -> bool {
        let entry = self.with(|entries| entries.live.get(attempt).cloned());
        entry.is_some_and(|entry| entry.inbox.try_send(ToAttempt::Cancel).is_ok())
    }

    /// From now on nothing is dialed here.
    pub(super) fn close_down(&self) {
        self.with(|entries| entries.closing = true);
        self.tell_all(&ToAttempt::Withdraw);
    }

    /// Whether nothing is to be dialed here any more.
    pub(super) fn is_closing(&self) -> bool {
        self.with(|entries| entries.closing)
    }

    /// Ends every attempt that is under way here.
    pub(super) fn cease_all(&self) {
        self.tell_all(&ToAttempt::Cease);
    }

    fn tell_all(&self, what: &ToAttempt) {
        let live: Vec<_> = self.with(|e| e.live.iter().map(|(id, entry)| (id.clone(), entry.clone())).collect());
        for (attempt, entry) in live {
            if entry.inbox.try_send(what.clone()).is_err() {
                tracing::warn!(%attempt, ?what, "an attempt does not take a word of the gateway's end");
            }
        }
    }

    /// How many attempts are under way.
    #[must_use]
    pub fn live(&self) -> usize {
        self.with(|entries| entries.live.len())
    }

    fn with<T>(&self, f: impl FnOnce(&mut Entries) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use voxgate_core::calls::{CallStatus, Happened};

    use super::*;

    fn event() -> ProviderEvent {
        ProviderEvent {
            provider_call_id: "CA1".to_owned(),
            sequence: None,
            happened: Happened::Status(CallStatus::Ringing),
        }
    }

    #[test]
    fn events_reach_their_attempt_or_say_why_not() {
        let directory = Directory::default();
        let id = AttemptId::new("a-1");
        let mut events = directory.open(&id, "line");
        assert_eq!(directory.deliver("line", &AttemptId::new("a-2"), vec![event()]), Err(Undelivered::Unknown));
        assert_eq!(directory.deliver("other", &id, vec![event()]), Err(Undelivered::Unknown));
        assert_eq!(directory.deliver("line", &id, vec![event(); INBOX]), Ok(()));
        assert_eq!(directory.deliver("line", &id, vec![event()]), Err(Undelivered::Busy));
        assert_eq!(events.try_recv(), Ok(ToAttempt::Provider(event())));
        assert_eq!(directory.deliver("line", &id, vec![event()]), Ok(()));
        directory.close(&id);
        assert_eq!(directory.deliver("line", &id, vec![event()]), Ok(()));
        assert_eq!(directory.live(), 0);
    }

    #[test]
    fn the_memory_of_the_ended_is_bounded() {
        let directory = Directory::default();
        for n in 0..REMEMBERED + 50 {
            directory.close(&AttemptId::new(n.to_string()));
        }
        assert_eq!(directory.with(|e| (e.ended.len(), e.ended_in_order.len())), (REMEMBERED, REMEMBERED));
    }
}
