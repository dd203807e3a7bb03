//! Attempts over the real provider code, HTTP and callbacks, against the sandbox.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::time::Duration;

use futures_util::future::join_all;
use tempfile::TempDir;
use voxgate::app::App;
use voxgate::calls::{AttemptRecord, NewOrder};
use voxgate::config::{self, TimeOfDay};
use voxgate::store::CallFilter;
use voxgate_core::model::{Disposition, FailureCode};
use voxgate_sandbox::{Config, Fault, FaultKind, Operation, Report, Sandbox};

const BUSY: &str = "+12065550115";
const NO_ANSWER: &str = "+12065550116";
const INVALID: &str = "+12065550120";
const DECLINES: &str = "+12065550122";
const REFUSES_MEDIA: &str = "+12065550125";
const UNREACHABLE: &str = "+12065550132";
const UNASSIGNED: &str = "+12065550199";

/// A gateway and a sandbox for it.
struct House {
    sandbox: Sandbox,
    app: App,
    _folder: TempDir,
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

impl House {
    async fn with(faults: Vec<Fault>) -> Self {
        let sandbox = Sandbox::start(Config { calls_per_second: 50.0, faults, ..Config::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let app = App::start(config(&folder, &sandbox)).await.unwrap();
        Self { sandbox, app, _folder: folder }
    }

    async fn call(self, to: &str) -> Seen {
        let variables = [("first_name", "Ana"), ("appointment", "2026-12-01T10:30:00-08:00")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let call = self.app.order(NewOrder::new(to, "reminder", "en-US", variables, "test")).await.unwrap();
        let over = self.app.outcome(&call.id).await.unwrap();
        let record = self.app.record(&over).await.unwrap().unwrap();
        if record.failure_code != Some(FailureCode::StatusUnknownTimeout) {
            self.app.settled(&call.id, |call| !call.state.is_waiting()).await.unwrap();
        }
        let mut records = 0;
        for call in self.app.store().calls(&CallFilter::default(), None, 10).await.unwrap() {
            let attempts = self.app.store().attempts_of(&call.id).await.unwrap();
            records += attempts.iter().filter(|attempt| attempt.outcome.is_some()).count();
        }
        let far = tokio::task::spawn_blocking(|| self.sandbox.shut_down()).await.unwrap();
        Seen { record, records, far }
    }
}

fn config(folder: &TempDir, sandbox: &Sandbox) -> config::Config {
    let mut config = config::Config::below(folder.path());
    config.server.bind.set_port(0);
    config.media.bind.set_port(0);
    config.media.workers = Some(1);
    config.speech.stt = "none".to_owned();
    config.speech.tts = "none".to_owned();
    config.calls.provider = Some("line".to_owned());
    config.calls.hours_from = TimeOfDay::hour(0);
    config.calls.hours_to = TimeOfDay::hour(24);
    config.calls.ring_timeout = Duration::from_secs(2);
    config.calls.media_timeout = Duration::from_secs(1);
    config.calls.status_poll_interval = Duration::from_millis(300);
    config.calls.prove_timeout = Duration::from_secs(4);
    config.retry.initial_delay = Duration::from_millis(50);
    (config.redial.no_answer, config.redial.busy, config.redial.transient) = (0, 0, 0);
    let line = config::Provider {
        kind: "twilio".to_owned(),
        base_url: Some(sandbox.base_url().parse().unwrap()),
        account_sid: Some(sandbox.account_sid().to_owned()),
        auth_token: Some(config::Secret::new(sandbox.auth_token().to_owned())),
        from: Some("+12065550100".parse().unwrap()),
        calls_per_second: 50.0,
        live: true,
        ..config::Provider::default()
    };
    config.providers.insert("line".to_owned(), line);
    config
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
