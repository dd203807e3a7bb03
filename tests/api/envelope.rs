//! Whatever comes in, what is wrong with it is told in one form.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use voxgate::http::access::Role::Operator;

use crate::bench::{Bench, MAX_BODY, order};

/// What is wrong with a body, with its place.
#[tokio::test]
async fn a_wrong_body_names_line_column_and_field() {
    let bench = Bench::new().await;
    // Body, code, field, a part of the detail, line and column.
    let table = [
        ("", "malformed_json", "", "line 1, column 0", (1, 0)),
        ("{\"to\": \"+1\",\n  \"dialplan\" \"d\"}", "malformed_json", "", "line 2, column 14", (2, 14)),
        ("{\"to\": \"+1\", \"dialplan\": \"d\"} x", "malformed_json", "", "column 31", (1, 31)),
        ("{\"to\": \"+1\"", "malformed_json", "", "EOF while parsing", (1, 11)),
        ("{\"to\": \"+1\", \"variables\": {\"a\": \"b\"", "malformed_json", "variables", "EOF", (1, 35)),
        ("{\"to\": +1}", "malformed_json", "to", "expected value", (1, 8)),
        ("[]", "invalid_field", "", "invalid length 0", (1, 2)),
        ("\"call\"", "invalid_field", "", "invalid type: string", (1, 6)),
        ("{\"dialplan\": \"d\"}", "invalid_field", "to", "`to` is missing", (1, 17)),
        ("{\"to\": 12065550110,\n\"dialplan\": \"d\"}", "invalid_field", "to", "invalid type: integer", (1, 18)),
        ("{\"to\": \"+1\", \"dialpan\": \"d\"}", "invalid_field", "dialpan", "did you mean `dialplan`?", (1, 22)),
        (
            "{\"to\": \"+1\", \"dialplan\": \"d\", \"variables\": {\"first_name\": [1]}}",
            "invalid_field",
            "variables.first_name",
            "invalid type: sequence",
            (1, 58),
        ),
        ("{\"to\": \"+1\", \"dialplan\": \"d\", \"not_before\": \"soon\"}", "invalid_field", "not_before", "", (1, 50)),
        (
            "{\"to\": \"+1\", \"dialplan\": \"d\", \"when_full\": \"wat\"}",
            "invalid_field",
            "when_full",
            "mean `wait`",
            (1, 48),
        ),
        ("{\"to\": \"+1\", \"to\": \"+2\"}", "invalid_field", "to", "there twice", (1, 17)),
    ];
    for (body, code, field, detail, (line, column)) in table {
        let answer = bench.post_text(Operator, "/v1/calls", body).await;
        assert_eq!(answer.problem(), code, "{body}");
        let document = answer.json();
        let error = &document["errors"][0];
        assert_eq!((&document["field"], &error["field"]), (&json!(field), &json!(field)), "{body}: {document}");
        assert!(document["detail"].as_str().unwrap().contains(detail), "{body}: {document}");
        assert_eq!((&error["line"], &error["column"]), (&json!(line), &json!(column)), "{body}: {document}");
    }
    let deep = "[".repeat(60_000);
    assert_eq!(bench.post_text(Operator, "/v1/calls", deep).await.problem(), "invalid_field");
    assert_eq!(bench.post_text(Operator, "/v1/calls", vec![0xff, 0xfe]).await.problem(), "malformed_json");
    assert_eq!(bench.get(Operator, "/v1/calls").await.json()["items"], json!([]), "nothing of it was kept");
}

/// As long as `server.max_body` says, and not a byte longer, wherever a body is read.
#[tokio::test]
async fn a_body_has_bounds() {
    let bench = Bench::new().await;
    let order = order().to_string();
    let of_length = |bytes: usize| format!("{order}{}", " ".repeat(bytes - order.len()));
    for (bytes, expected) in [(MAX_BODY, StatusCode::ACCEPTED), (MAX_BODY + 1, StatusCode::PAYLOAD_TOO_LARGE)] {
        let plain = bench.post_text(Operator, "/v1/calls", of_length(bytes)).await;
        let request = bench.request(Operator, "POST", "/v1/calls").header(CONTENT_TYPE, "application/json");
        let request = request.header("Idempotency-Key", bytes).body(Body::from(of_length(bytes))).unwrap();
        for answer in [plain, bench.send(request).await] {
            assert_eq!(answer.status, expected, "{answer:?}");
            if expected.is_client_error() {
                assert_eq!(answer.problem(), "body_too_large");
                let detail = answer.json()["detail"].to_string();
                assert!(detail.contains(&MAX_BODY.to_string()) && detail.contains("server.max_body"), "{detail}");
            }
        }
    }
    assert_eq!(bench.get(Operator, "/v1/calls").await.json()["items"].as_array().unwrap().len(), 2);
    let request = bench.request(Operator, "POST", "/v1/calls").header(CONTENT_TYPE, "text/plain");
    let answer = bench.send(request.body(Body::from(order)).unwrap()).await;
    assert_eq!(answer.problem(), "unsupported_media_type");
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_told() {
    let bench = Bench::new().await;
    for path in ["/", "/v1", "/v1/call", "/v1/calls/", "/v1/calls/x/y", "/%ff"] {
        assert_eq!(bench.get(Operator, path).await.problem(), "not_found", "{path}");
    }
    let answer = bench.send(Request::delete("/v1/calls").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
    let allowed = answer.headers[ALLOW].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn a_wrong_query_names_its_parameter() {
    let bench = Bench::new().await;
    let table = [
        ("limit=0", "limit", "1 to 500"),
        ("limit=501", "limit", "1 to 500"),
        ("limit=many", "limit", "invalid digit"),
        ("stat=pending", "stat", "did you mean `state`?"),
        ("state=pendin", "state", "did you mean `pending`?"),
        ("since=yesterday", "since", ""),
        ("limit=1&limit=2", "limit", "there twice"),
    ];
    for (query, field, detail) in table {
        let answer = bench.get(Operator, &format!("/v1/calls?{query}")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_field"));
        let document = answer.json();
        assert_eq!(document["field"], field, "{document}");
        assert!(document["detail"].as_str().unwrap().contains(detail), "{document}");
    }
    assert_eq!(bench.get(Operator, "/v1/calls?state=%ff").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A defect is one failed request, not a dead gateway; and nothing of it is told to the asker.
#[tokio::test]
async fn a_panic_is_a_problem() {
    let bench = Bench::new().await;
    bench.desk.broken.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = bench.post(Operator, "/v1/calls", order()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"));
    assert!(!answer.json()["detail"].as_str().unwrap().contains("desk"), "{answer:?}");
    bench.desk.broken.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(bench.post(Operator, "/v1/calls", order()).await.status, StatusCode::ACCEPTED);
}

/// A store that is gone is told as such, and when to try again.
#[tokio::test]
async fn a_store_that_is_gone_is_a_problem() {
    let bench = Bench::new().await;
    bench.store.close().await;
    for answer in [bench.get(Operator, "/v1/calls").await, bench.post(Operator, "/v1/calls", order()).await] {
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable"));
        assert_eq!(answer.headers["retry-after"], "1");
    }
    let alive = bench.send(Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(alive.status, StatusCode::OK, "the process lives");
    let ready = bench.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    assert_eq!((ready.status, ready.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not_serving"));
    let errors: Value = ready.json();
    assert!(errors["detail"].as_str().unwrap().contains("store"), "{errors}");
}
