//! A carrier's REST API in front of the simulated network: it answers for the numbers that tests answer, and passes on
//! everything else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::peer::Dialed;

/// How numbers that tests answer begin.
const OURS: &str = "+1206557";

pub(crate) struct Switchboard {
    address: String,
    board: Arc<Board>,
    task: JoinHandle<()>,
}

struct Board {
    behind: String,
    client: reqwest::Client,
    expected: Mutex<HashMap<String, oneshot::Sender<Dialed>>>,
    /// The carrier's word for each call's state, by its id.
    calls: Mutex<HashMap<String, &'static str>>,
}

impl Switchboard {
    pub(crate) async fn start(behind: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let board = Board { behind: behind.to_owned(), client, expected: Mutex::default(), calls: Mutex::default() };
        let board = Arc::new(board);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(take).with_state(Arc::clone(&board));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, board, task }
    }

    pub(crate) fn base_url(&self) -> String {
        self.address.clone()
    }

    /// Ready once this number has been dialed. From then on the call counts as answered.
    pub(crate) fn expect(&self, number: &str) -> oneshot::Receiver<Dialed> {
        assert!(number.starts_with(OURS), "{number} belongs to the simulated network");
        let (sender, dialed) = oneshot::channel();
        self.board.expected.lock().unwrap().insert(number.to_owned(), sender);
        dialed
    }

    pub(crate) fn stop(self) {
        self.task.abort();
    }
}

async fn take(State(board): State<Arc<Board>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let path = head.uri.path().to_owned();
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let of_ours = |to: &String| to.starts_with(OURS);
    if path.ends_with("/Calls.json") && form.get("To").is_some_and(of_ours) {
        return board.dial(&form);
    }
    let id = path.rsplit('/').next().unwrap().trim_end_matches(".json");
    if board.calls.lock().unwrap().contains_key(id) {
        return board.look_or_end(id, head.method == Method::POST);
    }
    let url = format!("{}{}", board.behind, head.uri);
    let mut request = board.client.request(head.method, url).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if let Some(value) = head.headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body: Bytes = answer.bytes().await.unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl Board {
    fn dial(&self, form: &HashMap<String, String>) -> Response {
        let id = {
            let mut calls = self.calls.lock().unwrap();
            let id = format!("CA{:032x}", 0xbad_0000 + calls.len());
            calls.insert(id.clone(), "in-progress");
            id
        };
        let dialed = Dialed::read(&id, &form["Twiml"]);
        self.expected.lock().unwrap().remove(&form["To"]).unwrap().send(dialed).ok();
        (StatusCode::CREATED, resource(&id, "queued")).into_response()
    }

    fn look_or_end(&self, id: &str, end: bool) -> Response {
        let mut calls = self.calls.lock().unwrap();
        if end {
            calls.insert(id.to_owned(), "completed");
        }
        resource(id, calls[id]).into_response()
    }
}

fn resource(id: &str, status: &str) -> String {
    format!(r#"{{"sid":"{id}","status":"{status}","direction":"outbound-api"}}"#)
}
