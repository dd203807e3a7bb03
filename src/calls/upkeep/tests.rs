//! What is kept up beside the calls, over a store in a temporary folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use voxgate_core::calls::{AttemptTimes, CallPolicy, CallingHours, Rules, TelecallerState};
use voxgate_core::dialog::Kind;
use voxgate_core::model::{AttemptId, FailureCode, Outcome};

use super::*;
use crate::calls::books::Ending;
use crate::calls::{Addresses, CallSettings, Stage};
use crate::metrics::Metrics;
use crate::providers::Providers;
use crate::session::SessionSpec;
use crate::store::{
    Created, Done, FileSeal, Finish, NewCall, NewRecording, PickUp, RecordingId, Reply, Ruling, SlotLimits, Store,
    StoreOptions, TaskFilter, Underway, Verdict, WhenFull,
};

const NOW: u64 = 1_700_000_000_000;
const LINE: &str = "line";

struct NoScript;

impl Stage for NoScript {
    fn session(&self, _: &crate::store::CallRow, _: &AttemptId) -> Result<SessionSpec, String> {
        Err("nothing is said here".to_owned())
    }

    fn kind(&self, _: &str) -> Kind {
        Kind::Survey
    }

    fn recording(&self, _: &AttemptId) -> Option<PathBuf> {
        None
    }
}

struct Bed {
    calls: Arc<Calls>,
    folder: TempDir,
}

impl Bed {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
        let calls = Calls {
            owner: "p1".to_owned(),
            store,
            providers: Providers::build(&BTreeMap::new()).unwrap(),
            times: Box::new(|_| AttemptTimes::default()),
            sessions: Arc::default(),
            directory: Arc::default(),
            meters: Arc::default(),
            metrics: Metrics::new(),
            stage: Box::new(NoScript),
            settings: settings(folder.path().to_owned()),
            complete: Box::new(|| true),
            wake: Notify::new(),
            people: Notify::new(),
            changes: watch::Sender::new(0),
        };
        Self { calls: Arc::new(calls), folder }
    }

    /// Calls under way, each to a number of its own.
    async fn begun(&self, count: u32) -> Vec<Underway> {
        let orders = (0..count).map(|n| async move {
            let order = order(format!("+1206555{n:04}"));
            let reply = |_: &_| Reply { status: 202, body: String::new() };
            let created = self.calls.store.create_call(&order, None, NOW, reply).await.unwrap();
            assert!(matches!(created, Created::New(_)));
        });
        join_all(orders).await;
        let wish = PickUp {
            owner: "gone".to_owned(),
            now_ms: NOW,
            lease_until_ms: u64::MAX >> 1,
            slot_until_ms: NOW + 60_000,
            most: count,
            limits: limits(),
        };
        let allow = |_: &_, _: &_| Ruling {
            verdict: Verdict::Allow,
            reason: "allowed".to_owned(),
            rules: "{}".to_owned(),
            rule_version: "1".to_owned(),
        };
        let picked = self.calls.store.pick_up(&wish, allow).await.unwrap();
        assert_eq!(picked.started.len(), count as usize);
        picked.started
    }

    async fn finish(&self, at: &Underway, outcome: Outcome, recording: Option<NewRecording>) -> Option<RecordingId> {
        let finish = Finish { outcome: outcome.clone(), at_ms: NOW + 1_000, recording, finalize: true };
        let calls = Arc::clone(&self.calls);
        let decide = move |call: &_, _: &_| calls.aftermath(call, &Ending::Outcome(outcome), NOW + 1_000);
        self.calls.store.finish(&at.attempt.id, at.attempt.fence, &finish, decide).await.unwrap().recording
    }

    /// A sealed recording that lies where its row says, and whose time is over after so many ms.
    async fn recorded(&self, at: &Underway, expires_at_ms: u64) -> (RecordingId, PathBuf) {
        let name = format!("{}.wav", at.attempt.id);
        let path = self.folder.path().join(&name);
        std::fs::write(&path, "RIFF").unwrap();
        let seal = Some(FileSeal { sha256: "ab".repeat(32), bytes: 4, length_ms: 1 });
        let new = NewRecording { path: name, seal, incomplete: false, expires_at_ms: Some(expires_at_ms) };
        (self.finish(at, Outcome::failed(FailureCode::HangupEarly), Some(new)).await.unwrap(), path)
    }

    async fn state(&self, id: &RecordingId) -> &'static str {
        self.calls.store.recording(id).await.unwrap().state.as_str()
    }
}

