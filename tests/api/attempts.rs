//! `/v1/attempts`.

use axum::http::StatusCode;
use serde_json::{Value, json};
use voxgate::http::access::Role::{Author, Integrator, Operator};

use crate::bench::Bench;
use crate::story::{completed, interrupted};

#[tokio::test]
async fn an_attempt_is_read_with_its_times_and_its_outcome() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    let path = format!("/v1/attempts/{}", attempt.id);
    let live = bench.get(Author, &path).await.json();
    assert_eq!(
        (&live["state"], &live["holds_slot"], &live["outcome"]),
        (&json!("answered"), &json!(true), &Value::Null)
    );
    assert!(live["dialed_at"].is_string() && live["media_at"].is_string(), "{live}");
    bench.finish(&attempt, completed(), None).await;
    let over = bench.get(Author, &path).await.json();
    assert_eq!((&over["disposition"], &over["holds_slot"]), (&json!("completed"), &json!(false)));
    let of_call = bench.get(Author, &format!("/v1/calls/{}/attempts", attempt.call)).await.json();
    assert_eq!(of_call["items"], json!([over]));
    assert_eq!(bench.get(Author, "/v1/attempts/att-1").await.problem(), "unknown_attempt");
}

/// Row 002-36, in part: the first word stays; a later one is beside it and in effect.
#[tokio::test]
async fn a_disposition_is_revised_and_the_first_one_stays() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    let path = format!("/v1/attempts/{}/disposition", attempt.id);
    let body = json!({"disposition": "no_answer", "dialog_result": "nobody", "reason": "heard the recording"});
    assert_eq!(bench.post(Operator, &path, body.clone()).await.problem(), "attempt_not_ended");
    bench.finish(&attempt, interrupted(), None).await;
    let revised = bench.post(Integrator, &path, body).await;
    assert_eq!(revised.status, StatusCode::OK, "{revised:?}");
    let revised = revised.json();
    assert_eq!((&revised["first"], &revised["effective"]), (&json!("failed"), &json!("no-answer")));
    assert_eq!(revised["revisions"][0]["reason"], "heard the recording");
    let call = bench.get(Operator, &format!("/v1/calls/{}", attempt.call)).await.json();
    assert_eq!((&call["disposition"], &call["failure_code"]), (&json!("no-answer"), &Value::Null));
    assert_eq!(call["dialog_result"], "nobody");
    let wrong = bench.post(Operator, &path, json!({"disposition": "gone", "reason": ""})).await;
    assert_eq!((wrong.problem().as_str(), &wrong.json()["field"]), ("invalid_field", &json!("disposition")));
    let unknown = bench.post(Operator, "/v1/attempts/att-1/disposition", json!({"disposition": "busy", "reason": ""}));
    assert_eq!(unknown.await.problem(), "unknown_attempt");
}
