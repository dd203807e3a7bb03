//! What must hold once every call is over, by the store, the network's report and the files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;

use voxgate::recordings::seal;
use voxgate::store::{AttemptRow, CallRow, EventRow, TaskFilter, TaskRow};
use voxgate_core::calls::{AttemptState, CallState, LifecycleEvent};
use voxgate_core::model::{AttemptId, Disposition, Fact, FailureCode, Outcome};
use voxgate_sandbox::Report;

use crate::street::{SESSIONS, Street};

/// Everything that is left.
pub(crate) struct Proof {
    street: Street,
    far: Report,
    counts: Counts,
}

/// What there was to be checked.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    calls: usize,
    attempts: usize,
    /// Calls at the network.
    placed: usize,
    /// The most of them at once.
    at_once: usize,
    recordings: usize,
    opt_outs: usize,
    answers: usize,
    /// Attempts that were talking when their process died.
    talking: usize,
    outcomes: BTreeMap<String, usize>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#?}")
    }
}

impl Proof {
    pub(crate) fn of(street: Street) -> Self {
        let far = street.sandbox.report();
        Self { street, far, counts: Counts::default() }
    }

    pub(crate) async fn check(mut self, talking: &BTreeSet<AttemptId>) -> Counts {
        self.counts.calls = self.street.calls.len();
        self.counts.talking = talking.len();
        self.slots();
        self.dialed_once().await;
        for call in self.street.calls.clone() {
            let call = self.street.store.call(&call).await.unwrap();
            let attempts = self.street.store.attempts_of(&call.id).await.unwrap();
            let filter = TaskFilter { call: Some(call.id.clone()), ..TaskFilter::default() };
            let tasks = self.street.store.tasks(&filter, None, 10).await.unwrap();
            let events = self.street.store.events_of(&call.id).await.unwrap();
            assert!(!attempts.is_empty(), "{call:?}");
            for attempt in &attempts {
                self.outcome(&call, attempt, &events).await;
                self.facts(attempt).await;
                self.recording(attempt).await;
                if talking.contains(&attempt.id) {
                    cut_off(attempt, &tasks);
                }
            }
            tasked(&call, attempts.last().unwrap(), &tasks);
        }
        self.files();
        self.counts
    }

    /// The limit, at every moment of the run, by the network's own clock.
    fn slots(&mut self) {
        let calls = &self.far.calls;
        let ends = calls.iter().map(|call| (call.ended_ms.expect("every call has ended"), -1));
        // Of what happens within one millisecond, ends come first.
        let mut steps: Vec<(u64, i32)> = calls.iter().map(|call| (call.created_ms, 1)).chain(ends).collect();
        steps.sort_unstable();
        let mut live = 0;
        let most = steps.into_iter().map(|(_, step)| {
            live += step;
            live
        });
        self.counts.at_once = usize::try_from(most.max().unwrap()).unwrap();
        self.counts.placed = calls.len();
        assert!(self.counts.at_once <= SESSIONS as usize, "{} calls at once", self.counts.at_once);
    }

    /// No number was called more often than it had attempts that were dialed.
    async fn dialed_once(&self) {
        let mut placed: HashMap<&str, usize> = HashMap::new();
        for call in &self.far.calls {
            *placed.entry(&call.to).or_default() += 1;
        }
        for call in &self.street.calls {
            let attempts = self.street.store.attempts_of(call).await.unwrap();
            let dialed = attempts.iter().filter(|attempt| attempt.dialed_at_ms.is_some()).count();
            let placed = placed.remove(attempts[0].to.as_str()).unwrap_or_default();
            assert!(placed <= dialed, "{placed} calls for {dialed} dials: {attempts:#?}");
        }
        assert!(placed.is_empty(), "calls that nobody ordered: {placed:?}");
    }

