//! A WebSocket with text messages and a bounded amount of unwritten data.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Sink, Stream};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use crate::transport::Full;

/// The longest message that is read, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;
/// Audio that the connection has not taken, in bytes of messages: about a second and a half. More is dropped.
const MAX_UNWRITTEN: usize = 16 * 1024;
/// Everything that the connection has not taken; control messages may fill it beyond the audio.
const MAX_BUFFER: usize = 64 * 1024;

/// A connected WebSocket.
#[derive(Debug)]
pub struct Socket {
    inner: WebSocketStream<TcpStream>,
    unwritten: usize,
    full: bool,
    broken: bool,
}

/// What a socket received.
#[derive(Debug)]
pub enum Received {
    /// A text message.
    Text(Utf8Bytes),
    /// A ping, which is answered, or a pong.
    Ping,
    /// The far side closed, or the connection is gone.
    Closed,
    /// The far side broke the WebSocket protocol, sent binary data or too long a message.
    Broken(String),
}

impl Socket {
    /// Small buffers: thousands of sessions share a machine, and a message is a few hundred bytes.
    pub(super) fn config() -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(4 * 1024)
            .write_buffer_size(0)
            .max_write_buffer_size(MAX_BUFFER)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
    }

    pub(super) fn new(inner: WebSocketStream<TcpStream>) -> Self {
        Self { inner, unwritten: 0, full: false, broken: false }
    }

    /// The next message.
    pub fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        Poll::Ready(match std::task::ready!(Pin::new(&mut self.inner).poll_next(cx)) {
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Binary(_))) => Received::Broken("a binary message; only text is spoken here".into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Received::Ping,
            Some(Ok(Message::Close(_))) | None => Received::Closed,
            Some(Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_))) => Received::Closed,
            Some(Err(error)) => Received::Broken(error.to_string()),
        })
    }

    /// The next message, for those who can wait.
    pub async fn receive(&mut self) -> Received {
        std::future::poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// Takes a message that may be dropped when the far side does not keep up.
    ///
    /// # Errors
    /// [`Full`] when it is dropped.
    pub fn send(&mut self, text: String) -> Result<(), Full> {
        if self.unwritten >= MAX_UNWRITTEN {
            self.full = true;
            return Err(Full);
        }
        self.send_control(text);
        Ok(())
    }

    /// Takes a message that is not dropped: there are few of them, and the buffer has room beyond audio.
    pub fn send_control(&mut self, text: String) {
        self.unwritten += text.len();
        self.broken |= Pin::new(&mut self.inner).start_send(Message::text(text)).is_err();
    }

    /// Writes what was taken; tells whether a full socket takes audio again.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> bool {
        if self.unwritten == 0 {
            return false;
        }
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Ready(result) => {
                self.broken |= result.is_err();
                self.unwritten = 0;
                std::mem::take(&mut self.full)
            }
            Poll::Pending => false,
        }
    }

    /// Whether writing has failed: the connection is gone, though reading may not have noticed yet.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Says goodbye and waits until that is written.
    pub fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.inner).poll_close(cx).map(|_closed_or_gone| ())
    }
}
