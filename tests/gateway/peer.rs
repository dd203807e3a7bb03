//! The far end of a media stream, as good or as bad as a test wants it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use voxgate_sandbox::AUTH_TOKEN;
use voxgate_sandbox::signature::{HEADER, sign_handshake};

/// What a carrier knows of a call that it was told to make.
#[derive(Clone, Debug)]
pub(crate) struct Dialed {
    pub(crate) call_sid: String,
    pub(crate) url: String,
    pub(crate) token: String,
}

pub(crate) struct Peer {
    socket: WebSocketStream<TcpStream>,
    sequence: u64,
    at_ms: u64,
}

impl Dialed {
    pub(crate) fn read(call_sid: &str, twiml: &str) -> Self {
        let between = |before: &str| {
            let rest = twiml.split_once(before).unwrap().1;
            rest.split_once('"').unwrap().0.to_owned()
        };
        Self {
            call_sid: call_sid.to_owned(),
            url: between("<Stream url=\""),
            token: between("name=\"token\" value=\""),
        }
    }

    /// Shakes hands with the right signature.
    pub(crate) async fn connect(&self) -> Peer {
        self.shake_hands(&self.url, Some(&sign_handshake(AUTH_TOKEN, &self.url))).await.unwrap()
    }

    /// The status that a handshake is refused with.
    pub(crate) async fn refusal(&self, url: &str, signature: Option<&str>) -> u16 {
        match self.shake_hands(url, signature).await.map(|_| ()) {
            Err(Error::Http(response)) => response.status().as_u16(),
            other => panic!("{other:?}"),
        }
    }

    async fn shake_hands(&self, url: &str, signature: Option<&str>) -> Result<Peer, Error> {
        let mut request = url.into_client_request()?;
        if let Some(signature) = signature {
            request.headers_mut().insert(HEADER, signature.parse().unwrap());
        }
        let address = request.uri().authority().unwrap().as_str().parse().unwrap();
        let socket = TcpSocket::new_v4()?;
        // Little room, so that a peer that does not read is noticed soon.
        socket.set_recv_buffer_size(4 * 1024)?;
        let stream = socket.connect(address).await?;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Peer { socket, sequence: 0, at_ms: 0 })
    }

    /// A stream that has begun as it must.
    pub(crate) async fn stream(&self) -> Peer {
        let mut peer = self.connect().await;
        peer.text(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#).await;
        peer.text(&self.start(&self.call_sid, &self.token)).await;
        peer
    }

    pub(crate) fn start(&self, call_sid: &str, token: &str) -> String {
        format!(
            r#"{{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{{"streamSid":"MZ1","accountSid":"AC1","callSid":"{call_sid}","tracks":["inbound"],"customParameters":{{"token":"{token}"}},"mediaFormat":{{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}}}}"#
        )
    }
}

impl Peer {
    /// Sends; a stream that was ended meanwhile takes nothing more.
    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.ok();
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    pub(crate) async fn binary(&mut self) {
        self.send(Message::Binary(Bytes::from_static(&[0x80; 160]))).await;
    }

    /// A message of the callee's audio, without a sound.
    pub(crate) fn media(&self, sequence: u64, at_ms: u64, track: &str) -> String {
        let payload = STANDARD.encode([0xff; 160]);
        format!(
            r#"{{"event":"media","sequenceNumber":"{sequence}","streamSid":"MZ1","media":{{"track":"{track}","chunk":"{sequence}","timestamp":"{at_ms}","payload":"{payload}"}}}}"#
        )
    }

    /// Twenty milliseconds of silence, once they are due.
    pub(crate) async fn frame(&mut self) {
        let message = self.media(self.sequence, self.at_ms, "inbound");
        self.sequence += 1;
        self.at_ms += 20;
        self.text(&message).await;
    }

    pub(crate) async fn key(&mut self, key: char) {
        self.text(&format!(
            r#"{{"event":"dtmf","streamSid":"MZ1","dtmf":{{"track":"inbound_track","digit":"{key}"}}}}"#
        ))
        .await;
    }

    /// Listens until the first audio comes.
    pub(crate) async fn first_audio(&mut self) {
        while !self.next().await.expect("audio").contains(r#""event":"media""#) {}
    }

    /// Listens, silent frames meanwhile, until the stream is ended from the other side.
    pub(crate) async fn listen(&mut self) {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        loop {
            tokio::select! {
                message = self.next() => if message.is_none() { return },
                _ = pace.tick() => self.frame().await,
            }
        }
    }

    /// Presses 1 once it is spoken to, and listens to the end.
    pub(crate) async fn agree(&mut self) {
        self.first_audio().await;
        self.key('1').await;
        self.listen().await;
    }

    /// The next text message; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            }
        }
    }
}
