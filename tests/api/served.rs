//! One request over a socket: what a client sees of it.

use voxgate::http::access::Role::Operator;

use crate::bench::{Bench, order};

#[tokio::test]
async fn a_call_is_ordered_over_http() {
    let bench = Bench::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(axum::serve(listener, bench.router()).into_future());
    // Done before by another test of this process, or not.
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{address}/v1/calls")).bearer_auth(bench.key(Operator)).json(&order());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let call: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(call["state"], "pending");
    let unknown = client.get(format!("{address}/v1/nothing")).send().await.unwrap();
    assert_eq!(
        (unknown.status().as_u16(), &unknown.headers()["content-type"]),
        (404, &"application/problem+json".parse().unwrap())
    );
    server.abort();
}