fn order(to: String) -> NewCall {
    NewCall {
        to,
        dialplan: "reminder".to_owned(),
        language: "en-US".to_owned(),
        variables: BTreeMap::new(),
        time_zone: None,
        campaign: None,
        not_before_ms: None,
        not_after_ms: None,
        when_full: WhenFull::Wait,
        provider: LINE.to_owned(),
        actor: "test".to_owned(),
    }
}

fn limits() -> SlotLimits {
    SlotLimits { deployment: 1_000, providers: BTreeMap::from([(LINE.to_owned(), None)]) }
}

fn settings(recordings: PathBuf) -> CallSettings {
    CallSettings {
        limits: limits(),
        interval: Duration::from_millis(20),
        batch: 10,
        lease: Duration::from_secs(15),
        max_duration: Duration::from_secs(600),
        keep_recordings: None,
        slow_setup: Duration::from_secs(5),
        upkeep: UpkeepSettings { task_lease: Duration::from_secs(900), recordings },
        addresses: Addresses { callbacks: String::new(), media: String::new(), node: "n1".to_owned() },
        rules: Rules { countries: Vec::new(), hours: CallingHours::ALWAYS, max_attempts: 5 },
        policy: CallPolicy::default(),
    }
}

/// Row 000-43: whatever is open goes to those who are available, evenly; who is away gets none.
#[tokio::test]
async fn tasks_are_spread_over_those_who_are_there() {
    let bed = Bed::new().await;
    let store = &bed.calls.store;
    let begun = bed.begun(250).await;
    join_all(begun.iter().map(|at| bed.finish(at, Outcome::failed(FailureCode::Interrupted), None))).await;
    bed.calls.assign_tasks().await.unwrap();
    let open = TaskFilter { state: Some(voxgate_core::calls::TaskState::Open), ..TaskFilter::default() };
    assert_eq!(store.tasks(&open, None, 500).await.unwrap().len(), 250, "nobody is there");
    for (name, there) in [("Ana", true), ("Ben", true), ("Cal", false), ("Dot", true)] {
        let reply = |_: &_| Reply { status: 201, body: String::new() };
        let Done::Now(row) = store.add_telecaller(name, None, NOW, reply).await.unwrap() else { panic!("it is new") };
        if there {
            store.set_telecaller(&row.id, TelecallerState::Available, "test", NOW).await.unwrap();
        }
    }
    bed.calls.assign_tasks().await.unwrap();
    let loads = store.telecallers().await.unwrap();
    let shares: BTreeMap<_, _> = loads.iter().map(|load| (load.telecaller.name.as_str(), load.tasks)).collect();
    assert_eq!(shares["Cal"], 0);
    assert!(["Ana", "Ben", "Dot"].iter().all(|name| (83..=84).contains(&shares[*name])), "{shares:?}");
}

/// MODEL, Slots: held until the call is proven over or its longest time has passed; then free, and the history says why.
#[tokio::test]
async fn a_slot_does_not_outlast_what_its_call_can() {
    let bed = Bed::new().await;
    let store = &bed.calls.store;
    let at = bed.begun(1).await.remove(0);
    dial(&bed, &at).await;
    bed.finish(&at, Outcome::failed(FailureCode::StatusUnknownTimeout), None).await;
    assert_eq!(store.slots_in_use().await.unwrap().deployment, 1, "its call is not proven over");
    assert!(store.overdue_slots(NOW + 59_999, 10).await.unwrap().is_empty());
    let held = store.overdue_slots(NOW + 60_000, 10).await.unwrap().remove(0);
    for _ in 0..2 {
        bed.calls.free_overdue(&held, NOW + 60_000).await.unwrap();
    }
    assert_eq!(store.slots_in_use().await.unwrap().deployment, 0);
    let history = store.history_of(at.attempt.id.as_str()).await.unwrap();
    let freed: Vec<_> = history.iter().filter(|row| row.kind == "slot").map(|row| (&*row.to, &*row.reason)).collect();
    assert_eq!(freed, [("free", "its longest time has passed")]);
}

