//! `/v1/recordings`.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};
use voxgate::http::access::Role::{Admin, Compliance, Operator};
use voxgate::store::{NewRecording, RecordingState};

use crate::bench::{Answer, Bench, NUMBER};
use crate::story::{audio, completed, interrupted};

const BYTES: usize = 300_000;

/// A call that was recorded: the recording's path in the API.
async fn recorded(bench: &Bench, name: &str) -> String {
    let attempt = bench.answered().await;
    let recording = bench.recorded(name, BYTES);
    let finished = bench.finish(&attempt, completed(), Some(recording)).await;
    format!("/v1/recordings/{}", finished.recording.unwrap())
}

async fn ranged(bench: &Bench, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = bench.request(Compliance, "GET", &format!("{path}/content"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    bench.send(request.body(Body::empty()).unwrap()).await
}

async fn accesses(bench: &Bench, path: &str) -> Vec<(String, Value)> {
    let log = bench.get(Compliance, &format!("{path}/accesses")).await.json();
    let of = |access: &Value| (access["outcome"].as_str().unwrap().to_owned(), access["detail"].clone());
    log["items"].as_array().unwrap().iter().map(of).collect()
}

/// Row X-03, first form: compliance finds a recording by what it knows of it, and nobody else does.
#[tokio::test]
async fn recordings_are_found_by_number_date_campaign_script_and_disposition() {
    let bench = Bench::new().await;
    let path = recorded(&bench, "a.wav").await;
    let queries = [
        ("to=%2B12065550110", 1),
        ("to=%2B12065550111", 0),
        ("dialplan=reminder", 1),
        ("dialplan=survey", 0),
        ("disposition=completed", 1),
        ("disposition=no_answer", 0),
        ("campaign=autumn", 0),
        ("state=available", 1),
        ("state=expired", 0),
        ("since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z", 1),
        ("since=2100-01-01T00:00:00Z", 0),
    ];
    for (query, count) in queries {
        let page = bench.get(Compliance, &format!("/v1/recordings?{query}")).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}: {page}");
    }
    for (query, field) in [("disposition=gone", "disposition"), ("state=gone", "state"), ("since=gone", "since")] {
        assert_eq!(bench.get(Compliance, &format!("/v1/recordings?{query}")).await.json()["field"], field);
    }
    let one = bench.get(Compliance, &path).await.json();
    assert_eq!((&one["to"], &one["bytes"], &one["state"]), (&json!(NUMBER), &json!(BYTES), &json!("available")));
    assert_eq!(bench.get(Operator, &path).await.problem(), "forbidden");
    assert_eq!(bench.get(Operator, "/v1/recordings").await.problem(), "forbidden");
}

/// Row 000-17, in part: a call's recording by the call, its bytes, and a typed answer where there are none.
#[tokio::test]
async fn a_calls_recording_is_its_bytes_or_says_why_not() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    bench.finish(&attempt, completed(), Some(bench.recorded("a.wav", BYTES))).await;
    let found = bench.get(Compliance, &format!("/v1/calls/{}/recording", attempt.call)).await.json();
    let whole = bench.get(Compliance, found["content"].as_str().unwrap()).await;
    assert_eq!((whole.status, whole.body == audio(BYTES)), (StatusCode::OK, true));
    assert_eq!(whole.headers["content-type"], "audio/wav");
    assert_eq!(whole.headers["content-length"], BYTES.to_string());
    assert_eq!(whole.headers["etag"], format!("\"{}\"", found["sha256"].as_str().unwrap()));

    let silent = bench.answered().await;
    bench.finish(&silent, interrupted(), None).await;
    let none = bench.get(Compliance, &format!("/v1/calls/{}/recording", silent.call)).await;
    assert_eq!((none.status, none.problem().as_str()), (StatusCode::NOT_FOUND, "not_recorded"));
    assert_eq!(bench.get(Compliance, "/v1/calls/call-1/recording").await.problem(), "unknown_call");
    assert_eq!(bench.get(Compliance, "/v1/recordings/rec-1/content").await.problem(), "unknown_recording");
}

