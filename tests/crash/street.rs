//! Everything around a gateway that is killed: people who can be called, a network, one data folder.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use voxgate::clock;
use voxgate::store::{CallFilter, Created, NewCall, Reply, Store, StoreOptions, WhenFull};
use voxgate_core::calls::{CallState, Moving as _};
use voxgate_core::model::{AttemptId, CallId};
use voxgate_sandbox::{Config as Network, Fault, FaultKind, Sandbox};

/// Calls that may be under way at once.
pub(crate) const SESSIONS: u32 = 24;

/// Who lives at numbers that begin so: a name, and what they do.
const PEOPLE: [(&str, &str, &str); 5] = [
    ("+1206557", "agrees", "ring_ms = 150\ncycle = true\n[[step]]\nafter_ms = 100\nkey = \"1\"\n"),
    ("+1206558", "wants_no_calls", "ring_ms = 100\n[[step]]\nafter_ms = 200\nkey = \"9\"\n"),
    ("+1206559", "is_busy", "ring_ms = 200\noutcome = \"busy\"\n"),
    ("+1206561", "listens", "ring_ms = 50\ncycle = true\n[[step]]\nafter_ms = 1500\nkey = \"1\"\n"),
    ("+1206562", "goes", "ring_ms = 100\n[[step]]\nover_ms = 600\nhang_up = true\n"),
];

const SCRIPT: &str = "\
dialplan: short
version: 1
kind: survey
languages: [en-US]
pipeline: stt_tts
limits: {call: 1m, turns: 20}
slots:
  first: {values: [on], identifies: true}
  second: {values: [on]}
defaults:
  barge_in: {confirm: 300ms}
  no_input: {after: 5s, tries: 2, next: done}
  no_match: {tries: 2, next: done}
