//! The API's description.

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY};
use axum::http::{Request, StatusCode};
use voxgate::http::description;

use crate::bench::{Answer, Bench};

/// The description is part of the contract: a change of it is seen. To accept one, run the tests with
/// `UPDATE_OPENAPI=1`, and commit `tests/api/openapi.json`.
#[test]
fn the_api_is_as_it_was_described() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, format!("{}\n", description())).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    let difference = kept.lines().zip(description().lines()).find(|(kept, now)| kept != now);
    assert_eq!(difference, None, "the API's description has changed; UPDATE_OPENAPI=1 accepts it");
    assert_eq!(kept.trim_end(), description().trim_end());
}

async fn get(bench: &Bench, path: &str) -> Answer {
    bench.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_description_is_served_and_shown_without_any_other_host() {
    let bench = Bench::new().await;
    assert_eq!(get(&bench, "/openapi.json").await.body, description().as_bytes());
    let page = get(&bench, "/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains("/openapi.json") && !text.contains("http:") && !text.contains("https:"), "{text}");
    assert!(page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'"));
    let script = get(&bench, "/docs/rapidoc.js").await;
    assert_eq!(script.headers[CONTENT_ENCODING], "gzip");
    assert_eq!(script.body[..2], [0x1f, 0x8b]);
}
