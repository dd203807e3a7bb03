//! `/v1/manual-tasks`.

use axum::http::StatusCode;
use serde_json::{Value, json};
use voxgate::http::access::Role::{Operator, Telecaller};

use crate::bench::{Bench, NUMBER};
use crate::story::{completed, interrupted};

async fn telecaller(bench: &Bench, name: &str) -> String {
    let made = bench.post(Operator, "/v1/telecallers", json!({"name": name})).await.json();
    let id = made["telecaller_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/telecallers/{id}/state");
    assert_eq!(bench.post(Telecaller, &path, json!({"state": "available"})).await.status, StatusCode::OK);
    id
}

/// Rows 000-41, 000-44, at the API: a call that could not be completed is there for a person, with what they need.
#[tokio::test]
async fn a_task_has_what_a_person_needs() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    bench.finish(&attempt, interrupted(), None).await;
    let page = bench.get(Telecaller, "/v1/manual-tasks").await.json();
    let task = &page["items"][0];
    assert_eq!(
        (&task["reason"], &task["priority"], &task["state"]),
        (&json!("interrupted"), &json!("high"), &json!("open"))
    );
    assert_eq!((&task["call_id"], &task["attempt_id"]), (&json!(attempt.call), &json!(attempt.id)));
    assert_eq!((&task["context"]["to"], &task["context"]["failure_code"]), (&json!(NUMBER), &json!("interrupted")));
    let one = bench.get(Telecaller, &format!("/v1/manual-tasks/{}", task["task_id"].as_str().unwrap())).await.json();
    assert_eq!(&one, task);
    let call = bench.get(Operator, &format!("/v1/calls/{}", attempt.call)).await.json();
    assert_eq!((&call["manual_task_id"], &call["lead_status"]), (&task["task_id"], &json!("Failed")));
    assert_eq!(bench.get(Telecaller, "/v1/manual-tasks/task-1").await.problem(), "unknown_task");
}

#[tokio::test]
async fn a_task_is_taken_given_back_and_resolved() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    bench.finish(&attempt, interrupted(), None).await;
    let (ana, ben) = (telecaller(&bench, "Ana").await, telecaller(&bench, "Ben").await);
    let next = |who: &str| json!({"telecaller_id": who});
    let task = bench.post(Telecaller, "/v1/manual-tasks/take", next(&ana)).await.json()["task"].clone();
    assert_eq!((&task["state"], &task["telecaller_id"]), (&json!("in_progress"), &json!(ana)));
    assert!(task["lease_until"].is_string());
    let path = |verb: &str| format!("/v1/manual-tasks/{}/{verb}", task["task_id"].as_str().unwrap());
    assert_eq!(bench.post(Telecaller, "/v1/manual-tasks/take", next(&ben)).await.json(), json!({"task": null}));
    assert_eq!(bench.post(Telecaller, &path("take"), next(&ben)).await.problem(), "task_of_another");
    let back = bench.post(Telecaller, &path("give-back"), next(&ana)).await.json();
    assert_eq!((&back["state"], &back["telecaller_id"]), (&json!("open"), &Value::Null));
    assert_eq!(bench.post(Telecaller, &path("take"), next(&ben)).await.json()["telecaller_id"], json!(ben));
    let done = bench
        .post(
            Telecaller,
            &path("resolve"),
            json!({"outcome": "reached", "disposition": "completed", "note": "will come"}),
        )
        .await;
    assert_eq!((done.status, &done.json()["state"]), (StatusCode::OK, &json!("resolved")), "{done:?}");
    let call = bench.get(Operator, &format!("/v1/calls/{}", attempt.call)).await.json();
    assert_eq!(call["disposition"], "completed", "the disposition is revised");
    assert_eq!(
        bench.post(Telecaller, &path("resolve"), json!({"outcome": "busy"})).await.problem(),
        "illegal_transition"
    );
    assert_eq!(bench.get(Telecaller, "/v1/manual-tasks").await.json()["items"], json!([]));
    let resolved = bench.get(Telecaller, "/v1/manual-tasks?state=resolved").await.json();
    assert_eq!(resolved["items"][0]["outcome"], "reached");
}

#[tokio::test]
async fn who_is_away_takes_nothing() {
    let bench = Bench::new().await;
    let attempt = bench.answered().await;
    let finished = bench.finish(&attempt, interrupted(), None).await;
    let made = bench.post(Operator, "/v1/telecallers", json!({"name": "Ana"})).await.json();
    let take = format!("/v1/manual-tasks/{}/take", finished.task.unwrap());
    let who = json!({"telecaller_id": made["telecaller_id"]});
    assert_eq!(bench.post(Telecaller, &take, who).await.problem(), "telecaller_away");
    let nobody = json!({"telecaller_id": "agent-1"});
    assert_eq!(bench.post(Telecaller, &take, nobody).await.problem(), "unknown_telecaller");
}

#[tokio::test]
async fn the_queue_is_read_in_pages_in_its_order() {
    let bench = Bench::new().await;
    for _ in 0..3 {
        let attempt = bench.answered().await;
        bench.finish(&attempt, interrupted(), None).await;
    }
    let attempt = bench.answered().await;
    bench.finish(&attempt, completed(), None).await;
    let first = bench.get(Operator, "/v1/manual-tasks?limit=2").await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = bench.get(Operator, &format!("/v1/manual-tasks?limit=2&cursor={cursor}")).await.json();
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|t| t["task_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = [ids(&first), ids(&rest)].concat();
    assert_eq!(all.len(), 3, "a call that was completed leaves none");
    assert!(all.is_sorted(), "the oldest first: {all:?}");
    assert_eq!(rest["next_cursor"], Value::Null);
}
