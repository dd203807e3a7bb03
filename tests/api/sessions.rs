//! `/v1/sessions`.

use serde_json::json;
use voxgate::http::access::Role::Operator;

use crate::bench::Bench;
use crate::story::completed;

#[tokio::test]
async fn slots_are_seen_with_who_holds_them() {
    let bench = Bench::new().await;
    let idle = bench.get(Operator, "/v1/sessions").await.json();
    assert_eq!(idle, json!({"limit": 10, "in_use": 0, "by_provider": {}, "dialing": true, "items": []}));
    let attempt = bench.answered().await;
    let busy = bench.get(Operator, "/v1/sessions").await.json();
    assert_eq!((&busy["in_use"], &busy["by_provider"]), (&json!(1), &json!({"line": 1})));
    let slot = &busy["items"][0];
    assert_eq!((&slot["attempt_id"], &slot["state"]), (&json!(attempt.id), &json!("answered")));
    bench.finish(&attempt, completed(), None).await;
    assert_eq!(bench.get(Operator, "/v1/sessions").await.json(), idle);
}
