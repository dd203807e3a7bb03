//! `/v1/dnc`.

use axum::http::StatusCode;
use serde_json::json;
use voxgate::http::access::Role::{Compliance, Operator, Telecaller};

use crate::bench::{Bench, NUMBER};

#[tokio::test]
async fn a_number_is_listed_once_and_taken_off_by_compliance_alone() {
    let bench = Bench::new().await;
    let path = "/v1/dnc/+12065550110";
    assert_eq!(bench.get(Operator, path).await.problem(), "not_listed");
    let listed = bench.post(Telecaller, "/v1/dnc", json!({"number": NUMBER, "reason": "asked in writing"})).await;
    assert_eq!(listed.status, StatusCode::CREATED);
    let again = bench.post(Operator, "/v1/dnc", json!({"number": NUMBER})).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, listed.json()), "the first word stays");
    assert_eq!(bench.get(Operator, path).await.json(), listed.json());
    assert_eq!(bench.get(Operator, "/v1/dnc").await.json()["items"], json!([listed.json()]));
    assert_eq!(bench.delete(Operator, path).await.problem(), "forbidden");
    let removal = bench.delete(Compliance, &format!("{path}?reason=asked%20again")).await;
    assert_eq!(removal.status, StatusCode::NO_CONTENT, "{removal:?}");
    let history = bench.store.history_of(NUMBER).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!((last.to.as_str(), last.reason.as_str()), ("removed", "asked again"));
    assert!(!last.actor.is_empty() && last.at_ms > 0, "{last:?}");
    assert_eq!(bench.delete(Compliance, path).await.problem(), "not_listed");
}

#[tokio::test]
async fn what_is_no_number_is_not_listed() {
    let bench = Bench::new().await;
    for number in ["", "206 555 0110", "+1", "+1206555011O"] {
        let answer = bench.post(Operator, "/v1/dnc", json!({"number": number})).await;
        assert_eq!((answer.problem().as_str(), &answer.json()["field"]), ("invalid_number", &json!("number")));
    }
}
