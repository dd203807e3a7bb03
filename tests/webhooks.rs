//! Callbacks over HTTP: who is let in, and what the others are told.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[expect(dead_code, reason = "each test binary uses a part of the carrier")]
mod carrier;

use std::collections::BTreeMap;
use std::sync::Arc;

use carrier::{CALL, Carrier, encode, sign};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use voxgate::calls::Directory;
use voxgate::http::{Gateway, router};
use voxgate::providers::Providers;

/// As the carrier knows us: a proxy stands between.
const PUBLIC: &str = "https://gw.example.com";
const RINGING: &[(&str, &str)] = &[("CallSid", CALL), ("CallStatus", "ringing")];

struct Asked {
    address: String,
    client: reqwest::Client,
}

impl Asked {
    async fn start() -> Self {
        let carrier = Carrier::start().await;
        let sections = BTreeMap::from([("line".to_owned(), carrier.section())]);
        let gateway = Gateway {
            providers: Providers::build(&sections).unwrap(),
            directory: Arc::new(Directory::default()),
            public_url: PUBLIC.to_owned(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router(gateway)).await });
        Self { address, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: String, signature: Option<String>) -> (StatusCode, String) {
        let mut request = self.client.post(format!("{}{path}", self.address)).body(body);
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(signature) = signature {
            request = request.header("X-Twilio-Signature", signature);
        }
        let answer = request.send().await.unwrap();
        let kind = answer.headers().get(CONTENT_TYPE).map(|v| v.to_str().unwrap().to_owned());
        let status = answer.status();
        let text = answer.text().await.unwrap();
        if status.is_success() {
            return (status, String::new());
        }
        assert_eq!(kind.as_deref(), Some("application/problem+json"));
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(problem["status"], status.as_u16());
        (status, problem["code"].as_str().unwrap().to_owned())
    }
}

fn told(status: StatusCode, code: &str) -> (StatusCode, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn only_the_carrier_is_heard_and_everybody_else_is_told_why() {
    let asked = Asked::start().await;
    let path = "/v1/webhooks/line/a-1";
    let signature = sign(&format!("{PUBLIC}{path}"), RINGING);
    let body = encode(RINGING);
    assert_eq!(asked.post(path, body.clone(), None).await, told(StatusCode::FORBIDDEN, "unsigned"));
    let forged = sign(&format!("{PUBLIC}/v1/webhooks/line/a-2"), RINGING);
    assert_eq!(asked.post(path, body.clone(), Some(forged)).await, told(StatusCode::FORBIDDEN, "forged"));
    let other_form = encode(&[("CallSid", CALL), ("CallStatus", "completed")]);
    assert_eq!(asked.post(path, other_form, Some(signature.clone())).await, told(StatusCode::FORBIDDEN, "forged"));
    assert_eq!(
        asked.post(path, body.clone(), Some(signature.clone())).await,
        told(StatusCode::NOT_FOUND, "unknown_attempt")
    );
    assert_eq!(
        asked.post("/v1/webhooks/other/a-1", body, Some(signature)).await,
        told(StatusCode::NOT_FOUND, "unknown_provider")
    );
    let nothing = sign(&format!("{PUBLIC}{path}"), &[("X", "1")]);
    assert_eq!(asked.post(path, "X=1".to_owned(), Some(nothing)).await, told(StatusCode::BAD_REQUEST, "malformed"));
}

#[tokio::test]
async fn oversized_bodies_and_wrong_paths_get_problem_documents() {
    let asked = Asked::start().await;
    let path = "/v1/webhooks/line/a-1";
    assert_eq!(
        asked.post(path, "x".repeat(64 * 1024 + 1), None).await,
        told(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
    );
    assert_eq!(asked.post("/v2", String::new(), None).await, told(StatusCode::NOT_FOUND, "not_found"));
    assert_eq!(
        asked.post("/healthz", String::new(), None).await,
        told(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    );
    let health = asked.client.get(format!("{}/healthz", asked.address)).send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
}
