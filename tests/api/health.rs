//! Health and metrics.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use voxgate::http::access::Role::Operator;

use crate::bench::Bench;

#[tokio::test]
async fn a_gateway_that_serves_says_so_until_it_stops() {
    let bench = Bench::new().await;
    let ask = async |path: &str| bench.send(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(ask("/healthz").await.status, StatusCode::OK);
    assert_eq!(ask("/readyz").await.status, StatusCode::OK);
    bench.stop.send_replace(true);
    assert_eq!(ask("/healthz").await.status, StatusCode::OK);
    let stopping = ask("/readyz").await;
    assert_eq!((stopping.status, stopping.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not_serving"));
    assert!(stopping.json()["detail"].as_str().unwrap().contains("stopping"));
}

#[tokio::test]
async fn metrics_are_text_of_openmetrics() {
    let bench = Bench::new().await;
    let answer = bench.get(Operator, "/metrics").await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    assert!(String::from_utf8(answer.body).unwrap().ends_with("# EOF\n"));
}
