//! Attempts over the real provider code, HTTP and callbacks, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio::net::TcpListener;
use voxgate::calls::{Addresses, CallOrder, CallSettings, Calls, Directory, WhenFull, Window};
use voxgate::config;
use voxgate::http::{Gateway, router};
use voxgate::outcomes::{AttemptRecord, Outcomes};
use voxgate::providers::Providers;
use voxgate::session::{Registry, SessionSpec};
use voxgate_core::calls::{AttemptTimes, RetryPolicy};
use voxgate_core::dialog::{Dialog, check};
use voxgate_core::model::{AttemptId, CallId, Disposition, FailureCode};
use voxgate_core::time::Micros;
use voxgate_sandbox::{Config, Fault, FaultKind, Operation, Report, Sandbox};

const BUSY: &str = "+12065550115";
const NO_ANSWER: &str = "+12065550116";
const INVALID: &str = "+12065550120";
const DECLINES: &str = "+12065550122";
const REFUSES_MEDIA: &str = "+12065550125";
const UNREACHABLE: &str = "+12065550132";
const UNASSIGNED: &str = "+12065550199";

#[derive(Default)]
struct Kept(Mutex<Vec<AttemptRecord>>);

impl Outcomes for Kept {
    fn record<'a>(&'a self, record: &'a AttemptRecord) -> BoxFuture<'a, std::io::Result<()>> {
        self.0.lock().unwrap().push(record.clone());
        Box::pin(async { Ok(()) })
    }
}

/// A gateway's control plane, without its media, and a sandbox for it.
struct House {
    sandbox: Sandbox,
    calls: Calls,
    kept: Arc<Kept>,
}

/// What one call came to, at both ends.
struct Seen {
    record: AttemptRecord,
    records: usize,
    far: Report,
}

impl Seen {
    fn came_to(&self) -> (Disposition, Option<FailureCode>) {
        (self.record.disposition, self.record.failure_code)
    }
}

fn times() -> AttemptTimes {
    AttemptTimes {
        ring_timeout: Micros::from_secs(2),
        ring_grace: Micros::from_secs(2),
        media_timeout: Micros::from_secs(1),
        poll_interval: Micros::from_ms(300),
        prove_timeout: Micros::from_secs(4),
        retry: RetryPolicy { initial_delay: Micros::from_ms(50), ..RetryPolicy::default() },
        ..AttemptTimes::default()
    }
}

impl House {
    async fn with(faults: Vec<Fault>) -> Self {
        let sandbox = Sandbox::start(Config { calls_per_second: 50.0, faults, ..Config::default() }).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let section = config::Provider {
            kind: "twilio".to_owned(),
            base_url: Some(sandbox.base_url().parse().unwrap()),
            account_sid: Some(sandbox.account_sid().to_owned()),
            auth_token: Some(config::Secret::new(sandbox.auth_token().to_owned())),
            from: Some("+12065550100".parse().unwrap()),
            calls_per_second: 50.0,
            live: true,
            ..config::Provider::default()
        };
        let providers = Providers::build(&BTreeMap::from([("line".to_owned(), section)])).unwrap();
        let directory = Arc::new(Directory::default());
        let public_url = format!("http://{here}");
        let gateway = Gateway { providers: providers.clone(), directory: Arc::clone(&directory), public_url };
        tokio::spawn(async move { axum::serve(listener, router(gateway)).await });
        // Nobody listens for media here: it is refused like anywhere it does not belong.
        let addresses =
            Addresses { callbacks: format!("http://{here}"), media: format!("ws://{here}"), node: "n1".to_owned() };
        let settings = CallSettings { sessions: 100, times: times(), max_duration: Duration::from_secs(60), addresses };
        let kept = Arc::new(Kept::default());
        let outcomes: Arc<dyn Outcomes> = Arc::<Kept>::clone(&kept);
        let line = Arc::clone(providers.get("line").unwrap());
        let calls = Calls::new(line, Arc::new(Registry::default()), outcomes, directory, Arc::default(), settings);
        Self { sandbox, calls, kept }
    }

    async fn call(self, to: &str) -> Seen {
        let order = CallOrder {
            to: to.to_owned(),
            dialplan: "reminder".to_owned(),
            session: spec(),
            window: Window::default(),
            when_full: WhenFull::Wait,
        };
        let mut placed = self.calls.place(order).unwrap();
        let record = placed.outcome().await.unwrap();
        if record.failure_code != Some(FailureCode::StatusUnknownTimeout) {
            placed.over().await;
        }
        let records = self.kept.0.lock().unwrap().len();
        let far = tokio::task::spawn_blocking(|| self.sandbox.shut_down()).await.unwrap();
        Seen { record, records, far }
    }
}

fn spec() -> SessionSpec {
    let plan = check("reminder.yaml", include_bytes!("../dialplans/reminder.yaml")).plan.unwrap();
    let binding = plan.bind("en-US", &plan.examples()).unwrap();
    SessionSpec {
        call: CallId::new("c-1"),
        attempt: AttemptId::new("a-1"),
        dialog: Dialog::new(plan, binding),
        settings: voxgate_core::session::Settings::default(),
        recording: None,
    }
}