    /// One outcome, never a second one, and exactly one terminal event for it.
    async fn outcome(&mut self, call: &CallRow, attempt: &AttemptRow, events: &[EventRow]) {
        self.counts.attempts += 1;
        let outcome = attempt.outcome.as_ref().unwrap_or_else(|| panic!("no outcome: {attempt:?}"));
        assert_eq!((attempt.state, attempt.slot), (AttemptState::Finalized, false), "{attempt:?}");
        let revisions = self.street.store.revisions_of(&attempt.id).await.unwrap();
        assert!(revisions.is_empty(), "a second outcome: {revisions:?} for {attempt:?}");
        let is_terminal = |name| !matches!(name, LifecycleEvent::Initiated | LifecycleEvent::Started);
        let of_attempt = events.iter().filter(|event| event.attempt.as_ref() == Some(&attempt.id));
        let terminal = of_attempt.filter(|event| is_terminal(event.name)).count();
        assert_eq!(terminal, usize::from(attempt.dialed_at_ms.is_some() || attempt.counted), "{call:?}: {events:#?}");
        *self.counts.outcomes.entry(outcome.reason().to_owned()).or_default() += 1;
    }

    /// What was committed is there: in the outcome, and on the do-not-call list.
    async fn facts(&mut self, attempt: &AttemptRow) {
        let outcome = attempt.outcome.as_ref().unwrap();
        for line in self.street.store.journal_of(&attempt.id).await.unwrap() {
            match serde_json::from_str::<Fact>(&line.body) {
                Ok(Fact::OptOut { .. }) => {
                    self.counts.opt_outs += 1;
                    assert_eq!(outcome.disposition, Disposition::DoNotCall, "{attempt:?}");
                    assert!(self.street.store.dnc(&attempt.to).await.unwrap().is_some(), "{attempt:?}");
                }
                Ok(Fact::Answer { slot, answer }) => {
                    self.counts.answers += 1;
                    assert_eq!(
                        outcome.answers.get(&slot).map(|answer| &answer.value),
                        Some(&answer.value),
                        "{attempt:?}"
                    );
                }
                Ok(Fact::Checkpoint { .. }) | Err(_) => {}
            }
        }
    }

    /// It opens, and is what was sealed.
    async fn recording(&mut self, attempt: &AttemptRow) {
        let Some(row) = self.street.store.recording_of(&attempt.id).await.unwrap() else {
            assert!(attempt.media_at_ms.is_none(), "a session without a recording: {attempt:?}");
            return;
        };
        self.counts.recordings += 1;
        let found = seal(&self.recordings().join(&row.path)).unwrap_or_else(|error| panic!("{}: {error}", row.path));
        let kept = row.seal.unwrap_or_else(|| panic!("{} is not sealed", row.path));
        assert_eq!((found.sha256, found.bytes), (kept.sha256, kept.bytes), "{}", row.path);
    }

    fn recordings(&self) -> PathBuf {
        self.street.folder.path().join("data/recordings")
    }

    /// No file that nobody knows of.
    fn files(&self) {
        let files = std::fs::read_dir(self.recordings()).unwrap().count();
        assert_eq!(files, self.counts.recordings, "recordings on disk, and in the store");
    }
}

/// Whoever was talked with when we died is called back by a person, unless they wanted no more calls.
fn cut_off(attempt: &AttemptRow, tasks: &[TaskRow]) {
    let Outcome { disposition, failure_code, .. } = attempt.outcome.as_ref().unwrap();
    match (disposition, failure_code) {
        (Disposition::DoNotCall, None) => {}
        (Disposition::Failed, Some(FailureCode::Interrupted)) => {
            assert!(tasks.iter().any(|task| task.attempt.as_ref() == Some(&attempt.id)), "no task: {attempt:?}");
        }
        other => panic!("cut off, and it came to {other:?}: {attempt:?}"),
    }
}

/// Row 000-29: a call that failed has exactly one task, any other none.
fn tasked(call: &CallRow, last: &AttemptRow, tasks: &[TaskRow]) {
    let is_failed = call.state == CallState::Failed;
    assert_eq!(tasks.len(), usize::from(is_failed), "{call:?}, {last:?}: {tasks:#?}");
    let expected = match last.outcome.as_ref().unwrap().disposition {
        Disposition::Completed | Disposition::DoNotCall => CallState::Completed,
        Disposition::Canceled => CallState::Canceled,
        Disposition::Busy | Disposition::NoAnswer | Disposition::Failed => CallState::Failed,
        Disposition::Transferred
        | Disposition::Rescheduled
        | Disposition::Voicemail
        | Disposition::PartiallyCompleted
        | Disposition::Declined => panic!("nobody here brings that about: {last:?}"),
    };
    assert_eq!(call.state, expected, "{last:?}");
}
