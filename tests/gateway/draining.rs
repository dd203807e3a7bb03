//! A gateway that is told to stop while somebody is on the line.

use serde_json::json;

use crate::house::{House, order};

/// Calls under way end by themselves; meanwhile nothing new is taken, and whoever orders is told so in a code.
#[tokio::test]
async fn while_it_drains_orders_are_refused_and_calls_go_on() {
    let house = House::short().await;
    let dialed = house.switchboard.expect("+12065570001");
    house.app.order(order("+12065570001", "short")).await.unwrap();
    let mut peer = dialed.await.unwrap().stream().await;
    peer.first_audio().await;
    assert_eq!(house.get("/readyz").await.status(), 200);
    let (client, api) = (house.client(), house.api());
    let House { app, sandbox, switchboard, folder } = house;
    let stopping = tokio::spawn(app.stop());
    loop {
        let ready = client.get(format!("{api}/readyz")).send().await.unwrap();
        if ready.status() == 503 {
            break;
        }
    }
    let body = json!({"to": "+12065570002", "dialplan": "short", "language": "en-US", "variables": {}});
    for when_full in ["wait", "reject"] {
        let mut body = body.clone();
        body["when_full"] = when_full.into();
        let refused = client.post(format!("{api}/v1/calls")).json(&body).send().await.unwrap();
        assert_eq!(refused.status(), 503);
        assert_eq!(refused.json::<serde_json::Value>().await.unwrap()["code"], "draining");
    }
    assert!(!stopping.is_finished(), "somebody is on the line");
    let calls = client.get(format!("{api}/v1/calls")).send().await.unwrap();
    let calls: serde_json::Value = calls.json().await.unwrap();
    assert_eq!(calls["items"].as_array().unwrap().len(), 1, "nothing of it was kept");
    assert_eq!(calls["items"][0]["state"], "in_progress");
    peer.key('1').await;
    peer.listen().await;
    stopping.await.unwrap();
    switchboard.stop();
    assert_eq!(sandbox.shut_down().requests.create, 0);
    drop(folder);
}
