//! Orders that cannot be carried out: nothing is dialed for them.

use voxgate::calls::NewOrder;
use voxgate_core::calls::CallState;

use crate::house::{House, order};

/// Rows 000-34, 000-35: a malformed number is an outcome of its own, and no request goes out for it.
#[tokio::test]
async fn a_malformed_number_fails_without_a_request() {
    let house = House::short().await;
    for to in ["", "+1206555", "12065550110", "+12065550110; drop", "+١٢٣٤٥٦٧٨٩٠١"] {
        let record = house.call(to, "short").await;
        assert_eq!(serde_json::to_value(&record).unwrap()["failure_code"], "invalid_number", "{to}");
        assert_eq!(record.disposition.as_str(), "failed");
    }
    assert_eq!(house.close(5).await.report.requests.create, 0);
}

#[tokio::test]
async fn an_order_that_is_wrong_is_refused_with_the_reason_and_the_remedy() {
    let house = House::open().await;
    let with = |change: fn(&mut NewOrder)| {
        let mut order = order("+12065550134", "reminder");
        change(&mut order);
        order
    };
    let orders = [
        (with(|o| o.dialplan = "remindre".into()), vec!["\"remindre\"", "did you mean \"reminder\""]),
        (with(|o| o.dialplan = "../../etc/passwd".into()), vec!["there is no dialplan", "reminder"]),
        (with(|o| o.language = "fr-FR".into()), vec!["fr-FR", "en-US", "es-US"]),
        (with(|o| drop(o.variables.insert("first_nam".into(), "A".into()))), vec!["first_nam", "first_name"]),
        (with(|o| drop(o.variables.remove("appointment"))), vec!["appointment", "2026-12-01T10:30:00-08:00"]),
        (with(|o| drop(o.variables.insert("appointment".into(), "tomorrow".into()))), vec!["appointment", "date"]),
    ];
    for (order, wanted) in orders {
        let said = house.app.order(order).await.unwrap_err().to_string();
        for part in wanted {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
        assert!(!said.contains("tomorrow"), "a value may be personal: {said}");
    }
    assert_eq!(house.close(0).await.report.requests.create, 0);
}

#[tokio::test]
async fn a_provider_that_is_not_live_dials_only_the_numbers_it_is_allowed() {
    let house = House::with(|c| {
        let network = c.providers.get_mut("network").unwrap();
        network.live = false;
        network.allow = vec!["+12065550115".parse().unwrap()];
    })
    .await;
    let refused = house.app.order(order("+12065550110", "reminder")).await.unwrap();
    let refused = house.app.settled(&refused.id, |call| !call.state.is_waiting()).await.unwrap();
    assert_eq!((refused.state, refused.reason.as_str()), (CallState::Suppressed, "not_allowed"));
    assert_eq!(house.call("+12065550115", "reminder").await.disposition.as_str(), "busy");
    assert_eq!(house.close(1).await.report.requests.create, 1);
}
