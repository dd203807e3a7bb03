//! Configs as people write them: good ones, and bad ones with what they are told.

use std::path::Path;
use std::time::Duration;

use voxgate_core::calls::{CallPolicy, CallingHours, Priority, RedialCause, TaskReason};

use super::*;

const FULL: &str = r#"
[server]
bind = "0.0.0.0:9080"
public_url = "https://gw.example.com/"

[media]
public_url = "wss://gw.example.com"
workers = 2
pin = [0, 1]

[limits]
sessions = 12

[calls]
provider = "line"
ring_timeout = 22.5

[retry]
max_retries = 5

[providers.line]
kind = "twilio"
account_sid = "AC01"
auth_token = "hunter2"
from = "+12065550100"
allow = ["+12065550110", "+12065550111"]
calls_per_second = 0.5
sessions = 3
initial_delay = 5
max_retries = 2
"#;

fn read(text: &str, env: &[(&str, &str)]) -> Result<Loaded, Problems> {
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Loaded::read(Path::new("voxgate.toml"), text, env)
}

fn complaint(text: &str, env: &[(&str, &str)]) -> String {
    read(text, env).map(|_| ()).unwrap_err().to_string()
}

fn source_of(loaded: &Loaded, key: &str) -> String {
    loaded.entries().find(|(entry, _)| entry.key == key).unwrap().1.to_string()
}

#[test]
fn what_is_printed_reads_back_the_same() {
    for text in ["", FULL] {
        let config = read(text, &[]).unwrap().config;
        let lines: String = config
            .entries()
            .iter()
            .filter_map(|entry| entry.value.as_ref().map(|value| format!("{} = {value}\n", entry.key)))
            .collect();
        assert_eq!(read(&lines, &[]).unwrap().config, config, "{lines}");
    }
}

#[test]
fn every_key_has_its_sentence() {
    for entry in read(FULL, &[]).unwrap().config.entries() {
        assert!(entry.doc.ends_with('.') && entry.doc.len() > 10, "{entry:?}");
    }
}

#[test]
fn the_environment_wins_and_every_value_keeps_its_source() {
    let env = [
        ("VOXGATE__SERVER__BIND", "127.0.0.1:7000"),
        ("VOXGATE__MEDIA__PIN", "2,3"),
        ("VOXGATE__PROVIDERS__LINE__LIVE", "true"),
        ("VOXGATE__CALLS__RING_TIMEOUT", "40"),
        ("UNRELATED", "x"),
    ];
    let loaded = read(FULL, &env).unwrap();
    assert_eq!(loaded.config.server.bind.port(), 7000);
    assert_eq!(loaded.config.media.pin, [2, 3]);
    assert!(loaded.config.providers["line"].live);
    assert_eq!(loaded.config.calls.ring_timeout, Duration::from_secs(40));
    assert_eq!(source_of(&loaded, "server.bind"), "VOXGATE__SERVER__BIND");
    assert_eq!(source_of(&loaded, "limits.sessions"), "voxgate.toml:12");
    assert_eq!(source_of(&loaded, "retry.backoff_factor"), "default");
}

/// Row 001-24: what a provider says of retries itself wins, key by key.
#[test]
fn a_provider_has_retries_of_its_own() {
    let config = read(FULL, &[]).unwrap().config;
    let own = config.retry_of("line");
    assert_eq!((own.max_retries, own.initial_delay, own.backoff_factor), (2, Duration::from_secs(5), 2.0));
    assert_eq!(config.retry_of("another"), config.retry);
}

/// Rows 000-42, 001-22, 001-23: redials, waits and priorities are settings.
#[test]
fn the_policy_of_calls_is_what_the_config_says() {
    let text =
        "[redial]\nbusy = 3\nbusy_delay = 5\n[calls]\nmax_deferrals = 4\n[manual.priorities]\nno_answer = \"urgent\"\n";
    let policy = read(text, &[("VOXGATE__MANUAL__PRIORITIES__BUSY", "high")]).unwrap().config.call_policy();
    let busy = policy.redial.of(RedialCause::Busy);
    assert_eq!((busy.max, [0, 1, 2].map(|n| busy.backoff.wait_ms(n))), (3, [5_000, 10_000, 20_000]));
    assert_eq!((policy.deferral.max, policy.max_attempts), (4, 6));
    assert_eq!(policy.priorities.of(TaskReason::NoAnswer), Priority::Urgent);
    assert_eq!(policy.priorities.of(TaskReason::Busy), Priority::High);
    assert_eq!(policy.priorities.of(TaskReason::Declined), TaskReason::Declined.default_priority());
    let wrong = complaint("[manual.priorities]\nbsy = \"low\"\nbusy = \"soon\"\n", &[]);
    assert!(wrong.contains("manual.priorities.bsy: unknown key; did you mean \"busy\"?"), "{wrong}");
    assert!(wrong.contains("\"soon\" is not a priority: \"soon\" is none of low, normal, high, urgent"), "{wrong}");
}

