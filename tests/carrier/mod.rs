//! A carrier of one's own: answers requests as it is told and keeps what it saw.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use voxgate::config;

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "12345";
pub(crate) const CALL: &str = "CA00000000000000000000000000000001";

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) form: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.form.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
    }
}

/// What the next request gets.
pub(crate) enum Answer {
    /// Status line's number, further header lines, body.
    Http(u16, &'static str, String),
    /// The connection is closed without an answer.
    Drop,
}

pub(crate) fn call(status: &str) -> String {
    format!(r#"{{"sid":"{CALL}","status":"{status}","direction":"outbound-api","duration":null,"date_created":null}}"#)
}

pub(crate) fn error(code: u32, status: u16) -> String {
    format!(r#"{{"code":{code},"message":"no","more_info":"","status":{status}}}"#)
}

pub(crate) struct Carrier {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    task: JoinHandle<()>,
}

impl Carrier {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (seen, answers) = (Arc::default(), Arc::default());
        let task = tokio::spawn(serve(listener, Arc::clone(&seen), Arc::clone(&answers)));
        Self { address, seen, answers, task }
    }

    pub(crate) fn will(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The config's section for an account here.
    pub(crate) fn section(&self) -> config::Provider {
        config::Provider {
            kind: "twilio".to_owned(),
            base_url: Some(self.address.parse().unwrap()),
            account_sid: Some(ACCOUNT.to_owned()),
            auth_token: Some(config::Secret::new(TOKEN.to_owned())),
            from: Some("+12065550100".parse().unwrap()),
            calls_per_second: 100.0,
            live: true,
            ..config::Provider::default()
        }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, seen: Arc<Mutex<Vec<Seen>>>, answers: Arc<Mutex<VecDeque<Answer>>>) {
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        while let Some(request) = read(&mut socket).await {
            seen.lock().unwrap().push(request);
            let Some(Answer::Http(status, headers, body)) = answers.lock().unwrap().pop_front() else { break };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

async fn read(socket: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break String::from_utf8(bytes.drain(..end + 4).collect()).unwrap();
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}: ")));
        line.map_or("", |line| &line[name.len() + 2..]).to_owned()
    };
    let length = header("content-length").parse().unwrap_or(0);
    while bytes.len() < length {
        socket.read_buf(&mut bytes).await.ok()?;
    }
    Some(Seen {
        line: head.lines().next()?.to_owned(),
        authorization: header("authorization"),
        form: url::form_urlencoded::parse(&bytes).into_owned().collect(),
    })
}

/// Signs a request as the carrier does. `form` must be sorted and without doubles.
pub(crate) fn sign(url: &str, form: &[(&str, &str)]) -> String {
    let mut message = url.to_owned();
    for (name, value) in form {
        message.push_str(name);
        message.push_str(value);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, message.as_bytes()))
}

pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}