/// Row 000-17, in part: not ready yet, and expired.
#[tokio::test]
async fn what_cannot_be_served_says_why_and_is_noted_too() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    let unsealed = NewRecording { seal: None, ..bench.recorded("a.wav", 100) };
    let id = bench.store.begin_recording(&attempt.id, &unsealed, 1).await.unwrap();
    let path = format!("/v1/recordings/{id}");
    let early = bench.get(Compliance, &format!("{path}/content")).await;
    assert_eq!((early.status, early.problem().as_str()), (StatusCode::CONFLICT, "not_ready"));
    bench.finish(&attempt, completed(), Some(bench.recorded("a.wav", 100))).await;
    let state = RecordingState::Expired;
    bench.store.set_recording_state(&id, state, "test", "its time is over", 2).await.unwrap();
    let late = bench.get(Compliance, &format!("{path}/content")).await;
    assert_eq!((late.status, late.problem().as_str()), (StatusCode::GONE, "expired"));
    let noted: Vec<_> = accesses(&bench, &path).await.into_iter().map(|(outcome, _)| outcome).collect();
    assert_eq!(noted, ["not_ready", "expired"]);
}

#[tokio::test]
async fn a_range_is_a_part() {
    let bench = Bench::new().await;
    let path = recorded(&bench, "a.wav").await;
    let whole = audio(BYTES);
    let tag = format!("\"{}\"", bench.get(Compliance, &path).await.json()["sha256"].as_str().unwrap());
    let part = ranged(&bench, &path, &[("Range", "bytes=1000-200999")]).await;
    assert_eq!((part.status, part.body == whole[1000..201_000]), (StatusCode::PARTIAL_CONTENT, true));
    assert_eq!(part.headers["content-range"], "bytes 1000-200999/300000");
    let tail = ranged(&bench, &path, &[("Range", "bytes=-10"), ("If-Range", &tag)]).await;
    assert_eq!((tail.status, tail.body.as_slice()), (StatusCode::PARTIAL_CONTENT, &whole[BYTES - 10..]));
    let other = ranged(&bench, &path, &[("Range", "bytes=-10"), ("If-Range", "\"another\"")]).await;
    assert_eq!((other.status, other.body.len()), (StatusCode::OK, BYTES));
    let beyond = ranged(&bench, &path, &[("Range", "bytes=300000-")]).await;
    assert_eq!(
        (beyond.status, beyond.problem().as_str()),
        (StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable")
    );
    assert_eq!(beyond.headers["content-range"], "bytes */300000");
    assert_eq!(
        accesses(&bench, &path).await,
        [
            ("served".to_owned(), json!("bytes 1000-200999/300000")),
            ("served".to_owned(), json!("bytes 299990-299999/300000")),
            ("served".to_owned(), json!("bytes 0-299999/300000")),
            ("range_not_satisfiable".to_owned(), Value::Null),
        ]
    );
}

/// Row X-03: who asked is durable before a byte is served, and no byte is served that nobody noted.
#[tokio::test]
async fn every_access_is_noted_with_its_key_before_a_byte_is_served() {
    let bench = Bench::new().await;
    let path = recorded(&bench, "a.wav").await;
    let content = format!("{path}/content");
    // The body is not read: the note is there all the same.
    let opened = bench.open(bench.request(Admin, "GET", &content).body(Body::empty()).unwrap()).await;
    let log = bench.get(Compliance, &format!("{path}/accesses")).await.json();
    let admin = bench.store.keys().await.unwrap().into_iter().find(|key| key.name == "admin").unwrap();
    assert_eq!((&log["items"][0]["key_id"], &log["items"][0]["outcome"]), (&json!(admin.id), &json!("served")));
    drop(opened);
    assert_eq!(bench.get(Operator, &content).await.problem(), "forbidden");
    assert_eq!(accesses(&bench, &path).await.len(), 1, "who was turned away touched nothing");
}

/// A file that was cut or taken away behind our back is a defect, not a short answer.
#[tokio::test]
async fn a_file_that_is_not_whole_is_not_served() {
    let bench = Bench::new().await;
    let path = recorded(&bench, "a.wav").await;
    std::fs::write(bench.folder.path().join("a.wav"), audio(10)).unwrap();
    assert_eq!(bench.get(Compliance, &format!("{path}/content")).await.problem(), "internal_error");
    std::fs::remove_file(bench.folder.path().join("a.wav")).unwrap();
    assert_eq!(bench.get(Compliance, &format!("{path}/content")).await.problem(), "internal_error");
    assert_eq!(
        accesses(&bench, &path).await,
        [("missing".to_owned(), Value::Null), ("missing".to_owned(), Value::Null)]
    );
}
