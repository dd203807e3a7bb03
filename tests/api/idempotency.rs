//! A request that comes again.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use voxgate::http::access::Role::{self, Admin, Integrator, Operator};

use crate::bench::{Answer, Bench, order};

async fn post(bench: &Bench, role: Role, path: &str, key: &str, body: &Value) -> Answer {
    let request = bench.request(role, "POST", path).header(CONTENT_TYPE, "application/json");
    bench.send(request.header("Idempotency-Key", key).body(Body::from(body.to_string())).unwrap()).await
}

async fn calls(bench: &Bench) -> usize {
    bench.get(Operator, "/v1/calls").await.json()["items"].as_array().unwrap().len()
}

/// Row 003-03: an outside trigger orders a call once, however often it asks.
#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_makes_no_second_call() {
    let bench = Bench::new().await;
    let first = post(&bench, Operator, "/v1/calls", "k-1", &order()).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    for _ in 0..3 {
        let again = post(&bench, Operator, "/v1/calls", "k-1", &order()).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.headers[CONTENT_TYPE], "application/json");
    }
    assert_eq!(calls(&bench).await, 1);
    post(&bench, Operator, "/v1/calls", "k-2", &order()).await;
    post(&bench, Integrator, "/v1/calls", "k-1", &order()).await;
    assert_eq!(calls(&bench).await, 3, "another key, and another's key, are other requests");
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let bench = Bench::new().await;
    let call = post(&bench, Operator, "/v1/calls", "k", &order()).await.json();
    let mut other = order();
    other["language"] = json!("es-US");
    let cancel = format!("/v1/calls/{}/cancel", call["call_id"].as_str().unwrap());
    for (path, body) in [("/v1/calls", &other), (cancel.as_str(), &order())] {
        let answer = post(&bench, Operator, path, "k", body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused")
        );
    }
    assert_eq!(calls(&bench).await, 1);
}

/// Sixteen at once: one makes the call, the others get its answer or are told to wait for it.
#[tokio::test]
async fn a_race_makes_one_call() {
    let bench = Bench::new().await;
    let body = order();
    let racing = (0..16).map(|_| post(&bench, Operator, "/v1/calls", "k", &body));
    let answers = futures_util::future::join_all(racing).await;
    let (accepted, waiting): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == StatusCode::ACCEPTED);
    assert!(!accepted.is_empty() && accepted.iter().all(|a| a.body == accepted[0].body));
    assert!(waiting.iter().all(|a| a.problem() == "idempotency_in_flight"), "{waiting:?}");
    assert_eq!(calls(&bench).await, 1);
}

#[tokio::test]
async fn what_was_refused_may_come_again_mended() {
    let bench = Bench::new().await;
    let mut wrong = order();
    wrong["dialplan"] = json!("remainder");
    assert_eq!(post(&bench, Operator, "/v1/calls", "k", &wrong).await.problem(), "unknown_dialplan");
    assert_eq!(post(&bench, Operator, "/v1/calls", "k", &order()).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let bench = Bench::new().await;
    for key in ["", &"k".repeat(256), "schlüssel"] {
        let answer = post(&bench, Operator, "/v1/calls", key, &order()).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "malformed_request"));
    }
}

/// A secret is shown once: the same request again makes no second key, and does not show the first one's.
#[tokio::test]
async fn a_new_api_key_is_shown_once() {
    let bench = Bench::new().await;
    let body = json!({"name": "crm", "roles": ["integrator"]});
    let first = post(&bench, Admin, "/v1/keys", "k", &body).await.json();
    let again = post(&bench, Admin, "/v1/keys", "k", &body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert!(first["key"].as_str().unwrap().starts_with("vgk_"));
    assert_eq!(again.json()["key"], Value::Null);
    assert_eq!(again.json()["key_id"], first["key_id"]);
    let kept = std::fs::read(bench.folder.path().join("voxgate.db")).unwrap();
    let wal = std::fs::read(bench.folder.path().join("voxgate.db-wal")).unwrap();
    let secret = first["key"].as_str().unwrap().as_bytes();
    assert!(![kept, wal].iter().any(|file| file.windows(secret.len()).any(|w| w == secret)), "it lies in the store");
}
