//! Calls against a provider that does as it is told and a store in a temporary folder, in this process.

mod left_behind;
mod no_dial;
mod overdue;
mod placed;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use voxgate_core::calls::{
    Accepted, AttemptState, CallEnd, CallState, CallStatus, CallingHours, Happened, Moving, ProviderEvent,
    RULES_VERSION,
};
use voxgate_core::dialog::{Dialog, check};
use voxgate_core::model::{Disposition, FailureCode, Outcome};
use voxgate_core::time::Micros;

use super::*;
use crate::config;
use crate::providers::{
    Capabilities, DialError, DialRequest, Line, LostDial, Provider, RequestError, Told, WebhookError, WebhookRequest,
};
use crate::session::{Claim, SessionNotice, SessionReport};
use crate::store::{NewCall, STOP_DIALING, StoreOptions, WhenFull};

const ID: &str = "P1";

#[derive(Debug, Default)]
struct Orders {
    dials: Mutex<VecDeque<Result<Accepted, DialError>>>,
    requests: Mutex<Vec<String>>,
    secret: Mutex<Option<String>>,
    /// Where the call stands, when asked; none: it is over.
    status: Mutex<Option<CallStatus>>,
}

/// Does as it is told and keeps what it was asked.
#[derive(Debug)]
struct Obedient(Arc<Orders>);

impl Obedient {
    fn note(&self, what: impl Into<String>) {
        self.0.requests.lock().unwrap().push(what.into());
    }
}

impl Provider for Obedient {
    fn capabilities(&self) -> Capabilities {
        Capabilities { dialect: "obedient", detects_machines: false }
    }

    fn dial<'a>(&'a self, request: &'a DialRequest) -> BoxFuture<'a, Result<Told<Accepted>, DialError>> {
        self.note(format!("dial {} {} {}", request.to, request.callback_url, request.media_url));
        *self.0.secret.lock().unwrap() = Some(request.secret.clone());
        let answer = self.0.dials.lock().unwrap().pop_front().unwrap();
        Box::pin(async { answer.map(told) })
    }

    fn status<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Told<CallStatus>, RequestError>> {
        self.note(format!("status {id}"));
        let stands = self.0.status.lock().unwrap().clone();
        Box::pin(async { Ok(stands.map_or_else(|| over(CallEnd::Completed), told)) })
    }

    fn find<'a>(&'a self, _: &'a LostDial) -> BoxFuture<'a, Result<Told<Vec<Accepted>>, RequestError>> {
        self.note("find");
        Box::pin(async { Ok(told(vec![accepted()])) })
    }

    fn hang_up<'a>(&'a self, id: &'a str, answered: bool) -> BoxFuture<'a, Result<Told<CallStatus>, RequestError>> {
        self.note(format!("hang up {id} {answered}"));
        let end = if answered { CallEnd::Completed } else { CallEnd::Canceled };
        Box::pin(async move { Ok(over(end)) })
    }

    fn parse_webhook(&self, _: &WebhookRequest<'_>) -> Result<Vec<ProviderEvent>, WebhookError> {
        Err(WebhookError::Unsigned)
    }

    fn check_handshake(&self, _: &str, _: &HeaderMap) -> bool {
        false
    }
}

fn over(end: CallEnd) -> Told<CallStatus> {
    told(CallStatus::Ended(end))
}

fn told<T: std::fmt::Debug>(what: T) -> Told<T> {
    Told { raw: format!("{what:?}"), http_status: 200, what }
}

fn accepted() -> Accepted {
    Accepted { provider_call_id: ID.to_owned(), status: CallStatus::Queued }
}

struct OneScript;

impl Stage for OneScript {
    fn session(&self, call: &CallRow, attempt: &AttemptId) -> Result<SessionSpec, String> {
        let plan = check("reminder.yaml", include_bytes!("../../../dialplans/reminder.yaml")).plan.unwrap();
        let binding = plan.bind("en-US", &plan.examples()).unwrap();
        Ok(SessionSpec {
            call: call.id.clone(),
            attempt: attempt.clone(),
            dialog: Dialog::new(plan, binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0)),
            settings: voxgate_core::session::Settings::default(),
            recording: None,
        })
    }

    fn kind(&self, _: &str) -> Kind {
        Kind::Reminder
    }

    fn recording(&self, _: &AttemptId) -> Option<PathBuf> {
        None
    }
}

/// A store that outlives the processes which use it.
struct Base {
    store: Store,
    told: Arc<Orders>,
    live: bool,
    /// Whether the store knows all that sessions learned.
    complete: Arc<AtomicBool>,
    interval: Duration,
    _folder: tempfile::TempDir,
}

/// One process.
struct House {
    calls: Arc<Calls>,
    told: Arc<Orders>,
    conductor: Conductor,
}

impl Base {
    async fn new(live: bool, dials: impl IntoIterator<Item = Result<Accepted, DialError>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
        let told = Arc::new(Orders { dials: Mutex::new(dials.into_iter().collect()), ..Orders::default() });
        let (complete, interval) = (Arc::new(AtomicBool::new(true)), Duration::from_millis(20));
        Self { store, told, live, complete, interval, _folder: folder }
    }

    /// Starts a process with one slot.
    fn process(&self, name: &str) -> House {
        self.process_with(name, Providers::of(self.line()))
    }

    fn process_without_provider(&self, name: &str) -> House {
        let other = Line::new("other", Box::new(Obedient(Arc::clone(&self.told))), &config::Provider::default());
        self.process_with(name, Providers::of(other))
    }

    fn line(&self) -> Line {
        let section = config::Provider { live: self.live, calls_per_second: 1_000.0, ..config::Provider::default() };
        Line::new("line", Box::new(Obedient(Arc::clone(&self.told))), &section)
    }

