//! `/v1/telecallers`.

use axum::http::StatusCode;
use serde_json::json;
use voxgate::http::access::Role::{Operator, Telecaller};

use crate::bench::Bench;
use crate::story::interrupted;

#[tokio::test]
async fn telecallers_come_and_go_by_the_diagram() {
    let bench = Bench::new().await;
    let made = bench.post(Operator, "/v1/telecallers", json!({"name": "Ana"})).await;
    assert_eq!((made.status, &made.json()["state"]), (StatusCode::CREATED, &json!("offline")));
    let path = format!("/v1/telecallers/{}/state", made.json()["telecaller_id"].as_str().unwrap());
    let set = async |state: &str| bench.post(Telecaller, &path, json!({"state": state})).await;
    assert_eq!(set("on_call").await.problem(), "illegal_transition");
    assert_eq!(set("available").await.json()["state"], "available");
    assert_eq!(set("availble").await.json()["field"], "state");
    assert_eq!(bench.get(Operator, "/v1/telecallers").await.json()["items"][0]["tasks"], 0);
    assert_eq!(bench.post(Operator, "/v1/telecallers", json!({"name": ""})).await.json()["field"], "name");
    let nobody = bench.post(Operator, "/v1/telecallers/agent-1/state", json!({"state": "available"})).await;
    assert_eq!(nobody.problem(), "unknown_telecaller");
}

#[tokio::test]
async fn who_goes_leaves_the_tasks_to_others() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    bench.finish(&attempt, interrupted(), None).await;
    let made = bench.post(Operator, "/v1/telecallers", json!({"name": "Ana"})).await.json();
    let path = format!("/v1/telecallers/{}/state", made["telecaller_id"].as_str().unwrap());
    bench.post(Telecaller, &path, json!({"state": "available"})).await;
    let who = json!({"telecaller_id": made["telecaller_id"]});
    bench.post(Telecaller, "/v1/manual-tasks/take", who).await;
    assert_eq!(bench.get(Operator, "/v1/telecallers").await.json()["items"][0]["tasks"], 1);
    bench.post(Telecaller, &path, json!({"state": "offline"})).await;
    assert_eq!(bench.get(Operator, "/v1/manual-tasks").await.json()["items"][0]["state"], "open");
}
