//! Dials a media socket with small buffers and, for a call's stream, the carrier's signature.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use url::Url;

use crate::signature;

/// Connecting and shaking hands may take this long together.
const PATIENCE: Duration = Duration::from_secs(10);
/// The greatest message taken from the gateway: about a minute and a half of audio.
const MESSAGE_BYTES: usize = 1 << 20;
/// What piles up at most when the gateway does not read.
const UNSENT_BYTES: usize = 256 << 10;

/// Opens the stream's socket, signed with the account's token.
pub(super) async fn dial(url: &str, auth_token: &str) -> Result<WebSocketStream<TcpStream>, String> {
    open(url, Some(&signature::sign_handshake(auth_token, url))).await
}

/// Opens a socket; the error tells what failed.
pub(crate) async fn open(url: &str, signature: Option<&str>) -> Result<WebSocketStream<TcpStream>, String> {
    match tokio::time::timeout(PATIENCE, connect(url, signature)).await {
        Ok(result) => result.map_err(|error| format!("{url}: {error}")),
        Err(_elapsed) => Err(format!("{url}: no handshake within {} s", PATIENCE.as_secs())),
    }
}

async fn connect(url: &str, signature: Option<&str>) -> Result<WebSocketStream<TcpStream>, String> {
    let parsed = Url::parse(url).map_err(|error| error.to_string())?;
    if parsed.scheme() != "ws" {
        return Err("the sandbox has no TLS; give it a ws:// address on the loopback".to_owned());
    }
    let host = parsed.host_str().ok_or("no host")?.trim_matches(['[', ']']);
    let tcp = TcpStream::connect((host, parsed.port().unwrap_or(80))).await.map_err(|error| error.to_string())?;
    tcp.set_nodelay(true).map_err(|error| error.to_string())?;
    let mut request = url.into_client_request().map_err(|error| error.to_string())?;
    if let Some(signature) = signature {
        let value = HeaderValue::from_str(signature).map_err(|error| error.to_string())?;
        request.headers_mut().insert("x-twilio-signature", value);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(UNSENT_BYTES)
        .max_message_size(Some(MESSAGE_BYTES))
        .max_frame_size(Some(MESSAGE_BYTES));
    let (socket, _response) =
        client_async_with_config(request, tcp, Some(config)).await.map_err(|error| error.to_string())?;
    Ok(socket)
}