/// What nobody set is what the model says.
#[test]
fn the_default_policy_is_the_tables() {
    let (ours, table) = (Config::default().call_policy(), CallPolicy::default());
    for cause in RedialCause::ALL {
        let waits = |policy: &CallPolicy| [0, 1, 2].map(|n| policy.redial.of(*cause).backoff.wait_ms(n));
        assert_eq!((ours.redial.of(*cause).max, waits(&ours)), (table.redial.of(*cause).max, waits(&table)), "{cause}");
    }
    assert_eq!((ours.max_attempts, ours.deferral), (table.max_attempts, table.deferral));
    let rules = read("[calls]\nhours_from = \"09:30\"\nhours_to = \"24:00\"\ncountries = [\"+49\"]\n", &[]).unwrap();
    let rules = rules.config.calls.rules();
    assert_eq!((rules.hours, rules.countries), (CallingHours::new(570, 1440).unwrap(), vec!["+49".to_owned()]));
    assert_eq!(Calls::default().rules().hours, CallingHours::default());
}

#[test]
fn the_data_folder_takes_along_what_is_below_it() {
    let config = read("[store]\ndir = \"/srv/vox\"\n[speech]\ncache_dir = \"/tmp/speech\"\n", &[]).unwrap().config;
    assert_eq!(config.recordings.dir, Path::new("/srv/vox/recordings"));
    assert_eq!(config.telemetry.file, Path::new("/srv/vox/logs.jsonl"));
    assert_eq!(config.speech.cache_dir, Path::new("/tmp/speech"));
    assert_eq!(Config::below(Path::new("voxgate-data")), Config::default());
}

/// Every key that a config may have, with what may stand there: whatever reads the schema knows what the reader knows.
#[test]
fn the_schema_knows_every_key_and_its_default() {
    let schema = Config::schema();
    for entry in read(FULL, &[]).unwrap().config.entries() {
        let mut place = &schema;
        for part in entry.key.split('.') {
            let inner = &place["properties"][part];
            place = if inner.is_null() { &place["additionalProperties"] } else { inner };
            assert!(place.is_object(), "{} is not in the schema", entry.key);
        }
        assert_eq!(place["description"], entry.doc, "{}", entry.key);
        assert!(place["type"].is_string() || place["enum"].is_array(), "{}: {place}", entry.key);
    }
    assert_eq!(schema["properties"]["limits"]["additionalProperties"], false);
    assert_eq!(schema["properties"]["calls"]["properties"]["hours_from"]["default"], "08:00");
    assert_eq!(schema["properties"]["AICallMaxRetries"]["deprecated"], true);
}

/// Rows 000-45..50: the names of the predecessor's settings, in their units.
#[test]
fn other_names_of_keys_are_accepted_in_their_units() {
    let text = "AICallMaxRetries = 7\nAICallMaxPollingDuration = 1\nAICallStatusPollInterval = 6\nAICallerSchedulerInterval = 20\n\
                AICallRetryBackoffMultiplier = 1.5\nAICallerProviderType = \"line\"\n";
    let rest = &FULL.replace("provider = \"line\"\n", "").replace("max_retries = 5", "");
    let config = read(&format!("{text}{rest}"), &[]).unwrap().config;
    assert_eq!(config.retry.max_retries, 7);
    assert_eq!(config.calls.max_polling_duration, Duration::from_secs(60));
    assert_eq!(config.calls.status_poll_interval, Duration::from_secs(6));
    assert_eq!(config.calls.scheduler_interval, Duration::from_secs(20));
    assert!((config.retry.backoff_factor - 1.5).abs() < 1e-9);
    assert_eq!(config.calls.provider.as_deref(), Some("line"));
    let twice = complaint(&format!("{text}[retry]\nmax_retries = 2\n"), &[]);
    assert!(twice.contains("retry.max_retries: is set in line"), "{twice}");
    let shrinking = complaint("AICallRetryBackoffMultiplier = 0.5", &[]);
    assert!(shrinking.contains("voxgate.toml:1: retry.backoff_factor: 0.5 is not within 1 to 10"), "{shrinking}");
}

