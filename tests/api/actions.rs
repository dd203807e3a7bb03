//! `/v1/actions`.

use serde_json::json;
use voxgate::http::access::Role::Operator;

use crate::bench::Bench;

/// Stopped is stopped until somebody says otherwise, and who said so is kept.
#[tokio::test]
async fn dialing_is_stopped_and_goes_on() {
    let bench = Bench::new().await;
    for (action, dialing) in [("stop-dialing", false), ("stop-dialing", false), ("resume-dialing", true)] {
        let answer = bench.post(Operator, &format!("/v1/actions/{action}"), json!({})).await;
        assert_eq!(answer.json(), json!({"dialing": dialing}), "{answer:?}");
        for path in ["/v1/stats", "/v1/sessions"] {
            assert_eq!(bench.get(Operator, path).await.json()["dialing"], dialing, "{path}");
        }
        let switch = bench.store.switch(voxgate::store::STOP_DIALING).await.unwrap();
        assert!(switch.actor.unwrap().starts_with("key-"));
    }
}
