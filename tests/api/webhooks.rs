//! `/v1/webhooks/{provider}/{attempt}`: what is kept of callbacks. `tests/webhooks.rs` has who is let in.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use voxgate::http::access::Role::Operator;
use voxgate::providers::Providers;

use crate::bench::{Answer, Bench, PROVIDER, PUBLIC};
use crate::carrier::{CALL, Carrier, encode, sign};

async fn bench() -> Bench {
    let carrier = Carrier::start().await;
    let sections = BTreeMap::from([(PROVIDER.to_owned(), carrier.section())]);
    Bench::with(Providers::build(&sections).unwrap()).await
}

async fn post(bench: &Bench, path: &str, form: &[(&str, &str)], signed: bool) -> Answer {
    let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if signed {
        request = request.header("X-Twilio-Signature", sign(&format!("{PUBLIC}{path}"), form));
    }
    bench.send(request.body(Body::from(encode(form))).unwrap()).await
}

/// A callback is kept before it is answered; the same one again is answered as the first, and kept once.
#[tokio::test]
async fn what_is_accepted_is_kept_once() {
    let bench = bench().await;
    let attempt = bench.answered().await;
    let path = format!("/v1/webhooks/{PROVIDER}/{}", attempt.id);
    let form = [("CallSid", CALL), ("CallStatus", "ringing")];
    for _ in 0..2 {
        assert_eq!(post(&bench, &path, &form, true).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(post(&bench, &path, &form, false).await.problem(), "unsigned");
    let timeline = bench.get(Operator, &format!("/v1/calls/{}/timeline", attempt.call)).await.json();
    let kept = timeline["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "provider_event");
    assert_eq!(kept.count(), 1, "{timeline}");
}

#[tokio::test]
async fn nothing_is_kept_for_attempts_that_nobody_knows() {
    let bench = bench().await;
    let path = format!("/v1/webhooks/{PROVIDER}/att-1");
    let answer = post(&bench, &path, &[("CallSid", CALL), ("CallStatus", "ringing")], true).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::NOT_FOUND, "unknown_attempt"));
}

/// A store that takes nothing must not lose a callback: the provider is asked to come again.
#[tokio::test]
async fn what_cannot_be_kept_is_asked_for_again() {
    let bench = bench().await;
    let attempt = bench.answered().await;
    bench.store.close().await;
    let path = format!("/v1/webhooks/{PROVIDER}/{}", attempt.id);
    let answer = post(&bench, &path, &[("CallSid", CALL), ("CallStatus", "ringing")], true).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable"));
}