answered_by: {human: one, unknown: one, machine: done, screening: one, fax: done}
anywhere:
  stop_calling: {hear: opt_out, keys: [\"9\"], next: opt_out}
  person: {hear: operator, keys: [\"0\"], next: done}
states:
  one: {say: hello, listen: {slot: first, keys: {\"1\": on}}, next: {on: two}}
  two: {say: again, listen: {slot: second, keys: {\"1\": on}}, next: {on: done}}
  opt_out: {say: bye, end: do-not-call}
  done: {say: bye, end: completed, result: answered}
prompts:
  hello: {en-US: \"This is an automated assistant. Press 1.\"}
  again: {en-US: \"Press 1.\"}
  bye: {en-US: \"Bye.\"}
grammars:
  on: {en-US: [yes]}
";

pub(crate) struct Street {
    pub(crate) sandbox: Sandbox,
    pub(crate) store: Store,
    pub(crate) calls: Vec<CallId>,
    pub(crate) folder: TempDir,
}

/// The process under test.
pub(crate) struct Gateway(Child);

impl Gateway {
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        let ended = self.0.try_wait().unwrap();
        assert!(ended.is_none(), "the gateway ended by itself: {ended:?}; see its log");
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Killed already, but for a test that failed.
        self.0.kill().ok();
    }
}

impl Street {
    pub(crate) async fn open(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let people = folder.path().join("people");
        settle(&people);
        let often = |kind, probability| Fault { probability: Some(probability), ..Fault::new(kind) };
        let network = Network {
            calls_per_second: 500.0,
            personas: Some(people),
            seed,
            faults: vec![often(FaultKind::CallbackLost, 0.1), often(FaultKind::RestDropAfter, 0.05)],
            ..Network::default()
        };
        let sandbox = Sandbox::start(network).unwrap();
        let data = folder.path().join("data");
        let url = format!("sqlite:{}", data.join("voxgate.db").display());
        let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
        write_config(folder.path(), &sandbox);
        Self { sandbox, store, calls: Vec::new(), folder }
    }

    /// Orders calls, each to a number of its own.
    pub(crate) async fn order(&mut self, count: u64) {
        let from = self.calls.len();
        let orders = (from..from + usize::try_from(count).unwrap()).map(|n| {
            let (prefix, _, _) = PEOPLE[n % PEOPLE.len()];
            new_call(format!("{prefix}{:04}", n / PEOPLE.len()))
        });
        let made = orders.map(|order| {
            let store = self.store.clone();
            async move {
                let reply = |_: &_| Reply { status: 202, body: String::new() };
                match store.create_call(&order, None, clock::unix_ms(), reply).await.unwrap() {
                    Created::New(call) => call.id,
                    Created::Before(_) => panic!("an order without a key is always new"),
                }
            }
        });
        self.calls.extend(futures_util::future::join_all(made).await);
    }

    /// Starts the gateway on the folder as the last one left it.
    pub(crate) fn gateway(&self) -> Gateway {
        let log = File::options().create(true).append(true).open(self.folder.path().join("stderr.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_voxgate"));
        command.arg("serve").arg("--config").arg(self.folder.path().join("voxgate.toml"));
        Gateway(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// The provider's names of calls in which somebody hears us now.
    pub(crate) fn heard(&self) -> HashSet<String> {
        let calls = self.sandbox.report().calls.into_iter();
        calls.filter(|call| call.ended_ms.is_none() && call.media_messages > 0).map(|call| call.call_sid).collect()
    }

    /// Attempts of the process that died which have no outcome, and whose call somebody heard us in, as far as anybody
    /// knows.
    pub(crate) async fn cut_off(&self, heard: &HashSet<String>) -> Vec<AttemptId> {
        let mut cut = Vec::new();
        let underway = CallFilter { state: Some(CallState::InProgress), ..CallFilter::default() };
        for call in self.store.calls(&underway, None, 4 * SESSIONS).await.unwrap() {
            for attempt in self.store.attempts_of(&call.id).await.unwrap() {
                let is_heard = attempt.provider_call_id.as_ref().is_some_and(|id| heard.contains(id));
                if attempt.outcome.is_none() && (is_heard || attempt.media_at_ms.is_some()) {
                    cut.push(attempt.id);
                }
            }
        }
        cut
    }

    /// Calls that wait to be dialed.
    pub(crate) async fn waiting(&self) -> u64 {
        let states = self.store.calls_by_state().await.unwrap();
        states.iter().filter(|(state, _)| state.is_waiting()).map(|(_, count)| count).sum()
    }

    /// Ready when every call is over and every slot free.
    pub(crate) async fn all_over(&self) {
        loop {
            let states = self.store.calls_by_state().await.unwrap();
            let is_over = states.keys().all(|state| state.is_terminal());
            if is_over && self.store.slots_in_use().await.unwrap().deployment == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// What is not over, for a test that fails.
    pub(crate) async fn left(&self) -> String {
        let mut text = format!("{:?}\n", self.store.calls_by_state().await.unwrap());
        for call in &self.calls {
            for attempt in self.store.attempts_of(call).await.unwrap().iter().filter(|attempt| attempt.slot) {
                writeln!(text, "{attempt:?}").unwrap();
            }
        }
        text
    }
}

fn settle(people: &Path) {
    std::fs::create_dir_all(people).unwrap();
    let mut plan = "otherwise = \"unassigned\"\n[numbers]\n[prefixes]\n".to_owned();
    for (prefix, name, does) in PEOPLE {
        writeln!(plan, "\"{prefix}\" = \"{name}\"").unwrap();
        std::fs::write(people.join(format!("{name}.toml")), format!("about = \"One of many.\"\n{does}")).unwrap();
    }
    std::fs::write(people.join("numbers.toml"), plan).unwrap();
}

fn write_config(folder: &Path, sandbox: &Sandbox) {
    let scripts = folder.join("scripts");
    std::fs::create_dir_all(&scripts).unwrap();
    std::fs::write(scripts.join("short.yaml"), SCRIPT).unwrap();
    // Every start listens where the last one did: callbacks and media go on to come there.
    let [http, media] = free_ports();
    let text = format!(
        "\
[server]
bind = \"{http}\"
[media]
bind = \"{media}\"
workers = 1
[limits]
sessions = {SESSIONS}
[store]
dir = \"{data}\"
[speech]
stt = \"scripted\"
tts = \"scripted\"
[calls]
provider = \"sandbox\"
dialplans = \"{scripts}\"
hours_from = \"00:00\"
hours_to = \"24:00\"
scheduler_interval = 1
lease = 3
ring_timeout = 10
media_timeout = 3
status_poll_interval = 1
max_polling_duration = 10
prove_timeout = 10
[redial]
no_answer = 0
busy = 0
transient = 0
[telemetry]
log = \"warn\"
[providers.sandbox]
kind = \"twilio\"
base_url = \"{url}\"
account_sid = \"{sid}\"
auth_token = \"{token}\"
from = \"+12065550100\"
calls_per_second = 100
live = true
",
        data = folder.join("data").display(),
        scripts = scripts.display(),
        url = sandbox.base_url(),
        sid = sandbox.account_sid(),
        token = sandbox.auth_token(),
    );
    std::fs::write(folder.join("voxgate.toml"), text).unwrap();
}

fn free_ports() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

fn new_call(to: String) -> NewCall {
    NewCall {
        to,
        dialplan: "short".to_owned(),
        language: "en-US".to_owned(),
        variables: BTreeMap::new(),
        time_zone: None,
        campaign: None,
        not_before_ms: None,
        not_after_ms: None,
        when_full: WhenFull::Wait,
        provider: "sandbox".to_owned(),
        actor: "test".to_owned(),
    }
}
