//! The reference: a bare loop over the same sockets. It parses, decodes and sends a frame every 20 ms, and does nothing
//! that a gateway is for.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use voxgate_media::frame::{FRAME_MS, FRAME_SAMPLES};
use voxgate_media::g711::ULAW_SILENCE;

use crate::clock;
use crate::meters::Distribution;

#[derive(Deserialize)]
struct Incoming<'a> {
    event: &'a str,
    #[serde(rename = "streamSid", borrow)]
    stream_sid: Option<&'a str>,
    #[serde(borrow)]
    media: Option<Media<'a>>,
}

#[derive(Deserialize)]
struct Media<'a> {
    payload: &'a str,
}

/// Listens on a free port of the loopback.
pub(super) async fn bind() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves every connection until the process ends. `late` takes each frame's time against its own deadline.
pub(super) async fn serve(listener: TcpListener, late: Arc<Distribution>) -> io::Result<()> {
    loop {
        let (stream, _peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::task::spawn_local(echo(stream, Arc::clone(&late)));
    }
}

async fn echo(stream: TcpStream, late: Arc<Distribution>) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let mut ticks = interval(Duration::from_millis(u64::from(FRAME_MS)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut frame = vec![ULAW_SILENCE; FRAME_SAMPLES];
    let mut stream_sid = String::new();
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => take(&text, &mut frame, &mut stream_sid),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            due = ticks.tick() => {
                late.add(u64::try_from(clock::now().saturating_duration_since(due).as_micros()).unwrap_or(u64::MAX));
                let payload = STANDARD.encode(&frame);
                let text = format!(r#"{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"{payload}"}}}}"#);
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Keeps the audio that came, to be sent back with the next frame.
fn take(text: &str, frame: &mut Vec<u8>, stream_sid: &mut String) {
    let Ok(message) = serde_json::from_str::<Incoming<'_>>(text) else { return };
    if let Some(media) = message.media {
        frame.clear();
        // Audio that cannot be decoded is not sent back; the sandbox sends none.
        STANDARD.decode_vec(media.payload, frame).ok();
    }
    if message.event == "start" {
        *stream_sid = message.stream_sid.unwrap_or_default().to_owned();
    }
}