    fn process_with(&self, name: &str, providers: Providers) -> House {
        let mut times = AttemptTimes::default();
        times.retry.initial_delay = Micros::from_ms(1);
        times.poll_interval = Micros::from_secs(2);
        let complete = Arc::clone(&self.complete);
        let calls = Arc::new(Calls {
            owner: name.to_owned(),
            store: self.store.clone(),
            providers,
            times: Box::new(move |_| times),
            sessions: Arc::default(),
            directory: Arc::default(),
            meters: Arc::default(),
            metrics: Metrics::new(),
            stage: Box::new(OneScript),
            settings: CallSettings { interval: self.interval, ..settings() },
            complete: Box::new(move || complete.load(Ordering::SeqCst)),
            wake: Notify::new(),
            people: Notify::new(),
            changes: watch::Sender::new(0),
        });
        House { conductor: calls.conduct(), calls, told: Arc::clone(&self.told) }
    }
}

fn settings() -> CallSettings {
    CallSettings {
        limits: SlotLimits { deployment: 1, providers: BTreeMap::from([("line".to_owned(), None)]) },
        interval: Duration::from_millis(20),
        batch: 10,
        lease: Duration::from_millis(300),
        max_duration: Duration::from_secs(600),
        keep_recordings: None,
        slow_setup: Duration::from_secs(5),
        upkeep: UpkeepSettings { task_lease: Duration::from_secs(900), recordings: PathBuf::from("recordings") },
        addresses: Addresses {
            callbacks: "https://gw.example.com".to_owned(),
            media: "wss://gw.example.com".to_owned(),
            node: "n1".to_owned(),
        },
        rules: Rules { countries: Vec::new(), hours: CallingHours::ALWAYS, max_attempts: 5 },
        policy: CallPolicy::default(),
    }
}

fn to(number: &str) -> NewCall {
    NewCall {
        to: number.to_owned(),
        dialplan: "reminder".to_owned(),
        language: "en-US".to_owned(),
        variables: BTreeMap::new(),
        time_zone: None,
        campaign: None,
        not_before_ms: None,
        not_after_ms: None,
        when_full: WhenFull::Wait,
        provider: "line".to_owned(),
        actor: "test".to_owned(),
    }
}

impl House {
    async fn order(&self, call: NewCall) -> CallId {
        let reply = |_: &CallRow| crate::store::Reply { status: 202, body: String::new() };
        let created = self.calls.store.create_call(&call, None, clock::unix_ms(), reply).await.unwrap();
        self.calls.wake.notify_one();
        let crate::store::Created::New(call) = created else { panic!("it came before") };
        call.id
    }

    /// Waits until a call is as wanted.
    async fn until(&self, call: &CallId, is_wanted: impl Fn(&CallRow) -> bool) -> CallRow {
        let mut changes = self.calls.changes.subscribe();
        let wait = async {
            loop {
                let row = self.calls.store.call(call).await.unwrap();
                if is_wanted(&row) {
                    return row;
                }
                tokio::select! {
                    changed = changes.changed() => changed.unwrap(),
                    () = tokio::time::sleep(Duration::from_millis(10)) => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the call never came so far")
    }

    /// The record of a call whose attempt has ended and gave its slot back.
    async fn record(&self, call: &CallId) -> AttemptRecord {
        let row = self.until(call, |row| row.state != CallState::Pending && row.state != CallState::InProgress).await;
        while self.calls.store.slots_in_use().await.unwrap().deployment > 0 {
            tokio::task::yield_now().await;
        }
        AttemptRecord::last_of(&self.calls.store, &row).await.unwrap().expect("an attempt with an outcome")
    }

    async fn attempt(&self, call: &CallId) -> AttemptId {
        self.until(call, |row| row.state == CallState::InProgress).await;
        self.calls.store.attempts_of(call).await.unwrap().pop().unwrap().id
    }

    async fn happens(&self, call: &CallId, happened: Happened) {
        self.happens_times(1, call, &happened).await;
    }

    /// The same callback several times, each before the first was read.
    async fn happens_times(&self, times: usize, call: &CallId, happened: &Happened) {
        let attempt = self.attempt(call).await;
        for _ in 0..times {
            let event = ProviderEvent { provider_call_id: ID.to_owned(), sequence: None, happened: happened.clone() };
            self.calls.directory.deliver("line", &attempt, vec![event]).unwrap();
        }
    }

    /// The media of the call arrives, as soon as it was dialed.
    async fn media(&self) -> Claim {
        self.dialed(1).await;
        let secret = self.told.secret.lock().unwrap().clone().unwrap();
        loop {
            if let Ok(claim) = self.calls.sessions.claim(&secret, ID) {
                return claim;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn dialed(&self, times: usize) {
        while self.dials() < times {
            tokio::task::yield_now().await;
        }
    }

    fn dials(&self) -> usize {
        self.requests().iter().filter(|request| request.starts_with("dial")).count()
    }

    fn requests(&self) -> Vec<String> {
        self.told.requests.lock().unwrap().clone()
    }

    /// As `kill -9` does: nothing more is done or written.
    fn die(self) {
        self.conductor.task.abort();
    }
}

async fn house(dials: impl IntoIterator<Item = Result<Accepted, DialError>>) -> (Base, House) {
    let base = Base::new(true, dials).await;
    let house = base.process("p1");
    (base, house)
}

fn report(disposition: Disposition) -> SessionNotice {
    SessionNotice::Ended(Box::new(SessionReport { outcome: Outcome::unanswered(disposition), recording: None }))
}
