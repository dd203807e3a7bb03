//! Whatever comes in from outside while somebody talks: refused by its name, and the call goes on.

use serde_json::{Value, json};
use voxgate::store::CallFilter;
use voxgate_core::calls::CallState;

use crate::house::{House, short_scripts};
use crate::knocks::{Knocks, Signed};
use crate::peer::Dialed;

/// The longest body here, in bytes.
const MAX_BODY: usize = 2_048;

async fn house() -> House {
    House::with(|config| {
        config.calls.dialplans = Some(short_scripts());
        config.media.workers = Some(1);
        config.server.max_body = MAX_BODY;
    })
    .await
}

fn with(field: &str, value: &str) -> Value {
    let mut order = Knocks::later();
    order[field] = json!(value);
    order
}

/// Wrong keys, wrong roles and wrong orders: each is refused with its code, and nothing of it is kept.
async fn wrong_orders(knocks: &Knocks) {
    let integrator = json!({"name": "crm", "roles": ["integrator"]}).to_string();
    let (made, answer) = knocks.post(knocks.key(), "/v1/keys", integrator.clone()).await;
    assert_eq!(made.0, 201);
    let key = answer["key"].as_str().unwrap();
    let order = Knocks::later().to_string();
    let past = with("not_after", "2020-01-01T00:00:00Z").to_string();
    let unclosed = order.trim_end_matches('}').to_owned();
    let long = format!("{order}{}", " ".repeat(MAX_BODY));
    let table = [
        ("vgk_none", "/v1/calls", order.clone(), (401, "unauthenticated"), ""),
        (key, "/v1/keys", integrator, (403, "forbidden"), ""),
        (key, "/v1/calls", unclosed, (400, "malformed_json"), ""),
        (key, "/v1/calls", with("langauge", "en-US").to_string(), (422, "invalid_field"), "langauge"),
        (key, "/v1/calls", with("dialplan", "shrot").to_string(), (422, "unknown_dialplan"), "dialplan"),
        (key, "/v1/calls", with("time_zone", "Mars/Olympus").to_string(), (422, "invalid_time_zone"), "time_zone"),
        (key, "/v1/calls", past, (422, "past_not_after"), "not_after"),
        (key, "/v1/calls", long, (413, "body_too_large"), ""),
    ];
    for (key, path, body, expected, field) in table {
        let ((status, code), answer) = knocks.post(key, path, body).await;
        assert_eq!((status, code.as_str()), expected, "{answer}");
        assert_eq!(answer["field"].as_str().unwrap_or_default(), field, "{answer}");
    }
    assert_eq!(knocks.order_later("k").await.0, 202);
    assert_eq!(knocks.order("k", &with("to", "+12065580002")).await, (422, "idempotency_key_reused".to_owned()));
    assert_eq!(knocks.order_later("k").await.0, 202);
}

/// About which attempt, what it says, and what is answered: status and code.
type Callback<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str);

/// Forged, doubled, reordered and about nobody: what is the carrier's is taken, and moves nothing back.
async fn odd_callbacks(knocks: &Knocks, attempt: &str, call: &str) {
    let form = |status, sequence| [("CallSid", call), ("CallStatus", status), ("SequenceNumber", sequence)];
    let answered = form("in-progress", "2");
    for signed in [Signed::Not, Signed::WithAnotherToken, Signed::OverAnotherForm] {
        let said = knocks.callback(attempt, &form("completed", "3"), signed).await;
        assert_eq!(said.0, 403, "{signed:?}: {said:?}");
    }
    let long = "x".repeat(MAX_BODY);
    let (ringing, initiated, completed) = (form("ringing", "1"), form("initiated", "0"), form("completed", "3"));
    let table: [Callback; 7] = [
        (attempt, &answered, 204, ""),
        (attempt, &answered, 204, ""),
        (attempt, &ringing, 204, ""),
        (attempt, &initiated, 204, ""),
        ("att-0", &completed, 404, "unknown_attempt"),
        (attempt, &[("Weather", "sunny")], 400, "malformed"),
        (attempt, &[("CallSid", call), ("Weather", &long)], 413, "body_too_large"),
    ];
    for (attempt, form, status, code) in table {
        let said = knocks.callback(attempt, form, Signed::Right).await;
        assert_eq!(said, (status, code.to_owned()), "{form:?}");
    }
}

/// Row 002-07 in part: a call is talked through while strangers and a confused carrier do their worst; it has its one
/// outcome, and what comes after its end changes nothing of it.
#[tokio::test]
async fn a_call_goes_on_whatever_comes_in() {
    let house = house().await;
    let store = house.app.store().clone();
    let mut carriers_id = String::new();
    let record = house
        .answered("+12065570102", "short", async |dialed: Dialed| {
            let knocks = Knocks::at(&house);
            let mut peer = dialed.stream().await;
            peer.first_audio().await;
            let live = CallFilter { state: Some(CallState::InProgress), ..CallFilter::default() };
            let call = store.calls(&live, None, 2).await.unwrap().remove(0);
            let attempt = store.attempts_of(&call.id).await.unwrap().remove(0).id;
            tokio::select! {
                () = peer.listen() => panic!("the call was ended"),
                () = async { tokio::join!(wrong_orders(&knocks), odd_callbacks(&knocks, attempt.as_str(), &dialed.call_sid)); } => {}
            }
            carriers_id.clone_from(&dialed.call_sid);
            peer.key('1').await;
            peer.listen().await;
        })
        .await;
    assert_eq!((record.disposition.as_str(), record.dialog_result.as_deref()), ("completed", Some("confirmed")));

    let (attempt, knocks) = (record.attempt_id.as_str(), Knocks::at(&house));
    let seen =
        || async { (store.attempt(&record.attempt_id).await.unwrap(), store.history_of(attempt).await.unwrap()) };
    let before = seen().await;
    let states: Vec<_> = before.1.iter().filter(|row| row.kind == "attempt").map(|row| row.to.as_str()).collect();
    assert_eq!(states, ["created", "placing", "accepted", "answered", "ended", "finalized"]);
    for status in ["ringing", "busy", "completed", "completed"] {
        let late = [("CallSid", carriers_id.as_str()), ("CallStatus", status), ("SequenceNumber", "9")];
        assert_eq!(knocks.callback(attempt, &late, Signed::Right).await.0, 204, "{status}");
    }
    assert_eq!(seen().await, before);
    assert_eq!(store.calls(&CallFilter::default(), None, 10).await.unwrap().len(), 2, "the call, and the one order");
    house.close(1).await;
}