async fn dial(bed: &Bed, at: &Underway) {
    let dial = crate::store::Dial {
        attempt: at.attempt.id.clone(),
        fence: at.attempt.fence,
        secret_hash: None,
        slot_until_ms: NOW + 60_000,
        now_ms: NOW,
    };
    let allow = |_: &_, _: &_, _: &_| Ruling {
        verdict: Verdict::Allow,
        reason: "allowed".to_owned(),
        rules: "{}".to_owned(),
        rule_version: "1".to_owned(),
    };
    bed.calls.store.allow_dial(&dial, allow).await.unwrap();
}

/// Rows X-03, 002-22: what is over goes, file first and row never; what is held or has time left stays.
#[tokio::test]
async fn recordings_go_when_their_time_is_over() {
    let bed = Bed::new().await;
    let begun = bed.begun(3).await;
    let (over, over_file) = bed.recorded(&begun[0], NOW + 5_000).await;
    let (held, held_file) = bed.recorded(&begun[1], NOW + 5_000).await;
    let (later, later_file) = bed.recorded(&begun[2], NOW + 9_000).await;
    let hold = bed.calls.store.set_recording_state(&held, RecordingState::LegalHold, "key-1", "case 7", NOW);
    hold.await.unwrap();
    bed.calls.expire_recordings(NOW + 5_000).await.unwrap();
    assert!(!over_file.exists() && held_file.exists() && later_file.exists());
    assert_eq!(
        [bed.state(&over).await, bed.state(&held).await, bed.state(&later).await],
        ["deleted", "legal_hold", "available"]
    );
    let tombstone = bed.calls.store.recording(&over).await.unwrap();
    assert_eq!((tombstone.to.as_str(), tombstone.seal.unwrap().sha256), ("+12065550000", "ab".repeat(32)));
    let history = bed.calls.store.history_of(over.as_str()).await.unwrap();
    let last: Vec<_> = history.iter().rev().take(2).map(|row| (&*row.to, &*row.actor)).collect();
    assert_eq!(last, [("deleted", "retention"), ("expired", "retention")]);
}

/// A crash between any two steps, and a file that cannot be deleted: the next look finishes, and others wait for nothing.
#[tokio::test]
async fn the_next_look_finishes_what_the_last_one_could_not() {
    let bed = Bed::new().await;
    let begun = bed.begun(3).await;
    let (stuck, stuck_file) = bed.recorded(&begun[0], NOW + 5_000).await;
    let (with_file, file) = bed.recorded(&begun[1], NOW + 5_000).await;
    let (without, gone) = bed.recorded(&begun[2], NOW + 5_000).await;
    for id in [&with_file, &without] {
        let expire =
            bed.calls.store.set_recording_state(id, RecordingState::Expired, RETENTION, "its time is over", NOW);
        expire.await.unwrap();
    }
    std::fs::remove_file(&gone).unwrap();
    std::fs::remove_file(&stuck_file).unwrap();
    std::fs::create_dir(&stuck_file).unwrap();
    bed.calls.expire_recordings(NOW + 5_000).await.unwrap();
    assert!(!file.exists());
    assert_eq!((bed.state(&with_file).await, bed.state(&without).await), ("deleted", "deleted"));
    assert_eq!(bed.state(&stuck).await, "expired");
    std::fs::remove_dir(&stuck_file).unwrap();
    std::fs::write(&stuck_file, "RIFF").unwrap();
    bed.calls.expire_recordings(NOW + 6_000).await.unwrap();
    assert_eq!((bed.state(&stuck).await, stuck_file.exists()), ("deleted", false));
}

/// Row 002-31: what is slower than an operator wants is counted.
#[tokio::test]
async fn slow_setups_are_counted() {
    let bed = Bed::new().await;
    for ms in [40, 5_000, 5_001, 9_000] {
        bed.calls.set_up(LINE, Duration::from_millis(ms));
    }
    let text = bed.calls.metrics.render().unwrap();
    assert!(text.contains("\ncall_setup_slow_total 2\n"), "{text}");
    assert_eq!(bed.calls.meters.setup.percentiles().count, 4);
}
