//! `/v1/webhooks/{provider}/{attempt}`: who is let in, what the others are told, and what is kept.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, StatusCode};
use voxgate::http::access::Role::Operator;
use voxgate::providers::Providers;

use crate::bench::{Answer, Bench, MAX_BODY, PROVIDER, PUBLIC};
use crate::carrier::{CALL, Carrier, encode, sign};

const RINGING: &[(&str, &str)] = &[("CallSid", CALL), ("CallStatus", "ringing")];

async fn bench() -> Bench {
    let carrier = Carrier::start().await;
    let sections = BTreeMap::from([(PROVIDER.to_owned(), carrier.section())]);
    Bench::with(Providers::build(&sections).unwrap()).await
}

async fn send(bench: &Bench, path: &str, body: String, signature: Option<String>) -> Answer {
    let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(signature) = signature {
        request = request.header("X-Twilio-Signature", signature);
    }
    bench.send(request.body(Body::from(body)).unwrap()).await
}

async fn post(bench: &Bench, path: &str, form: &[(&str, &str)]) -> Answer {
    send(bench, path, encode(form), Some(sign(&format!("{PUBLIC}{path}"), form))).await
}

#[tokio::test]
async fn only_the_carrier_is_heard_and_everybody_else_is_told_why() {
    let bench = bench().await;
    let path = format!("/v1/webhooks/{PROVIDER}/att-1");
    let body = encode(RINGING);
    let signature = sign(&format!("{PUBLIC}{path}"), RINGING);
    let elsewhere = sign(&format!("{PUBLIC}/v1/webhooks/{PROVIDER}/att-2"), RINGING);
    let other_form = encode(&[("CallSid", CALL), ("CallStatus", "completed")]);
    let table = [
        (path.as_str(), body.clone(), None, StatusCode::FORBIDDEN, "unsigned"),
        (&path, body.clone(), Some(elsewhere), StatusCode::FORBIDDEN, "forged"),
        (&path, other_form, Some(signature.clone()), StatusCode::FORBIDDEN, "forged"),
        (&path, body.clone(), Some(signature.clone()), StatusCode::NOT_FOUND, "unknown_attempt"),
        ("/v1/webhooks/other/att-1", body, Some(signature), StatusCode::NOT_FOUND, "unknown_provider"),
        (&path, "x".repeat(MAX_BODY + 1), None, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
    ];
    for (path, body, signature, status, code) in table {
        let answer = send(&bench, path, body, signature).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, code));
    }
    assert_eq!(post(&bench, &path, &[("X", "1")]).await.problem(), "malformed");
}

/// A callback is kept before it is answered; the same one again is answered as the first, and kept once.
#[tokio::test]
async fn what_is_accepted_is_kept_once() {
    let bench = bench().await;
    let attempt = bench.answered().await;
    let path = format!("/v1/webhooks/{PROVIDER}/{}", attempt.id);
    for _ in 0..2 {
        assert_eq!(post(&bench, &path, RINGING).await.status, StatusCode::NO_CONTENT);
    }
    let timeline = bench.get(Operator, &format!("/v1/calls/{}/timeline", attempt.call)).await.json();
    let kept = timeline["items"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "provider_event");
    let said: Vec<_> = kept.map(|entry| &entry["detail"]["reports"]).collect();
    assert_eq!(said, ["ringing"], "{timeline}");
}

/// A store that takes nothing must not lose a callback: the provider is asked to come again.
#[tokio::test]
async fn what_cannot_be_kept_is_asked_for_again() {
    let bench = bench().await;
    let attempt = bench.answered().await;
    bench.store.close().await;
    let path = format!("/v1/webhooks/{PROVIDER}/{}", attempt.id);
    let answer = post(&bench, &path, RINGING).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable"));
}
