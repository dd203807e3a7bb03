//! A gateway with everything around it: a simulated network, a switchboard in front of that, folders of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, Once};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use tempfile::TempDir;
use voxgate::app::App;
use voxgate::calls::{AttemptRecord, NewOrder};
use voxgate::config::{Config, Provider, Secret, TimeOfDay};
use voxgate::speech::Speech;
use voxgate::store::CallFilter;
use voxgate_sandbox::{Config as Network, Report, Sandbox};

use crate::peer::Dialed;
use crate::switchboard::Switchboard;

/// Longer than any call here takes.
const PATIENCE: Duration = Duration::from_secs(50);
/// What a test's own part says when it panics.
pub(crate) const ON_PURPOSE: &str = "on purpose";

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) sandbox: Sandbox,
    pub(crate) switchboard: Switchboard,
    pub(crate) folder: TempDir,
}

/// What is left of a house that was closed.
pub(crate) struct Left {
    pub(crate) report: Report,
    /// What every call came to.
    pub(crate) outcomes: Vec<AttemptRecord>,
    /// When each attempt's prompts began to be said: attempt, prompt, ms of its session.
    said: Vec<(String, String, u64)>,
    pub(crate) folder: TempDir,
}

impl House {
    /// The shipped scripts, scripted speech.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// Short scripts of the tests' own, scripted speech, one media worker for all.
    pub(crate) async fn short() -> Self {
        Self::with(|config| {
            config.calls.dialplans = Some(short_scripts());
            config.media.workers = Some(1);
        })
        .await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::build(change, None).await
    }

    /// Short scripts, and speech of the test's own.
    pub(crate) async fn speaking(speech: Speech) -> Self {
        Self::build(|config| config.calls.dialplans = Some(short_scripts()), Some(speech)).await
    }

    async fn build(change: impl FnOnce(&mut Config), speech: Option<Speech>) -> Self {
        watch_panics();
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        let network = Network { calls_per_second: 100.0, keep_heard: Some(kept), ..Network::default() };
        let sandbox = Sandbox::start(network).unwrap();
        let switchboard = Switchboard::start(&sandbox.base_url()).await;
        let mut config = config(folder.path(), &switchboard.base_url());
        change(&mut config);
        let app = match speech {
            Some(speech) => App::start_with(config, speech).await.unwrap(),
            None => App::start(config).await.unwrap(),
        };
        Self { app, sandbox, switchboard, folder }
    }

    /// A call from its order to the moment at which the line is free again.
    pub(crate) async fn call(&self, to: &str, dialplan: &str) -> AttemptRecord {
        let ordered = self.app.order(order(to, dialplan)).await.unwrap();
        let over = self.app.settled(&ordered.id, |call| !call.state.is_waiting());
        let over =
            tokio::time::timeout(PATIENCE, over).await.unwrap_or_else(|_| panic!("the call to {to} never ended"));
        self.app.record(&over.unwrap()).await.unwrap().unwrap()
    }

    /// Its data folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the API is.
    pub(crate) fn api(&self) -> String {
        format!("http://{}", self.app.http_address())
    }

    /// The first key.
    pub(crate) fn key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("api-key")).unwrap().trim().to_owned()
    }

    /// Somebody who has the first key.
    pub(crate) fn client(&self) -> reqwest::Client {
        let bearer = format!("Bearer {}", self.key()).parse().unwrap();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        reqwest::Client::builder().no_proxy().tls_certs_only([]).default_headers(headers).build().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.client().get(format!("{}{path}", self.api())).send().await.unwrap()
    }

    /// The only recording, as somebody fetches it who has the first key.
    pub(crate) async fn fetched(&self) -> Vec<u8> {
        let get = async |path: &str| self.get(path).await.error_for_status().unwrap().bytes().await.unwrap();
        let list: serde_json::Value = serde_json::from_slice(&get("/v1/recordings").await).unwrap();
        let id = list["items"][0]["recording_id"].as_str().expect("a recording").to_owned();
        get(&format!("/v1/recordings/{id}/content")).await.to_vec()
    }

    /// A call that a test answers: `answer` acts as the network and the callee.
    pub(crate) async fn answered<A: Future>(
        &self,
        to: &str,
        dialplan: &str,
        answer: impl FnOnce(Dialed) -> A,
    ) -> AttemptRecord {
        let dialed = self.switchboard.expect(to);
        let far_end = async {
            answer(dialed.await.unwrap()).await;
        };
        tokio::join!(self.call(to, dialplan), far_end).0
    }

    /// Stops everything and counts what is left: one outcome for each order, no session, no panic.
    pub(crate) async fn close(self, orders: usize) -> Left {
        let Self { app, sandbox, switchboard, folder } = self;
        // A leg may still say goodbye when its call is over.
        let ended = async {
            while app.meters().live.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(6), ended).await.expect("a session lives on");
        let (outcomes, said) = left_in(&app).await;
        tokio::time::timeout(PATIENCE, app.stop()).await.expect("the gateway does not stop");
        switchboard.stop();
        let report = sandbox.shut_down();
        let attempts: std::collections::HashSet<_> = outcomes.iter().map(|line| line.attempt_id.clone()).collect();
        assert_eq!((outcomes.len(), attempts.len()), (orders, orders), "one outcome for each order: {outcomes:#?}");
        let panics = PANICS.lock().unwrap().clone();
        assert_eq!(panics, [""; 0]);
        Left { report, outcomes, said, folder }
    }
}

