//! A store to test, of either kind, and the orders, decisions and outcomes that tests need.

use std::collections::BTreeMap;

use tempfile::TempDir;
use voxgate::store::{
    AttemptRow, CallRow, Created, Dial, Dialing, Done, Finish, Finished, GateFacts, NewCall, PickUp, PickedUp, Reply,
    Ruling, SlotLimits, Store, StoreError, StoreOptions, Underway, Verdict, WhenFull,
};
use voxgate_core::calls::{Aftermath, CallContext, CallPolicy, CallState, LifecycleEvent, after};
use voxgate_core::dialog::Kind;
use voxgate_core::model::{Disposition, FailureCode, Outcome};

use super::postgres;

/// A day of November 2023, in ms since 1970.
pub(crate) const NOW: u64 = 1_700_000_000_000;
/// What a lease lasts here, in ms.
pub(crate) const LEASE: u64 = 15_000;
/// The provider of every call here.
pub(crate) const LINE: &str = "line";

/// An empty store, and where it is.
pub(crate) struct Bed {
    pub(crate) store: Store,
    pub(crate) url: String,
    _folder: Option<TempDir>,
}

impl Bed {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("voxgate.db").display());
        Self { store: open(&url).await, url, _folder: Some(folder) }
    }

    /// None, and a line that says so, where no server is installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = postgres::shared().map_err(|why| println!("the PostgreSQL half does not run: {why}")).ok()?;
        let url = server.database();
        Some(Self { store: open(&url).await, url, _folder: None })
    }

    /// The same database, as another process has it.
    pub(crate) async fn another(&self) -> Store {
        open(&self.url).await
    }
}

pub(crate) async fn open(url: &str) -> Store {
    Store::open(url, &StoreOptions::default()).await.unwrap()
}

pub(crate) fn order(to: &str) -> NewCall {
    NewCall {
        to: to.to_owned(),
        dialplan: "reminder".to_owned(),
        language: "en-US".to_owned(),
        variables: BTreeMap::from([("first_name".to_owned(), "Ana".to_owned())]),
        time_zone: Some("America/Los_Angeles".to_owned()),
        campaign: None,
        not_before_ms: None,
        not_after_ms: None,
        when_full: WhenFull::Wait,
        provider: LINE.to_owned(),
        actor: "key-1".to_owned(),
    }
}

/// A number of the range that nobody has.
pub(crate) fn number(n: u32) -> String {
    format!("+1206555{n:04}")
}

pub(crate) async fn ordered(store: &Store, to: &str) -> CallRow {
    created(store, &order(to)).await
}

pub(crate) async fn created(store: &Store, new: &NewCall) -> CallRow {
    match store.create_call(new, None, NOW, reply).await.unwrap() {
        Created::New(call) => *call,
        Created::Before(_) => panic!("an order without a key is always new"),
    }
}

pub(crate) fn reply(call: &CallRow) -> Reply {
    Reply { status: 202, body: call.id.to_string() }
}

/// What is replied to something that nobody will ask for again.
pub(crate) fn said<T>(_: &T) -> Reply {
    Reply { status: 201, body: String::new() }
}

/// What was done just now.
pub(crate) fn done<T>(done: Done<T>) -> T {
    match done {
        Done::Now(what) => what,
        Done::Before(reply) => panic!("it came before: {reply:?}"),
    }
}

pub(crate) fn limits(deployment: u32) -> SlotLimits {
    SlotLimits { deployment, providers: BTreeMap::from([(LINE.to_owned(), None)]) }
}

pub(crate) fn wish(owner: &str, now_ms: u64, most: u32, slots: u32) -> PickUp {
    PickUp {
        owner: owner.to_owned(),
        now_ms,
        lease_until_ms: now_ms + LEASE,
        slot_until_ms: now_ms + 3_600_000,
        most,
        limits: limits(slots),
    }
}

