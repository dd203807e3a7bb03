//! What people are told, against a server that answers as it is told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

/// A server that notes what it is asked and answers as it is told.
pub(in crate::cli) struct Counterpart {
    pub(in crate::cli) client: Client,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Counterpart {
    pub(in crate::cli) async fn answering(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::serving(move |_| (status, body.clone())).await
    }

    /// Answers by the path: status and body.
    pub(in crate::cli) async fn serving(
        answers: impl Fn(&str) -> (u16, String) + Clone + Send + Sync + 'static,
    ) -> Self {
        crate::cli::tls();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, sent: Bytes| {
            let key = headers[AUTHORIZATION].to_str().unwrap();
            notes.lock().unwrap().push(format!("{method} {uri} {key} {}", String::from_utf8_lossy(&sent)));
            let (status, body) = answers(uri.path());
            std::future::ready((StatusCode::from_u16(status).unwrap(), body))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { client: Client::new(server.parse().unwrap(), "vgk_test\n").unwrap(), asked }
    }

    pub(in crate::cli) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_request_carries_the_key_its_query_and_its_body() {
    let counterpart = Counterpart::answering(200, "{\"ok\": true}").await;
    let query = [("state", Some("open")), ("queue", None), ("number", Some("+1 2"))];
    counterpart.client.get("/v1/manual-tasks", &query).await.unwrap();
    counterpart.client.post(&format!("/v1/dnc/{}", part("+1/2 3")), &json!({"a": 1})).await.unwrap();
    assert_eq!(
        counterpart.asked(),
        [
            "GET /v1/manual-tasks?state=open&number=%2B1+2 Bearer vgk_test ",
            "POST /v1/dnc/%2B1%2F2%203 Bearer vgk_test {\"a\":1}"
        ]
    );
}

#[tokio::test]
async fn a_refusal_is_told_in_words_with_what_to_do() {
    let table = [
        (
            403,
            json!({"code": "forbidden", "detail": "this needs a key with one of the roles compliance, admin"}),
            "roles compliance, admin (forbidden); an admin makes one with `voxgate keys create",
        ),
        (
            401,
            json!({"code": "unauthenticated", "detail": "this API key is not known"}),
            "the gateway does not know the key in VOXGATE_KEY",
        ),
        (
            422,
            json!({"code": "invalid_field", "detail": "x", "errors": [
                {"field": "to", "detail": "is no number"}, {"field": "dialplan", "detail": "is unknown"}]}),
            "to: is no number\ndialplan: is unknown (invalid_field)",
        ),
        (404, json!({"code": "not_found", "detail": "there is no such call"}), "there is no such call (not_found)"),
        (502, json!("bad gateway"), "no voxgate, or a proxy in front of one"),
    ];
    for (status, document, expected) in table {
        let counterpart = Counterpart::answering(status, &document.to_string()).await;
        let told = counterpart.client.get("/v1/calls/x", &[]).await.unwrap_err();
        assert!(told.to_string().contains(expected), "{told}");
        let code = if matches!(status, 400 | 401 | 422) { 2 } else { 1 };
        assert_eq!(told.exit(), ExitCode::from(code), "{status}");
    }
}

#[tokio::test]
async fn where_nobody_listens_one_is_told_what_to_start() {
    crate::cli::tls();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = Client::new(format!("http://{gone}").parse().unwrap(), "vgk_test").unwrap();
    let told = client.get("/v1/calls", &[]).await.unwrap_err().to_string();
    assert!(told.contains("refused") && told.contains("`voxgate serve`") && told.contains("--server"), "{told}");
}

#[tokio::test]
async fn every_page_of_a_list_is_fetched() {
    let counterpart = Counterpart::answering(200, "{\"items\": [1, 2], \"next_cursor\": null}").await;
    assert_eq!(counterpart.client.list("/v1/calls", &[]).await.unwrap(), [json!(1), json!(2)]);
    let counterpart = Counterpart::answering(200, "{}").await;
    assert!(counterpart.client.list("/v1/calls", &[]).await.unwrap_err().to_string().contains("without a list"));
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api-key");
    let told = key::from_file(&path).unwrap_err();
    assert!(told.to_string().contains("start `voxgate serve` here once"), "{told}");
    std::fs::write(&path, "vgk_test\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let told = key::from_file(&path).unwrap_err().to_string();
    assert!(told.contains("can be read by others") && !told.contains("vgk_test"), "{told}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(key::from_file(&path).unwrap(), "vgk_test\n");
    assert!(matches!(Client::new("http://h".parse().unwrap(), " \n"), Err(ClientError::NotAKey)));
}

#[test]
fn the_address_is_where_a_gateway_of_the_config_listens() {
    let mut config = Config::default();
    let mut at = |bind: &str| {
        config.server.bind = bind.parse().unwrap();
        address(&config).map(String::from).map_err(|error| error.to_string())
    };
    assert_eq!(at("0.0.0.0:9080").unwrap(), "http://127.0.0.1:9080/");
    assert_eq!(at("[::]:9080").unwrap(), "http://[::1]:9080/");
    assert!(at("127.0.0.1:0").unwrap_err().contains("give --server URL"));
}
