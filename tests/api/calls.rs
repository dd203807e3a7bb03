//! `/v1/calls`.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use serde_json::{Value, json};
use voxgate::http::access::Role::{Author, Operator};
use voxgate_core::calls::{CallState, LeadStatus};

use crate::bench::{Bench, NUMBER, order};

/// Row 003-04, in part: an order is answered with 202 and the call's name once it is kept.
#[tokio::test]
async fn an_order_is_kept_and_can_be_read() {
    let bench = Bench::new().await;
    let mut body = order();
    body["campaign"] = json!("autumn");
    body["time_zone"] = json!("America/Los_Angeles");
    let answer = bench.post(Operator, "/v1/calls", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let made = answer.json();
    let path = format!("/v1/calls/{}", made["call_id"].as_str().unwrap());
    let read = bench.get(Author, &path).await.json();
    for (field, value) in made.as_object().unwrap() {
        assert_eq!(&read[field], value, "{field}");
    }
    assert_eq!((&read["to"], &read["state"], &read["attempts"]), (&json!(NUMBER), &json!("pending"), &json!(0)));
    assert_eq!((&read["disposition"], &read["manual_task_id"]), (&Value::Null, &Value::Null));
    let attempts = bench.get(Author, &format!("{path}/attempts")).await.json();
    assert_eq!(attempts["items"], json!([]));
    let timeline = bench.get(Author, &format!("{path}/timeline")).await.json();
    assert_eq!(timeline["items"][0]["detail"]["to"], "pending", "{timeline}");
}

/// What cannot be done is refused with each field that is wrong, and nothing of it is kept.
#[tokio::test]
async fn a_wrong_order_is_refused_with_its_fields() {
    let bench = Bench::new().await;
    let table = [
        (json!({"dialplan": "remainder"}), "unknown_dialplan", &["dialplan"][..]),
        (json!({"dialplan": "../../etc/passwd"}), "unknown_dialplan", &["dialplan"]),
        (json!({"variables": {}}), "invalid_variables", &["variables.first_name", "variables.appointment"]),
        (
            json!({"variables": {"first_name": "Ana", "appointment": "soon", "frist_name": "A"}, "language": "xx"}),
            "invalid_variables",
            &["variables.frist_name", "language", "variables.appointment"],
        ),
        (json!({"time_zone": "Mars/Olympus"}), "invalid_time_zone", &["time_zone"]),
        (json!({"not_after": "2020-01-01T00:00:00Z"}), "past_not_after", &["not_after"]),
        (
            json!({"not_before": "2040-01-02T00:00:00Z", "not_after": "2040-01-01T00:00:00Z"}),
            "past_not_after",
            &["not_after"],
        ),
        (json!({"not_before": "2040-01-02T00:00:00Z", "when_full": "reject"}), "invalid_field", &["when_full"]),
        (json!({"time_zone": "", "dialplan": ""}), "unknown_dialplan", &["dialplan", "time_zone"]),
    ];
    for (change, code, fields) in table {
        let mut body = order();
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        let answer = bench.post(Operator, "/v1/calls", body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, code), "{change}");
        let document = answer.json();
        let named: Vec<_> =
            document["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields, "{document}");
        assert_eq!(document["field"], fields[0]);
    }
    assert_eq!(bench.get(Operator, "/v1/calls").await.json()["items"], json!([]));
}

/// Row 002-66, at the API: the one too many is refused with its code, before anything of it is kept.
#[tokio::test]
async fn while_every_slot_is_taken_an_order_waits_or_is_refused_as_it_says() {
    let bench = Bench::new().await;
    bench.desk.slots.store(0, Ordering::Relaxed);
    let mut body = order();
    body["when_full"] = json!("reject");
    let answer = bench.post(Operator, "/v1/calls", body).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::TOO_MANY_REQUESTS, "session_limit_exceeded"));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(bench.get(Operator, "/v1/calls").await.json()["items"], json!([]));
    assert_eq!(bench.post(Operator, "/v1/calls", order()).await.status, StatusCode::ACCEPTED);
}