impl Left {
    /// The line of a number.
    pub(crate) fn outcome(&self, to: &str) -> &AttemptRecord {
        self.outcomes.iter().find(|line| line.to == to).unwrap()
    }

    /// When a prompt began to be said, by the journal: ms of its session.
    pub(crate) fn said_at_ms(&self, record: &AttemptRecord, prompt: &str) -> usize {
        let found = self.said.iter().find(|(attempt, name, _)| attempt == record.attempt_id.as_str() && name == prompt);
        usize::try_from(found.unwrap().2).unwrap()
    }
}

/// What every call came to, and what was said in it.
async fn left_in(app: &App) -> (Vec<AttemptRecord>, Vec<(String, String, u64)>) {
    let (mut outcomes, mut said) = (Vec::new(), Vec::new());
    for call in app.store().calls(&CallFilter::default(), None, 100).await.unwrap() {
        outcomes.extend(app.record(&call).await.unwrap());
        for attempt in app.store().attempts_of(&call.id).await.unwrap() {
            for line in app.store().journal_of(&attempt.id).await.unwrap() {
                let body: serde_json::Value = serde_json::from_str(&line.body).unwrap();
                for prompt in body["prompts"].as_array().into_iter().flatten() {
                    said.push((attempt.id.to_string(), prompt["name"].as_str().unwrap().to_owned(), line.session_ms));
                }
            }
        }
    }
    (outcomes, said)
}

pub(crate) fn order(to: &str, dialplan: &str) -> NewOrder {
    NewOrder::new(to, dialplan, "en-US", variables(dialplan), "test")
}

pub(crate) fn variables(dialplan: &str) -> BTreeMap<String, String> {
    let known: &[(&str, &str)] = match dialplan {
        "reminder" => &[("first_name", "Ana"), ("appointment", "2026-12-01T10:30:00-08:00")],
        "consent" => &[("first_name", "Ana")],
        _ => &[],
    };
    known.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn short_scripts() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gateway/dialplans"))
}

pub(crate) fn config(folder: &Path, carrier: &str) -> Config {
    let mut config = Config::default();
    config.server.bind.set_port(0);
    config.media.bind.set_port(0);
    config.store.dir = folder.to_owned();
    config.recordings.dir = folder.join("recordings");
    config.speech.cache_dir = folder.join("prompts");
    config.speech.stt = "scripted".to_owned();
    config.speech.tts = "scripted".to_owned();
    config.calls.provider = Some("network".to_owned());
    config.calls.ring_timeout = Duration::from_secs(5);
    config.calls.media_timeout = Duration::from_secs(3);
    config.calls.status_poll_interval = Duration::from_secs(1);
    config.calls.scheduler_interval = Duration::from_secs(1);
    config.calls.hours_from = TimeOfDay::hour(0);
    config.calls.hours_to = TimeOfDay::hour(24);
    (config.redial.no_answer, config.redial.busy, config.redial.transient) = (0, 0, 0);
    let network = Provider {
        kind: "twilio".to_owned(),
        base_url: Some(carrier.parse().unwrap()),
        account_sid: Some(voxgate_sandbox::ACCOUNT_SID.to_owned()),
        auth_token: Some(Secret::new(voxgate_sandbox::AUTH_TOKEN.to_owned())),
        from: Some("+12065550100".parse().unwrap()),
        calls_per_second: 100.0,
        live: true,
        ..Provider::default()
    };
    config.providers.insert("network".to_owned(), network);
    config
}

/// A panic in a session's task is contained, and would pass unseen. Those of the tests themselves are not meant.
pub(crate) fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let what = panic.to_string();
            if what.contains(ON_PURPOSE) {
                return;
            }
            if !panic.location().is_some_and(|at| at.file().contains("tests/")) {
                PANICS.lock().unwrap().push(what);
            }
            before(panic);
        }));
    });
}