/// Row 000-10, and what else people get wrong: file, line, key, and what to do.
#[test]
fn what_is_wrong_is_told_with_place_and_remedy() {
    let full = |from: &str, to: &str| FULL.replace(from, to);
    let table = [
        (full("bind =", "bnid ="), "voxgate.toml:3: server.bnid: unknown key; did you mean \"bind\"?"),
        (
            full("[limits]", "[limit]"),
            "voxgate.toml:12: limit.sessions: unknown key; did you mean \"limits.sessions\"?",
        ),
        (
            full("kind = \"twilio\"", "kind = \"carrier_pigeon\""),
            "\"carrier_pigeon\" is no provider; choose one of: twilio",
        ),
        (
            full("\"line\"", "\"lime\""),
            "voxgate.toml:15: calls.provider: \"lime\" is no provider of this config (known: line); did you mean \"line\"?",
        ),
        (
            full("\"+12065550100\"", "\"206 555 0100\""),
            "voxgate.toml:25: providers.line.from: \"206 555 0100\" is not a phone number: a phone number begins with +",
        ),
        (
            format!("{FULL}\n[telemetry]\nlog = \"info,voxgate=loud\"\n"),
            "telemetry.log: \"info,voxgate=loud\" cannot be read as levels by module",
        ),
        (full("https://gw.example.com/", "https//gw"), "voxgate.toml:4: server.public_url: \"https//gw\" is not a URL"),
        (
            full("wss://gw.example.com", "wss://gw.example.com:0"),
            "media.public_url: port 0 can be bound but not reached",
        ),
        (full("wss://gw", "ftp://gw"), "media.public_url: begins with ftp://; use ws:// or wss://"),
        (full("wss://gw", "ws://gw"), "media.public_url: must be a wss:// address that the provider can reach"),
        (full("ring_timeout = 22.5", "ring_timeout = 3"), "calls.ring_timeout: 3 s is not within 5 to 600 s"),
        (full("sessions = 12", "sessions = -1"), "limits.sessions: -1 is not a whole number from 0"),
        (full("sessions = 12", "sessions = \"many\""), "limits.sessions: \"many\" is not a whole number"),
        (full("auth_token = \"hunter2\"", ""), "providers.line.auth_token: is missing"),
        (full("[media]", "[media"), "voxgate.toml:6: "),
        (
            full("ring_timeout", "hours_from = \"21:00\"\nring_timeout"),
            "calls.hours_to: 21:00 is not after hours_from, 21:00: nobody could ever be called",
        ),
        (
            full("ring_timeout", "hours_to = \"24:01\"\nring_timeout"),
            "calls.hours_to: \"24:01\" is not a time of day: write",
        ),
        (
            full("ring_timeout", "countries = [\"49\"]\nring_timeout"),
            "calls.countries: \"49\" is not a calling code: write +",
        ),
        (full("ring_timeout", "max_attempts = 0\nring_timeout"), "calls.max_attempts: 0 is not within 1 to 50"),
        (full("sessions = 3", "sessions = 0"), "providers.line.sessions: 0 would hold back every call"),
        (full("max_retries = 2", "backoff_factor = 0.5"), "providers.line.backoff_factor: 0.5 is not within 1 to 10"),
        (format!("{FULL}[redial]\nbusy = 21\n"), "redial.busy: 21 is not within 0 to 20 redials"),
        (format!("{FULL}[redial]\nbusy_factor = 0.9\n"), "redial.busy_factor: 0.9 is not within 1 to 10"),
        (format!("{FULL}[manual]\nlease = 1\n"), "manual.lease: 1 s is not within 10 to 86400 s"),
        (
            format!("{FULL}[recordings]\nretention_days = 0\n"),
            "recordings.retention_days: 0 is not within 1 to 36500 days",
        ),
        (
            format!("{FULL}[store]\nurl = \"mysql://h/n\"\n"),
            "store.url: is no database address: write sqlite:FILE, or postgres://",
        ),
        (full("[media]", "max_body = 10\n[media]"), "server.max_body: 10 is not within 1024 to 16777216 bytes"),
        (
            full("[limits]", "[speech]\nstt = \"ears\"\n[limits]"),
            "speech.stt: \"ears\" is no speech backend; choose one of: ",
        ),
    ];
    for (text, expected) in table {
        let told = complaint(&text, &[]);
        assert!(told.contains(expected), "expected {expected:?} in:\n{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    let env = complaint(FULL, &[("VOXGATE__SERVER__BIND", "here"), ("VOXGATE__LIMITS__SESIONS", "3")]);
    assert!(env.contains("VOXGATE__SERVER__BIND: server.bind: \"here\" is not an address"), "{env}");
    assert!(env.contains("VOXGATE__LIMITS__SESIONS: limits.sesions: unknown key; did you mean \"sessions\"?"), "{env}");
}

#[test]
fn everything_wrong_is_told_at_once() {
    let told = read("[server]\nbind = 3\nx = 1\n[limits]\nsessions = 0\n", &[]).map(|_| ()).unwrap_err();
    assert_eq!(told.0.len(), 3, "{told}");
}

#[test]
fn secrets_do_not_show_themselves() {
    let config = read(FULL, &[]).unwrap().config;
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.providers["line"].secret().unwrap().reveal(), "hunter2");
}

#[test]
fn addresses_join_without_doubled_slashes() {
    let config = read(FULL, &[]).unwrap().config;
    let bound = "127.0.0.1:5555".parse().unwrap();
    assert_eq!(config.server.base_url(bound), "https://gw.example.com");
    assert_eq!(Media::default().base_url(bound), "ws://127.0.0.1:5555");
}