/// Rows 002-08, 002-45, 000-15: whatever keeps a call from being answered has its disposition, and the carrier has
/// nothing to complain of.
#[tokio::test]
async fn what_is_not_answered_has_its_disposition() {
    let failed = |code| (Disposition::Failed, Some(code));
    let table = [
        (BUSY, (Disposition::Busy, None)),
        (DECLINES, (Disposition::Declined, None)),
        (INVALID, failed(FailureCode::InvalidNumber)),
        (UNREACHABLE, failed(FailureCode::Network)),
        (UNASSIGNED, failed(FailureCode::NumberNotInService)),
        (REFUSES_MEDIA, failed(FailureCode::MediaFailed)),
    ];
    let calls = table.map(|(to, expected)| async move { (to, expected, House::with(vec![]).await.call(to).await) });
    for (to, expected, seen) in join_all(calls).await {
        assert_eq!((seen.came_to(), seen.records), (expected, 1), "{to}");
        assert_eq!(seen.far.requests.create, 1, "{to}");
        for call in &seen.far.calls {
            assert!(call.bad_callback_answers.is_empty(), "{to}: {:?}", call.bad_callback_answers);
        }
        if to != INVALID && to != REFUSES_MEDIA {
            assert!(seen.far.violations.is_empty(), "{to}: {:?}", seen.far.violations);
        }
    }
}

/// Row 002-63: the carrier is told how long it may ring, and keeps to it.
#[tokio::test]
async fn nobody_is_rung_longer_than_asked() {
    let seen = House::with(vec![]).await.call(NO_ANSWER).await;
    assert_eq!(seen.came_to(), (Disposition::NoAnswer, None));
    let call = &seen.far.calls[0];
    assert_eq!(call.status, "no-answer");
    let rang = call.ended_ms.unwrap() - call.created_ms;
    assert!((1_900..4_000).contains(&rang), "rang for {rang} ms");
}

/// Rows 000-33..35: a malformed number never reaches the carrier.
#[tokio::test]
async fn a_malformed_number_never_reaches_the_carrier() {
    let seen = House::with(vec![]).await.call("206-555-0110").await;
    assert_eq!(seen.came_to(), (Disposition::Failed, Some(FailureCode::InvalidNumber)));
    assert_eq!((seen.far.requests.create, seen.far.calls.len(), seen.records), (0, 0, 1));
}

/// What the dial meets, whether a call comes of it, and how many dials are sent.
const DIALS: &[(FaultKind, bool, u64)] = &[
    (FaultKind::RestDropBefore, false, 1),
    (FaultKind::RestDropAfter, true, 1),
    (FaultKind::RestHang, false, 1),
    (FaultKind::Rest429, true, 2),
    (FaultKind::RestStatus, false, 1),
    (FaultKind::RestGarbage, true, 1),
];

const CALLBACKS: &[Option<FaultKind>] =
    &[None, Some(FaultKind::CallbackDoubled), Some(FaultKind::CallbackReordered), Some(FaultKind::CallbackLost)];

/// Whatever befalls dial and callbacks together: one outcome, the right one, and at most one call.
#[tokio::test]
async fn faults_of_dial_and_callbacks_cause_one_outcome_and_at_most_one_call() {
    let mut trials = Vec::new();
    for &(kind, taken, dials) in DIALS {
        for callbacks in CALLBACKS {
            let faults = callbacks.iter().map(|kind| Fault::new(*kind)).chain([Fault::times(kind, 1)]).collect();
            trials.push(async move { (kind, *callbacks, taken, dials, House::with(faults).await.call(BUSY).await) });
        }
    }
    for (kind, callbacks, taken, dials, seen) in join_all(trials).await {
        let expected = if taken {
            (Disposition::Busy, None)
        } else {
            (Disposition::Failed, Some(FailureCode::StatusUnknownTimeout))
        };
        let about = format!("{kind:?}, {callbacks:?}");
        assert_eq!((seen.came_to(), seen.records), (expected, 1), "{about}");
        assert_eq!(seen.far.calls.len(), usize::from(taken), "{about}");
        assert_eq!(seen.far.requests.create, dials, "{about}");
    }
}

/// A carrier that will not tell the status for a while is asked again until it does.
#[tokio::test]
async fn faults_of_status_requests_are_outlasted() {
    let kinds = [FaultKind::RestDropBefore, FaultKind::Rest429, FaultKind::RestStatus, FaultKind::RestGarbage];
    let trials = kinds.map(|kind| async move {
        let fetch = Fault { operation: Operation::Fetch, ..Fault::times(kind, 2) };
        (kind, House::with(vec![Fault::new(FaultKind::CallbackLost), fetch]).await.call(BUSY).await)
    });
    for (kind, seen) in join_all(trials).await {
        assert_eq!((seen.came_to(), seen.records), ((Disposition::Busy, None), 1), "{kind:?}");
        assert_eq!(seen.far.requests.fetch, 3, "{kind:?}");
        assert_eq!(seen.far.calls.len(), 1, "{kind:?}");
    }
}
