//! A small gateway for tests: places calls, takes callbacks and media, all over real sockets on the loopback.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Callback as HandshakeCheck, ErrorResponse, Request, Response};
use url::form_urlencoded;
use voxgate_sandbox::{Sandbox, signature};

/// Longest wait for anything in these tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// A callback as it came: path, form, and whether its signature was right.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) form: Vec<(String, String)>,
    pub(crate) signed: bool,
}

impl Callback {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.form.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

struct Hook {
    base: String,
    document: String,
    token: String,
    seen: Mutex<Vec<Callback>>,
}

/// The gateway.
pub(crate) struct Gateway {
    pub(crate) sandbox_url: String,
    pub(crate) account: String,
    pub(crate) token: String,
    hook: Arc<Hook>,
    media: TcpListener,
    http: reqwest::Client,
}

impl Gateway {
    pub(crate) async fn of(sandbox: &Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let token = sandbox.auth_token().to_owned();
        let media = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let document = format!(
            "<Response><Connect><Stream url=\"ws://{}/media/twilio\"><Parameter name=\"token\" value=\"t-1\"/></Stream></Connect></Response>",
            media.local_addr().expect("an address")
        );
        let hook = Arc::new(Hook { base, document, token: token.clone(), seen: Mutex::default() });
        let app = Router::new().fallback(take_callback).with_state(hook.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            sandbox_url: sandbox.base_url(),
            account: sandbox.account_sid().to_owned(),
            token,
            hook,
            media,
            http: reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client"),
        }
    }

    pub(crate) fn media_address(&self) -> SocketAddr {
        self.media.local_addr().expect("an address")
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/2010-04-01/Accounts/{}/{rest}", self.sandbox_url, self.account)
    }

    /// The usual form of a call, with more fields.
    pub(crate) fn call_form(&self, to: &str, extra: &[(&str, &str)]) -> Vec<(String, String)> {
        let twiml = &self.hook.document;
        let callback = format!("{}/status?call=7", self.hook.base);
        let events = ["initiated", "ringing", "answered", "completed"].map(|event| ("StatusCallbackEvent", event));
        [("To", to), ("From", "+12065550100"), ("Twiml", twiml), ("StatusCallback", &callback)]
            .iter()
            .chain(&events)
            .chain(extra)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    pub(crate) async fn try_place(&self, to: &str, extra: &[(&str, &str)]) -> reqwest::Result<(u16, Value)> {
        self.post("Calls.json", &self.call_form(to, extra)).await
    }

    /// Places a call that must be accepted; its SID.
    pub(crate) async fn place(&self, to: &str, extra: &[(&str, &str)]) -> String {
        let (status, call) = self.try_place(to, extra).await.expect("an answer");
        assert_eq!(status, 201, "{call}");
        call["sid"].as_str().expect("a sid").to_owned()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(String, String)]) -> reqwest::Result<(u16, Value)> {
        let request = self.http.post(self.path(path)).basic_auth(&self.account, Some(&self.token)).form(form);
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.json().await.unwrap_or_default()))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.http.get(self.path(path)).basic_auth(&self.account, Some(&self.token));
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// An address that answers with the document of [`Self::call_form`].
    pub(crate) fn document_url(&self) -> String {
        format!("{}/document", self.hook.base)
    }

    /// The address that answering-machine verdicts go to.
    pub(crate) fn verdict_url(&self) -> String {
        format!("{}/amd", self.hook.base)
    }

    pub(crate) fn callbacks(&self, sid: &str) -> Vec<Callback> {
        let seen = self.hook.seen.lock().expect("not poisoned");
        seen.iter().filter(|callback| callback.get("CallSid") == sid).cloned().collect()
    }

    /// Waits until a callback of the call fits.
    pub(crate) async fn callback(&self, sid: &str, fits: impl Fn(&Callback) -> bool) -> Callback {
        within(async {
            loop {
                if let Some(found) = self.callbacks(sid).into_iter().find(|callback| fits(callback)) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }

    /// Waits until the call has been reported as over.
    pub(crate) async fn over(&self, sid: &str) -> Callback {
        self.callback(sid, |callback| !callback.get("CallDuration").is_empty()).await
    }

    /// Takes the next media stream: checks its signature, `connected` and `start`.
    pub(crate) async fn stream(&self) -> Media {
        within(async {
            let (tcp, _) = self.media.accept().await.expect("a connection");
            let url = format!("wss://{}/media/twilio", self.media_address());
            let check = Signed(signature::sign(&self.token, &url, &[]));
            let socket = tokio_tungstenite::accept_hdr_async(tcp, check).await.expect("a handshake");
            let mut media = Media { socket, sid: String::new(), start: Value::Null };
            assert_eq!(media.next().await.expect("connected")["event"], "connected");
            media.start = media.next().await.expect("start");
            media.sid = media.start["streamSid"].as_str().expect("a sid").to_owned();
            media
        })
        .await
    }
}

async fn take_callback(State(hook): State<Arc<Hook>>, uri: Uri, headers: HeaderMap, body: Bytes) -> String {
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let expected = signature::sign(&hook.token, &format!("{}{uri}", hook.base), &form);
    let signed = headers.get(signature::HEADER).is_some_and(|value| value.as_bytes() == expected.as_bytes());
    hook.seen.lock().expect("not poisoned").push(Callback { form, signed });
    hook.document.clone()
}

/// Passes a handshake with this signature only.
struct Signed(String);

impl HandshakeCheck for Signed {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        assert_eq!(request.headers()["x-twilio-signature"].to_str().ok(), Some(self.0.as_str()));
        Ok(response)
    }
}

/// The gateway's end of a media stream.
pub(crate) struct Media {
    socket: WebSocketStream<TcpStream>,
    pub(crate) sid: String,
    pub(crate) start: Value,
}

impl Media {
    /// The next message; `None` when the stream has been closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        within(async {
            loop {
                match self.socket.next().await? {
                    Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).expect("JSON")),
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
        })
        .await
    }

    /// Skips to the next message of a kind.
    pub(crate) async fn next_of(&mut self, event: &str) -> Option<Value> {
        within(async {
            loop {
                let message = self.next().await?;
                if message["event"] == event {
                    return Some(message);
                }
            }
        })
        .await
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("sent");
    }

    /// A prompt that sounds: `ms` of a tone whose loudness goes up and down as that of speech does.
    pub(crate) async fn prompt(&mut self, ms: usize, mark: &str) {
        const LOUDNESS: [u8; 7] = [0x10, 0x30, 0x18, 0x40, 0x20, 0x14, 0x38];
        let code = |n: usize| LOUDNESS[n / 800 % 7] | if (n / 8).is_multiple_of(2) { 0x80 } else { 0 };
        let codes: Vec<u8> = (0..ms * 8).map(code).collect();
        let payload = STANDARD.encode(&codes);
        self.send(json!({"event":"media","streamSid":self.sid,"media":{"payload":payload}})).await;
        self.send(json!({"event":"mark","streamSid":self.sid,"mark":{"name":mark}})).await;
    }

    pub(crate) async fn close(mut self) {
        self.socket.close(None).await.expect("closed");
        while self.next().await.is_some() {}
    }

    pub(crate) async fn send_binary(&mut self) {
        self.socket.send(Message::binary(vec![1, 2, 3])).await.expect("sent");
    }
}

pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("done in time")
}
