//! Calls against a provider that does as it is told and a store in a temporary folder, in this process.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

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
        let plan = check("reminder.yaml", include_bytes!("../../dialplans/reminder.yaml")).plan.unwrap();
        let binding = plan.bind("en-US", &plan.examples()).unwrap();
        Ok(SessionSpec {
            call: call.id.clone(),
            attempt: attempt.clone(),
            dialog: Dialog::new(plan, binding),
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
        Self { store, told, live, _folder: folder }
    }

    /// Starts a process with one slot.
    fn process(&self, name: &str) -> House {
        let section = config::Provider { live: self.live, calls_per_second: 1_000.0, ..config::Provider::default() };
        let line = Line::new("line", Box::new(Obedient(Arc::clone(&self.told))), &section);
        let mut times = AttemptTimes::default();
        times.retry.initial_delay = Micros::from_ms(1);
        times.poll_interval = Micros::from_secs(2);
        let calls = Arc::new(Calls {
            owner: name.to_owned(),
            store: self.store.clone(),
            providers: Providers::of(line),
            times: Box::new(move |_| times),
            sessions: Arc::default(),
            directory: Arc::default(),
            meters: Arc::default(),
            metrics: Metrics::new(),
            stage: Box::new(OneScript),
            settings: settings(),
            complete: Box::new(|| true),
            wake: Notify::new(),
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

/// Rows 000-33..35: a malformed number fails with its code, and the provider hears nothing of it; a person gets a task.
#[tokio::test]
async fn a_malformed_number_is_never_dialed() {
    let (_base, house) = house([]).await;
    for number in ["12065550110", "+1 206 555 0110", "call me", ""] {
        let record = house.record(&house.order(to(number)).await).await;
        assert_eq!((record.disposition, record.failure_code), (Disposition::Failed, Some(FailureCode::InvalidNumber)));
        assert!(record.manual_task_id.is_some() && record.to == number, "{record:?}");
    }
    assert_eq!((house.requests().len(), house.calls.sessions.waiting()), (0, 0));
}

/// The gate's decision stands in the store, and nothing is dialed.
#[tokio::test]
async fn a_provider_that_is_not_live_dials_nothing() {
    let base = Base::new(false, []).await;
    let house = base.process("p1");
    let call = house.order(to("+12065550110")).await;
    let row = house.until(&call, |row| row.state.is_terminal()).await;
    assert_eq!((row.state, row.reason.as_str()), (CallState::Suppressed, "not_allowed"));
    let timeline = house.calls.store.timeline(&call).await.unwrap();
    let decision = timeline.iter().find(|entry| entry.kind == "gate").unwrap();
    assert!(decision.detail.to_string().contains(RULES_VERSION), "{:?}", decision.detail);
    assert_eq!(house.requests().len(), 0);
}

/// Rows 002-08, 002-28, with each callback doubled: one outcome, a redial that waits, and no session is left.
#[tokio::test]
async fn a_busy_line_ends_the_attempt_once_and_is_dialed_again_later() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    house.happens_times(2, &call, &Happened::Status(CallStatus::Ended(CallEnd::Busy))).await;
    assert_eq!(house.record(&call).await.disposition, Disposition::Busy);
    let row = house.calls.store.call(&call).await.unwrap();
    assert_eq!(row.state, CallState::RedialWait);
    assert_eq!(row.due_at_ms.unwrap() - row.updated_at_ms, 15 * 60 * 1_000, "the table's quarter of an hour");
    assert_eq!((house.calls.sessions.waiting(), house.calls.directory.live()), (0, 0));
    let attempt = house.calls.store.attempts_of(&call).await.unwrap().pop().unwrap().id;
    assert_eq!(
        house.requests(),
        [format!(
            "dial +12065550110 https://gw.example.com/v1/webhooks/line/{attempt} wss://gw.example.com/media/obedient/n1"
        )]
    );
}

/// Row 002-66: the limit is never exceeded: an order waits for a slot, and a slot is free only once a call is over.
#[tokio::test]
async fn there_are_never_more_calls_than_slots() {
    let (_base, house) = house([Ok(accepted()), Ok(accepted())]).await;
    let first = house.order(to("+12065550110")).await;
    house.dialed(1).await;
    let second = house.order(to("+12065550111")).await;
    for _ in 0..3 {
        house.calls.wake.notify_one();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!((house.dials(), house.calls.store.call(&second).await.unwrap().state), (1, CallState::Pending));
    house.happens(&first, Happened::Status(CallStatus::Ended(CallEnd::Busy))).await;
    house.dialed(2).await;
    house.happens(&second, Happened::Status(CallStatus::Ended(CallEnd::NoAnswer))).await;
    assert_eq!(house.record(&second).await.disposition, Disposition::NoAnswer);
}

/// Row 002-42: an order is dialed within its window or not at all, however long the slots are taken.
#[tokio::test]
async fn an_order_expires_when_its_time_is_over() {
    let (_base, house) = house([Ok(accepted())]).await;
    house.order(to("+12065550110")).await;
    house.dialed(1).await;
    let soon = clock::unix_ms() + 60;
    let call = house.order(NewCall { not_after_ms: Some(soon), ..to("+12065550111") }).await;
    let row = house.until(&call, |row| row.state.is_terminal()).await;
    assert_eq!((row.state, house.dials()), (CallState::Expired, 1));
}

/// Row 002-45: a call that was talked through has its session's outcome, and is hung up at the provider.
#[tokio::test]
async fn a_conversation_gives_its_own_outcome() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(SessionNotice::HangUp(voxgate_core::session::Reason::DialogEnded)).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    let record = house.record(&call).await;
    assert_eq!((record.disposition, record.attempts), (Disposition::Completed, 1));
    assert_eq!(house.requests().last().unwrap(), "hang up P1 true");
    let asked = house.calls.store.requests_of(&record.attempt_id).await.unwrap();
    let asked: Vec<_> = asked.iter().map(|note| (note.operation.as_str(), note.raw_status.is_some())).collect();
    assert_eq!(asked, [("dial", true), ("hang_up", true)], "row 000-08: every request is on record");
}

/// Callee and media may go so quickly that the provider's word of the end is here before the session's was read.
#[tokio::test]
async fn a_session_is_asked_before_the_providers_word_of_the_end() {
    const CALLS: usize = 20;
    let (_base, house) = house((0..CALLS).map(|_| Ok(accepted()))).await;
    for k in 0..CALLS {
        let call = house.order(to(&format!("+120655501{k:02}"))).await;
        house.dialed(k + 1).await;
        let claim = house.media().await;
        claim.notices.try_send(SessionNotice::MediaUp).unwrap();
        claim.notices.try_send(report(Disposition::DoNotCall)).unwrap();
        house.happens(&call, Happened::Status(CallStatus::Ended(CallEnd::Completed))).await;
        assert_eq!(house.record(&call).await.disposition, Disposition::DoNotCall);
    }
}

/// A dial whose answer was lost is proven by its media, and never repeated.
#[tokio::test]
async fn a_lost_answer_is_proven_by_the_media() {
    let (_base, house) = house([Err(DialError::Unknown("the connection broke".to_owned()))]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    assert_eq!((house.record(&call).await.disposition, house.dials()), (Disposition::Completed, 1));
}

#[tokio::test]
async fn a_dial_that_was_not_sent_is_repeated() {
    let refused = || Err(DialError::NotSent("refused".to_owned()));
    let (_base, house) = house([refused(), refused(), Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    house.dialed(3).await;
    house.happens(&call, Happened::Status(CallStatus::Ended(CallEnd::NoAnswer))).await;
    assert_eq!(house.record(&call).await.disposition, Disposition::NoAnswer);
}

#[tokio::test]
async fn a_session_that_vanishes_is_a_defect_and_the_call_is_ended() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    drop(claim);
    assert_eq!(house.record(&call).await.failure_code, Some(FailureCode::InternalError));
}

#[tokio::test]
async fn canceling_a_ringing_call_hangs_it_up() {
    let (_base, house) = house([Ok(accepted())]).await;
    let call = house.order(to("+12065550110")).await;
    let _claim = house.media().await;
    house.calls.cancel(&call, "test").await.unwrap();
    assert_eq!(house.record(&call).await.disposition, Disposition::Canceled);
    assert_eq!(house.requests().last().unwrap(), "hang up P1 false");
    assert!(matches!(house.calls.cancel(&call, "test").await, Err(StoreError::Illegal { .. })));
}

#[tokio::test]
async fn while_dialing_is_stopped_nothing_is_dialed() {
    let (_base, house) = house([Ok(accepted())]).await;
    house.calls.store.set_switch(STOP_DIALING, true, "test", 1).await.unwrap();
    let call = house.order(to("+12065550110")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((house.dials(), house.calls.store.call(&call).await.unwrap().state), (0, CallState::Pending));
    house.calls.store.set_switch(STOP_DIALING, false, "test", 2).await.unwrap();
    house.dialed(1).await;
}

/// A process dies while the far end rings: the next one goes on with the very call, and the media that the first one's
/// secret lets in finds somebody to talk to.
#[tokio::test]
async fn a_ringing_call_goes_on_in_the_next_process_and_is_not_dialed_again() {
    let (base, first) = house([Ok(accepted())]).await;
    let call = first.order(to("+12065550110")).await;
    first.dialed(1).await;
    let attempt = first.attempt(&call).await;
    while first.calls.store.attempt(&attempt).await.unwrap().provider_call_id.is_none() {
        tokio::task::yield_now().await;
    }
    first.die();
    base.told.status.lock().unwrap().replace(CallStatus::Ringing);
    let second = base.process("p2");
    let claim = second.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    let record = second.record(&call).await;
    assert_eq!((record.disposition, record.attempt_id, second.dials()), (Disposition::Completed, attempt, 1));
}

/// A process dies while somebody talks: nobody is dialed again, what was learned is kept, and a person gets a task.
#[tokio::test]
async fn a_conversation_that_the_process_did_not_survive_is_interrupted() {
    let (base, first) = house([Ok(accepted())]).await;
    let call = first.order(to("+12065550110")).await;
    let claim = first.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    let attempt = first.attempt(&call).await;
    while first.calls.store.attempt(&attempt).await.unwrap().state != AttemptState::Answered {
        tokio::task::yield_now().await;
    }
    let answer = r#"{"fact":"answer","slot":"attends","answer":{"value":"confirmed","source":"keys","input":"1"}}"#;
    let line = crate::store::JournalLine {
        id: "l-1".to_owned(),
        attempt: attempt.clone(),
        at_ms: 1,
        session_ms: 1,
        body: answer.to_owned(),
    };
    first.calls.store.commit_facts(&[line]).await.unwrap();
    first.die();
    let second = base.process("p2");
    let record = second.record(&call).await;
    assert_eq!((record.failure_code, second.dials()), (Some(FailureCode::Interrupted), 1));
    assert_eq!(record.answers.get("attends").map(String::as_str), Some("confirmed"));
    let task = second.calls.store.tasks(&Default::default(), None, 10).await.unwrap().pop().unwrap();
    assert_eq!((task.reason.as_str(), task.priority.as_str()), ("interrupted", "high"));
    assert!(second.requests().contains(&"hang up P1 true".to_owned()), "whoever is on the line is not kept there");
}

/// A task that breaks takes nothing with it: its attempt goes on in another one, and is not dialed again.
#[tokio::test]
async fn an_attempt_outlives_its_task() {
    // A provider without an answer breaks whoever dials.
    let (_base, house) = house([]).await;
    let record = house.record(&house.order(to("+12065550110")).await).await;
    assert_eq!((record.failure_code, house.dials()), (Some(FailureCode::MediaFailed), 1));
}
