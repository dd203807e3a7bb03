//! Attempts against a provider that does as it is told, in this process.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use reqwest::header::HeaderMap;
use voxgate_core::calls::{Accepted, CallEnd, CallStatus, Happened, ProviderEvent};
use voxgate_core::dialog::{Dialog, check};
use voxgate_core::model::{CallId, Disposition};

use super::*;
use crate::config;
use crate::providers::{
    Capabilities, DialError, DialRequest, LostDial, Provider, RequestError, Standing, WebhookError, WebhookRequest,
};
use crate::session::{Claim, SessionNotice, SessionReport};

const ID: &str = "P1";

#[derive(Debug, Default)]
struct Told {
    dials: Mutex<VecDeque<Result<Accepted, DialError>>>,
    requests: Mutex<Vec<String>>,
    secret: Mutex<Option<String>>,
}

/// Does as it is told and keeps what it was asked.
#[derive(Debug)]
struct Obedient(Arc<Told>);

impl Obedient {
    fn note(&self, what: impl Into<String>) {
        self.0.requests.lock().unwrap().push(what.into());
    }
}

impl Provider for Obedient {
    fn capabilities(&self) -> Capabilities {
        Capabilities { dialect: "obedient", detects_machines: false }
    }

    fn dial<'a>(&'a self, request: &'a DialRequest) -> BoxFuture<'a, Result<Accepted, DialError>> {
        self.note(format!("dial {} {} {}", request.to, request.callback_url, request.media_url));
        *self.0.secret.lock().unwrap() = Some(request.secret.clone());
        let answer = self.0.dials.lock().unwrap().pop_front().unwrap();
        Box::pin(async { answer })
    }

    fn status<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Standing, RequestError>> {
        self.note(format!("status {id}"));
        Box::pin(async { Ok(over(CallEnd::Completed)) })
    }

    fn find<'a>(&'a self, _: &'a LostDial) -> BoxFuture<'a, Result<Vec<Accepted>, RequestError>> {
        self.note("find");
        Box::pin(async { Ok(vec![accepted()]) })
    }