pub(crate) fn ruling(verdict: Verdict, reason: &str) -> Ruling {
    Ruling { verdict, reason: reason.to_owned(), rules: r#"{"dnc":false}"#.to_owned(), rule_version: "1".to_owned() }
}

/// Puts nobody off but those whom the facts speak against.
pub(crate) fn gate(call: &CallRow, facts: &GateFacts) -> Ruling {
    if facts.on_dnc {
        return ruling(Verdict::Refuse(becomes(CallState::Suppressed, None)), "do_not_call");
    }
    if call.order.not_after_ms.is_some_and(|at| at < NOW) {
        return ruling(Verdict::Refuse(becomes(CallState::Expired, None)), "expired");
    }
    if facts.dialing_stopped {
        return ruling(Verdict::Refuse(becomes(CallState::Deferred, Some(NOW + 60_000))), "stop_dialing");
    }
    ruling(Verdict::Allow, "allowed")
}

pub(crate) fn becomes(call: CallState, due_at_ms: Option<u64>) -> Aftermath {
    Aftermath {
        call,
        due_at_ms,
        counted: false,
        redial: None,
        deferral: false,
        task: None,
        opt_out: false,
        lifecycle: LifecycleEvent::Failed,
    }
}

/// Up to `most` due calls, for an owner, with slots enough.
pub(crate) async fn pick_up(store: &Store, owner: &str, most: u32) -> PickedUp {
    store.pick_up(&wish(owner, NOW, most, 1_000), gate).await.unwrap()
}

/// A call that was picked up by `a`.
pub(crate) async fn picked(store: &Store, to: &str) -> Underway {
    ordered(store, to).await;
    pick_up(store, "a", 1).await.started.remove(0)
}

pub(crate) fn dial(attempt: &AttemptRow) -> Dial {
    Dial {
        attempt: attempt.id.clone(),
        fence: attempt.fence,
        secret_hash: Some("5ec7e7".to_owned()),
        slot_until_ms: NOW + 3_600_000,
        now_ms: NOW,
    }
}

/// A call that was picked up by `a` and dialed.
pub(crate) async fn dialed(store: &Store, to: &str) -> Underway {
    dial_it(store, &picked(store, to).await).await
}

pub(crate) async fn dial_it(store: &Store, at: &Underway) -> Underway {
    match store.allow_dial(&dial(&at.attempt), |call, _, facts| gate(call, facts)).await.unwrap() {
        Dialing::Go(attempt) => Underway { call: at.call.clone(), attempt: *attempt },
        Dialing::Withdrawn(at, _) => panic!("{at:?} was to be dialed"),
    }
}

pub(crate) fn outcome(disposition: Disposition) -> Outcome {
    Outcome::unanswered(disposition)
}

pub(crate) fn failed(code: FailureCode) -> Outcome {
    Outcome::failed(code)
}

pub(crate) fn finish(outcome: Outcome) -> Finish {
    Finish { outcome, at_ms: NOW + 30_000, recording: None, finalize: true }
}

/// The disposition table.
pub(crate) fn table(call: &CallRow, outcome: &Outcome) -> Aftermath {
    after(outcome, &context(call), &CallPolicy::default())
}

pub(crate) fn context(call: &CallRow) -> CallContext {
    CallContext {
        kind: Kind::Reminder,
        attempts_used: call.attempts_used,
        redials: call.redials.clone(),
        deferrals: call.deferrals,
        not_after_ms: call.order.not_after_ms,
        rescheduled_to_ms: None,
        provider_wait_ms: None,
        now_ms: NOW + 30_000,
    }
}

pub(crate) async fn finished(store: &Store, attempt: &AttemptRow, outcome: Outcome) -> Result<Finished, StoreError> {
    finished_as(store, attempt, finish(outcome)).await
}

pub(crate) async fn finished_as(store: &Store, attempt: &AttemptRow, finish: Finish) -> Result<Finished, StoreError> {
    let outcome = finish.outcome.clone();
    store.finish(&attempt.id, attempt.fence, &finish, move |call, _| table(call, &outcome)).await
}