/// Row 000-04: what the diagram does not allow is refused with 409, and the row is as it was; the history has every move
/// with from, to, at and reason.
#[tokio::test]
async fn a_call_that_is_over_stays_as_it_is() {
    let bench = Bench::new().await;
    let id = bench.call().await;
    let cancel = format!("/v1/calls/{id}/cancel");
    let canceled = bench.post(Operator, &cancel, json!({})).await;
    assert_eq!((canceled.status, &canceled.json()["state"]), (StatusCode::OK, &json!("canceled")));
    let before = (bench.store.call(&id).await.unwrap(), bench.store.history_of(id.as_str()).await.unwrap());
    let again = bench.post(Operator, &cancel, json!({})).await;
    assert_eq!((again.status, again.problem().as_str()), (StatusCode::CONFLICT, "illegal_transition"));
    let after = (bench.store.call(&id).await.unwrap(), bench.store.history_of(id.as_str()).await.unwrap());
    assert_eq!(before, after);
    let moves: Vec<_> = after.1.iter().map(|step| (step.from.as_deref(), step.to.as_str())).collect();
    assert_eq!(moves.first(), Some(&(None, "pending")));
    assert_eq!(moves.last().map(|(_, to)| *to), Some("canceled"));
    assert!(after.1.iter().all(|step| step.at_ms > 0 && !step.reason.is_empty() && !step.actor.is_empty()));
}

#[tokio::test]
async fn an_unknown_call_is_told() {
    let bench = Bench::new().await;
    for path in ["/v1/calls/call-1", "/v1/calls/call-1/attempts", "/v1/calls/call-1/timeline", "/v1/calls/%00"] {
        let answer = bench.get(Operator, path).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "unknown_call"), "{path}");
    }
    assert_eq!(bench.post(Operator, "/v1/calls/call-1/cancel", json!({})).await.problem(), "unknown_call");
}

#[tokio::test]
async fn a_list_is_read_in_pages_without_gap_or_repeat() {
    let bench = Bench::new().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(bench.call().await.to_string());
    }
    made.reverse();
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = bench.get(Operator, &format!("/v1/calls?limit=3{cursor}")).await.json();
        read.extend(page["items"].as_array().unwrap().iter().map(|c| c["call_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(read, made, "the latest first");
}

/// Rows 000-18, 000-19, 000-20, 000-21: each state of a call is served as one of the four, word for word.
#[tokio::test]
async fn a_call_has_a_leads_status() {
    let table = [
        ("scheduled", "Pending_AI_Call"),
        ("pending", "Pending_AI_Call"),
        ("deferred", "Pending_AI_Call"),
        ("redial_wait", "Pending_AI_Call"),
        ("in_progress", "Processing"),
        ("completed", "Completed"),
        ("failed", "Failed"),
        ("canceled", "Failed"),
        ("suppressed", "Failed"),
        ("expired", "Failed"),
    ];
    assert_eq!(table.len(), CallState::ALL.len());
    for (state, status) in table {
        let state: CallState = state.parse().unwrap();
        assert_eq!(state.lead_status().as_str(), status);
    }
    let bench = Bench::new().await;
    let id = bench.call().await;
    let listed = async |status: LeadStatus| {
        let page = bench.get(Operator, &format!("/v1/calls?lead_status={status}")).await.json();
        page["items"].as_array().unwrap().iter().map(|call| call["lead_status"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed(LeadStatus::PendingAiCall).await, [json!("Pending_AI_Call")]);
    assert!(listed(LeadStatus::Failed).await.is_empty());
    bench.post(Operator, &format!("/v1/calls/{id}/cancel"), json!({})).await;
    assert_eq!(listed(LeadStatus::Failed).await, [json!("Failed")]);
}
