//! A gateway and a sandbox for it, and what one call came to at both ends.

use std::collections::BTreeMap;
use std::time::Duration;

use tempfile::TempDir;
use voxgate::app::App;
use voxgate::calls::{AttemptRecord, NewOrder};
use voxgate::config::{self, Config, TimeOfDay};
use voxgate::store::{AttemptRow, CallFilter, CallRow, HistoryRow, RequestNote, TaskFilter, TaskRow};
use voxgate_core::calls::CallState;
use voxgate_core::model::{Disposition, FailureCode};
use voxgate_sandbox::{Config as Network, Fault, Report, Sandbox};

/// A gateway and a sandbox for it.
pub(crate) struct House {
    sandbox: Sandbox,
    app: App,
    _folder: TempDir,
}

/// What one call came to, at both ends.
pub(crate) struct Seen {
    pub(crate) record: AttemptRecord,
    /// Attempts that have an outcome.
    pub(crate) records: usize,
    pub(crate) call: CallRow,
    pub(crate) attempt: AttemptRow,
    pub(crate) tasks: Vec<TaskRow>,
    /// The call's states.
    pub(crate) history: Vec<HistoryRow>,
    /// What the store's provider log has.
    pub(crate) requests: Vec<RequestNote>,
    pub(crate) far: Report,
}

impl Seen {
    pub(crate) fn came_to(&self) -> (Disposition, Option<FailureCode>) {
        (self.record.disposition, self.record.failure_code)
    }

    /// Requests in the store's log of one operation.
    pub(crate) fn noted(&self, operation: &str) -> u64 {
        self.requests.iter().filter(|note| note.operation == operation).count() as u64
    }
}

impl House {
    pub(crate) async fn with(faults: Vec<Fault>) -> Self {
        Self::built(faults, |_| {}).await
    }

    pub(crate) async fn built(faults: Vec<Fault>, change: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(Network { calls_per_second: 50.0, faults, ..Network::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(&folder, &sandbox);
        change(&mut config);
        let app = App::start(config).await.unwrap();
        Self { sandbox, app, _folder: folder }
    }

    /// One call, until its attempt has its outcome; and until its end is proven, where that may be.
    pub(crate) async fn call(self, to: &str) -> Seen {
        let variables = [("first_name", "Ana"), ("appointment", "2026-12-01T10:30:00-08:00")];
        let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let call = self.app.order(NewOrder::new(to, "reminder", "en-US", variables, "test")).await.unwrap();
        let mut call = self.app.outcome(&call.id).await.unwrap();
        let record = self.app.record(&call).await.unwrap().unwrap();
        if record.failure_code != Some(FailureCode::StatusUnknownTimeout) {
            call = self.app.settled(&call.id, |call| call.state != CallState::InProgress).await.unwrap();
        }
        let store = self.app.store();
        let mut records = 0;
        for call in store.calls(&CallFilter::default(), None, 10).await.unwrap() {
            let attempts = store.attempts_of(&call.id).await.unwrap();
            records += attempts.iter().filter(|attempt| attempt.outcome.is_some()).count();
        }
        let attempt = store.attempt(&record.attempt_id).await.unwrap();
        let filter = TaskFilter { call: Some(call.id.clone()), ..TaskFilter::default() };
        let tasks = store.tasks(&filter, None, 10).await.unwrap();
        let history = store.history_of(call.id.as_str()).await.unwrap();
        let requests = self.requests(&record).await;
        let far = tokio::task::spawn_blocking(|| self.sandbox.shut_down()).await.unwrap();
        Seen { record, records, call, attempt, tasks, history, requests, far }
    }
}

impl House {
    /// The store's log, once it has what was sent: an answer may come later than the call's end.
    async fn requests(&self, record: &AttemptRecord) -> Vec<RequestNote> {
        let mut noted = Vec::new();
        for _ in 0..60 {
            let sent = self.sandbox.report().requests;
            noted = self.app.store().requests_of(&record.attempt_id).await.unwrap();
            if noted.len() as u64 == sent.create + sent.fetch + sent.list + sent.update {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        noted
    }
}

fn config(folder: &TempDir, sandbox: &Sandbox) -> Config {
    let mut config = Config::below(folder.path());
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
    config.calls.status_poll_interval = Duration::from_secs(1);
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
        request_timeout: Duration::from_secs(1),
        live: true,
        ..config::Provider::default()
    };
    config.providers.insert("line".to_owned(), line);
    config
}
