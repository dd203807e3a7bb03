//! Lines as they stand in the log.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use voxgate_core::model::{AttemptId, CallId, FailureCode};

use super::*;
use crate::metrics::Operation;
use crate::providers::{DialError, Refusal, RequestError};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn objects(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn logged(work: impl FnOnce()) -> Vec<Value> {
    let lines = Lines::default();
    let writer = lines.clone();
    let layer = json(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    lines.objects()
}

const BUSY: DialError = DialError::RateLimited { retry_after: None };

/// Rows 001-44, 001-24, 000-30: everything that a record of a provider's failure must say.
#[test]
fn a_providers_failure_is_told_with_all_its_fields() {
    let (call, attempt) = (CallId::new("call-1"), AttemptId::new("att-1"));
    let refusal = Refusal::new(400, Some(21_211), "+12065550110 is not valid");
    let no = DialError::Refused { code: FailureCode::InvalidNumber, refusal };
    let lost = RequestError::Lost("no answer within 15 s".to_owned());
    let lines = logged(|| {
        attempt_span(&call, &attempt).in_scope(|| ProviderFailure::of_dial("line", 2, &BUSY).log(&BUSY));
        ProviderFailure::of_dial("line", 0, &no).log(&no);
        ProviderFailure::of_request("line", Operation::Status, &lost).log(&lost);
    });
    let line = &lines[0];
    for (field, expected) in [
        ("service", Value::from("line")),
        ("operation", "dial".into()),
        ("status", "failed".into()),
        ("type", "transient".into()),
        ("error_type", "rate_limited".into()),
        ("message", "the provider is busy".into()),
        ("http_status", 429.into()),
        ("retries", 2.into()),
        ("circuit_state", "closed".into()),
        ("level", "WARN".into()),
    ] {
        assert_eq!(line[field], expected, "{field}: {line}");
    }
    let at: jiff::Timestamp = line["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(at.as_second() > 1_600_000_000, "{at}");
    assert_eq!((&line["span"]["call"], &line["span"]["attempt"]), (&"call-1".into(), &"att-1".into()));
    assert_eq!((&lines[1]["type"], &lines[1]["error_type"]), (&"permanent".into(), &"refused".into()));
    assert_eq!((&lines[1]["http_status"], &lines[1]["provider_error_code"]), (&400.into(), &21_211.into()));
    assert!(!lines[1].to_string().contains("+12065550110"), "{}", lines[1]);
    assert_eq!((&lines[2]["operation"], &lines[2]["error_type"]), (&"status".into(), &"lost".into()));
}

/// Row 002-31, with the fields of row 001-44: an alert can be found and counted by programs.
#[test]
fn a_slow_setup_is_told_with_its_fields() {
    let lines = logged(|| slow_setup("line", Duration::from_millis(7_250), Duration::from_secs(5)));
    let line = &lines[0];
    assert!(line["timestamp"].is_string(), "{line}");
    let told = ["level", "service", "status", "type"].map(|field| line[field].as_str().unwrap());
    assert_eq!(told, ["WARN", "line", "slow", "alert"]);
    assert_eq!((&line["took_ms"], &line["limit_ms"]), (&7_250.into(), &5_000.into()));
}

/// One trace goes through all that belongs to a call, and another through another.
#[test]
fn call_attempt_and_session_share_a_trace() {
    let (call, attempt, other) = (CallId::new("call-1"), AttemptId::new("att-1"), CallId::new("call-2"));
    let spans = [
        call_span as fn(&CallId) -> _,
        |call| attempt_span(call, &AttemptId::new("att-1")),
        |call| session_span(call, &AttemptId::new("att-1")),
    ];
    let lines = logged(|| {
        for span in spans {
            span(&call).in_scope(|| tracing::info!("here"));
        }
        session_span(&other, &attempt).in_scope(|| tracing::info!("elsewhere"));
    });
    let traces: Vec<_> = lines.iter().map(|line| line["span"]["trace"].as_str().unwrap()).collect();
    assert_eq!(traces[0].len(), 32);
    assert!(traces[0] == traces[1] && traces[1] == traces[2] && traces[2] != traces[3], "{traces:?}");
    assert_eq!(lines[2]["span"]["session"], "att-1");
}

/// Numbers, voices and keys lie beside the log, which is the first thing that is written.
#[test]
fn the_data_folder_that_the_log_makes_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let there = tempfile::tempdir().unwrap();
    let data = there.path().join("voxgate-data");
    open(&data.join("logs.jsonl")).unwrap();
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Row 001-25: the line that people know, exactly; others are told in plain words.
#[test]
fn the_plain_console_tells_retries_in_their_form() {
    let lines = Lines::default();
    let writer = lines.clone();
    let layer = tracing_subscriber::fmt::layer().event_format(Plain).with_writer(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        retrying("line", Operation::Dial, 1);
        ProviderFailure::of_dial("line", 1, &BUSY).log(&BUSY);
    });
    let text = lines.text();
    let told: Vec<_> = text.lines().collect();
    assert_eq!(told[0], "[RETRY] line attempt 1");
    assert!(told[1].starts_with("WARN  the provider is busy service=line operation=dial"), "{text}");
}