    fn hang_up<'a>(&'a self, id: &'a str, answered: bool) -> BoxFuture<'a, Result<Standing, RequestError>> {
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

#[derive(Default)]
struct Kept(Mutex<Vec<AttemptRecord>>);

impl Outcomes for Kept {
    fn record<'a>(&'a self, record: &'a AttemptRecord) -> BoxFuture<'a, std::io::Result<()>> {
        self.0.lock().unwrap().push(record.clone());
        Box::pin(async { Ok(()) })
    }
}

struct House {
    calls: Calls,
    told: Arc<Told>,
    kept: Arc<Kept>,
}

fn over(end: CallEnd) -> Standing {
    Standing { status: CallStatus::Ended(end), raw: format!("{end:?}") }
}

fn accepted() -> Accepted {
    Accepted { provider_call_id: ID.to_owned(), status: CallStatus::Queued }
}

impl House {
    fn new(live: bool, dials: impl IntoIterator<Item = Result<Accepted, DialError>>) -> Self {
        let told = Arc::new(Told { dials: Mutex::new(dials.into_iter().collect()), ..Told::default() });
        let section = config::Provider { live, calls_per_second: 1_000.0, ..config::Provider::default() };
        let line = Arc::new(Line::new("line", Box::new(Obedient(Arc::clone(&told))), &section));
        let kept = Arc::new(Kept::default());
        let addresses = Addresses {
            callbacks: "https://gw.example.com".to_owned(),
            media: "wss://gw.example.com".to_owned(),
            node: "n1".to_owned(),
        };
        let mut times = AttemptTimes::default();
        times.retry.initial_delay = voxgate_core::time::Micros::from_ms(1);
        let settings = CallSettings { sessions: 1, times, max_duration: Duration::from_secs(600), addresses };
        let outcomes: Arc<dyn Outcomes> = Arc::<Kept>::clone(&kept);
        let calls = Calls::new(line, Arc::default(), outcomes, Arc::default(), Arc::default(), settings);
        Self { calls, told, kept }
    }

    fn place(&self, to: &str) -> Result<Placed, PlaceError> {
        self.place_when(to, WhenFull::Wait)
    }

    fn place_when(&self, to: &str, when_full: WhenFull) -> Result<Placed, PlaceError> {
        self.place_within(to, when_full, Window::default())
    }

    fn place_within(&self, to: &str, when_full: WhenFull, window: Window) -> Result<Placed, PlaceError> {
        let (to, dialplan) = (to.to_owned(), "reminder".to_owned());
        self.calls.place(CallOrder { to, dialplan, session: spec(), window, when_full })
    }

    fn happens(&self, happened: Happened) {
        let event = ProviderEvent { provider_call_id: ID.to_owned(), sequence: None, happened };
        self.calls.directory.deliver("line", &AttemptId::new("a-1"), vec![event]).unwrap();
    }

    /// The media of the call arrives, as soon as it was dialed.
    async fn media(&self) -> Claim {
        loop {
            let secret = self.told.secret.lock().unwrap().clone();
            if let Some(secret) = secret {
                return self.calls.sessions.claim(&secret, ID).unwrap();
            }
            tokio::task::yield_now().await;
        }
    }

    fn requests(&self) -> Vec<String> {
        self.told.requests.lock().unwrap().clone()
    }

    fn records(&self) -> usize {
        self.kept.0.lock().unwrap().len()
    }
}

fn report(disposition: Disposition) -> SessionNotice {
    SessionNotice::Ended(Box::new(SessionReport { outcome: Outcome::unanswered(disposition), recording: None }))
}

/// Rows 000-33..35: a malformed number fails with its code, and the provider hears nothing of it.
#[tokio::test]
async fn a_malformed_number_is_never_dialed() {
    let house = House::new(true, []);
    for to in ["12065550110", "+1 206 555 0110", "call me", ""] {
        let mut placed = house.place(to).unwrap();
        let record = placed.outcome().await.unwrap();
        assert_eq!((record.disposition, record.failure_code), (Disposition::Failed, Some(FailureCode::InvalidNumber)));
        assert_eq!(record.to, to);
        placed.over().await;
    }
    assert_eq!((house.requests().len(), house.records(), house.calls.sessions.waiting()), (0, 4, 0));
}

#[tokio::test]
async fn a_provider_that_is_not_live_dials_nothing() {
    let house = House::new(false, []);
    assert!(house.place("+12065550110").is_err());
    assert_eq!((house.requests().len(), house.records()), (0, 0));
}

/// Row 002-08, with each callback doubled: one outcome, and no session is left waiting.
#[tokio::test]
async fn a_busy_line_ends_the_attempt_once() {
    let house = House::new(true, [Ok(accepted())]);
    let mut placed = house.place("+12065550110").unwrap();
    while house.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    for _ in 0..2 {
        house.happens(Happened::Status(CallStatus::Ended(CallEnd::Busy)));
    }
    assert_eq!(placed.outcome().await.unwrap().disposition, Disposition::Busy);
    placed.over().await;
    house.happens(Happened::Status(CallStatus::Ringing));
    assert_eq!((house.records(), house.calls.sessions.waiting(), house.calls.directory.live()), (1, 0, 0));
    assert_eq!(
        house.requests(),
        ["dial +12065550110 https://gw.example.com/v1/webhooks/line/a-1 wss://gw.example.com/media/obedient/n1"]
    );
}

/// The limit is never exceeded: an order waits for a slot, or is refused, and a slot is free only once a call is over.
#[tokio::test]
async fn there_are_never_more_calls_than_slots() {
    let house = House::new(true, [Ok(accepted()), Ok(accepted())]);
    let first = house.place("+12065550110").unwrap();
    while house.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let mut second = house.place("+12065550111").unwrap();
    let refused = house.place_when("+12065550112", WhenFull::Reject).unwrap_err();
    assert!(refused.to_string().starts_with("session_limit_exceeded: 1 calls"), "{refused}");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.requests().len(), 1, "the second one waits");
    second.cancel();
    assert_eq!(second.outcome().await.unwrap().disposition, Disposition::Canceled);
    house.happens(Happened::Status(CallStatus::Ended(CallEnd::Busy)));
    first.over().await;
    assert!(house.place_when("+12065550112", WhenFull::Reject).is_ok());
}

/// Row 002-42: an order is dialed within its window or not at all, however long the slots are taken.
#[tokio::test]
async fn an_order_ends_when_its_time_is_over() {
    let house = House::new(true, [Ok(accepted())]);
    let first = house.place("+12065550110").unwrap();
    let now = clock::now();
    let until = |not_before: Option<u64>, not_after| Window {
        not_before: not_before.map(|ms| now + Duration::from_millis(ms)),
        not_after: Some(now + Duration::from_millis(not_after)),
    };
    let mut second = house.place_within("+12065550111", WhenFull::Wait, until(None, 40)).unwrap();
    let mut third = house.place_within("+12065550112", WhenFull::Wait, until(Some(20), 60)).unwrap();
    assert_eq!(second.outcome().await.unwrap().disposition, Disposition::Canceled);
    assert_eq!(third.outcome().await.unwrap().disposition, Disposition::Canceled);
    assert!(clock::now() - now >= Duration::from_millis(60));
    assert_eq!(house.requests().iter().filter(|request| request.starts_with("dial")).count(), 1);
    first.cancel();
    first.over().await;
}

/// "Reject" asks for a slot now, a later time for none now: an order that says both would be dialed too early.
#[tokio::test]
async fn an_order_for_later_cannot_be_refused_for_want_of_a_slot_now() {
    let house = House::new(true, []);
    let later = Window { not_before: Some(clock::now() + Duration::from_secs(60)), not_after: None };
    let refused = house.place_within("+12065550110", WhenFull::Reject, later).unwrap_err().to_string();
    assert!(refused.starts_with("when_full: \"reject\" speaks of now"), "{refused}");
    assert_eq!((house.requests().len(), house.records()), (0, 0));
}

/// Row 002-45: a call that was talked through has its session's outcome, and is hung up at the provider.
#[tokio::test]
async fn a_conversation_gives_its_own_outcome() {
    let house = House::new(true, [Ok(accepted())]);
    let mut placed = house.place("+12065550110").unwrap();
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(SessionNotice::HangUp(voxgate_core::session::Reason::DialogEnded)).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    let record = placed.outcome().await.unwrap();
    assert_eq!((record.disposition, record.attempts), (Disposition::Completed, 1));
    placed.over().await;
    assert_eq!(house.requests().last().unwrap(), "hang up P1 true");
    assert_eq!(house.records(), 1);
}

/// Callee and media may go so quickly that the provider's word of the end is here before the session's was read.
#[tokio::test]
async fn a_session_is_asked_before_the_providers_word_of_the_end() {
    const CALLS: usize = 20;
    let house = House::new(true, (0..CALLS).map(|_| Ok(accepted())));
    for _ in 0..CALLS {
        house.told.secret.lock().unwrap().take();
        let mut placed = house.place("+12065550110").unwrap();
        let claim = house.media().await;
        claim.notices.try_send(SessionNotice::MediaUp).unwrap();
        claim.notices.try_send(report(Disposition::DoNotCall)).unwrap();
        house.happens(Happened::Status(CallStatus::Ended(CallEnd::Completed)));
        assert_eq!(placed.outcome().await.unwrap().disposition, Disposition::DoNotCall);
        placed.over().await;
    }
}

/// A dial whose answer was lost is proven by its media, and never repeated.
#[tokio::test]
async fn a_lost_answer_is_proven_by_the_media() {
    let house = House::new(true, [Err(DialError::Unknown("the connection broke".to_owned()))]);
    let mut placed = house.place("+12065550110").unwrap();
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    claim.notices.send(report(Disposition::Completed)).await.unwrap();
    assert_eq!(placed.outcome().await.unwrap().disposition, Disposition::Completed);
    assert_eq!(house.requests().iter().filter(|r| r.starts_with("dial")).count(), 1);
}

#[tokio::test]
async fn a_dial_that_was_not_sent_is_repeated() {
    let refused = || Err(DialError::NotSent("refused".to_owned()));
    let house = House::new(true, [refused(), refused(), Ok(accepted())]);
    let mut placed = house.place("+12065550110").unwrap();
    while house.requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    house.happens(Happened::Status(CallStatus::Ended(CallEnd::NoAnswer)));
    assert_eq!(placed.outcome().await.unwrap().disposition, Disposition::NoAnswer);
}

#[tokio::test]
async fn a_session_that_vanishes_is_a_defect_and_the_call_is_ended() {
    let house = House::new(true, [Ok(accepted())]);
    let mut placed = house.place("+12065550110").unwrap();
    let claim = house.media().await;
    claim.notices.send(SessionNotice::MediaUp).await.unwrap();
    drop(claim);
    assert_eq!(placed.outcome().await.unwrap().failure_code, Some(FailureCode::InternalError));
}

#[tokio::test]
async fn canceling_a_ringing_call_hangs_it_up() {
    let house = House::new(true, [Ok(accepted())]);
    let mut placed = house.place("+12065550110").unwrap();
    let _claim = house.media().await;
    placed.cancel();
    assert_eq!(placed.outcome().await.unwrap().disposition, Disposition::Canceled);
    placed.over().await;
    assert_eq!(house.requests().last().unwrap(), "hang up P1 false");
}

fn spec() -> SessionSpec {
    let plan = check("reminder.yaml", include_bytes!("../../dialplans/reminder.yaml")).plan.unwrap();
    let binding = plan.bind("en-US", &plan.examples()).unwrap();
    SessionSpec {
        call: CallId::new("c-1"),
        attempt: AttemptId::new("a-1"),
        dialog: Dialog::new(plan, binding),
        settings: voxgate_core::session::Settings::default(),
        recording: None,
    }
}
