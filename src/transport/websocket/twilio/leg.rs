//! The Twilio dialect as a leg.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use voxgate_core::model::UtteranceId;
use voxgate_core::session::LegEvent;
use voxgate_media::dtmf::Key;
use voxgate_media::time::Samples;

use super::{decode, decode_payload, encode_clear, encode_mark, encode_media};
use crate::transport::websocket::{Received, Socket};
use crate::transport::{Full, Incoming, Leg};

/// A stream must introduce itself within this time.
const START: Duration = Duration::from_secs(2);
/// Messages that cannot be read before the stream counts as broken: one may be an accident.
const PATIENCE: u32 = 10;

/// Who is at the other end, as it introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The provider's call id.
    pub provider_call_id: String,
    /// The one-time secret.
    pub token: String,
    stream_sid: String,
}

/// Why a stream did not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoStart {
    /// No `start` message within 2 s.
    Late,
    /// The connection ended first.
    Gone,
    /// Something else came, or the `start` is not one.
    Malformed(String),
    /// The `start` carries no `token` parameter.
    NoToken,
}

impl fmt::Display for NoStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("no start message came within 2 s"),
            Self::Gone => f.write_str("the connection ended before its start message"),
            Self::Malformed(why) => write!(f, "the media stream does not begin as it must: {why}"),
            Self::NoToken => f.write_str("the start message has no customParameters.token"),
        }
    }
}

/// Waits for the stream's introduction.
///
/// # Errors
/// [`NoStart`].
pub async fn introduce(socket: &mut Socket) -> Result<Introduction, NoStart> {
    tokio::time::timeout(START, first_start(socket)).await.unwrap_or(Err(NoStart::Late))
}

async fn first_start(socket: &mut Socket) -> Result<Introduction, NoStart> {
    loop {
        let text = match socket.receive().await {
            Received::Text(text) => text,
            Received::Ping => continue,
            Received::Closed => return Err(NoStart::Gone),
            Received::Broken(why) => return Err(NoStart::Malformed(why)),
        };
        match decode(&text).map_err(|error| NoStart::Malformed(error.to_string()))? {
            super::Incoming::Connected | super::Incoming::Other { .. } => {}
            super::Incoming::Start(start) => {
                return Ok(Introduction {
                    provider_call_id: start.call_sid.into_owned(),
                    token: start.token.ok_or(NoStart::NoToken)?.into_owned(),
                    stream_sid: start.stream_sid.into_owned(),
                });
            }
            super::Incoming::Media(_)
            | super::Incoming::Dtmf { .. }
            | super::Incoming::Mark { .. }
            | super::Incoming::Stop => {
                return Err(NoStart::Malformed("the stream must begin with its start message".into()));
            }
        }
    }
}

/// A stream that has introduced itself.
#[derive(Debug)]
pub struct TwilioLeg {
    socket: Socket,
    stream_sid: String,
    ulaw: Vec<u8>,
    malformed: u32,
    over: bool,
}

impl TwilioLeg {
    /// Takes the socket over from its introduction.
    #[must_use]
    pub fn new(socket: Socket, introduction: Introduction) -> Self {
        Self { socket, stream_sid: introduction.stream_sid, ulaw: Vec::new(), malformed: 0, over: false }
    }

    /// How many messages could not be read.
    #[must_use]
    pub fn malformed(&self) -> u32 {
        self.malformed
    }

    fn read(&mut self, text: &str) -> Incoming<'_> {
        let incoming = match decode(text) {
            Ok(incoming) => incoming,
            Err(error) => return self.unreadable(&error.to_string()),
        };
        match incoming {
            super::Incoming::Media(media) => match decode_payload(&media.payload, &mut self.ulaw) {
                Ok(()) => Incoming::Audio { at: Samples::from_ms(media.timestamp_ms), ulaw: &self.ulaw },
                Err(error) => self.unreadable(&error.to_string()),
            },
            super::Incoming::Dtmf { digit } => {
                Key::new(digit).map_or(Incoming::Nothing, |key| Incoming::Event(LegEvent::Key(key)))
            }
            super::Incoming::Mark { name } => {
                name.parse().map_or(Incoming::Nothing, |id| Incoming::Event(LegEvent::MarkReturned(UtteranceId(id))))
            }
            super::Incoming::Stop => self.end(LegEvent::Stopped),
            super::Incoming::Connected | super::Incoming::Start(_) | super::Incoming::Other { .. } => Incoming::Nothing,
        }
    }

    fn unreadable(&mut self, why: &str) -> Incoming<'_> {
        self.malformed += 1;
        tracing::debug!(why, count = self.malformed, "a media message cannot be read");
        if self.malformed < PATIENCE { Incoming::Nothing } else { self.end(LegEvent::Broken) }
    }

    fn end(&mut self, event: LegEvent) -> Incoming<'_> {
        self.over = true;
        Incoming::Event(event)
    }
}

impl Leg for TwilioLeg {
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<'_>> {
        if self.over {
            return Poll::Pending;
        }
        if self.socket.is_broken() {
            return Poll::Ready(self.end(LegEvent::Lost));
        }
        Poll::Ready(match std::task::ready!(self.socket.poll_receive(cx)) {
            Received::Text(text) => self.read(&text),
            Received::Ping => Incoming::Nothing,
            Received::Closed => self.end(LegEvent::Lost),
            Received::Broken(why) => {
                tracing::warn!(why, "the media stream broke the protocol");
                self.end(LegEvent::Broken)
            }
        })
    }

    fn send(&mut self, ulaw: &[u8]) -> Result<(), Full> {
        let mut text = String::with_capacity(96 + self.stream_sid.len() + ulaw.len().div_ceil(3) * 4);
        encode_media(&mut text, &self.stream_sid, ulaw);
        self.socket.send(text)
    }

    fn mark(&mut self, utterance: UtteranceId) {
        let mut text = String::with_capacity(128);
        encode_mark(&mut text, &self.stream_sid, &utterance.0.to_string());
        self.socket.send_control(text);
    }

    fn clear(&mut self) {
        let mut text = String::with_capacity(96);
        encode_clear(&mut text, &self.stream_sid);
        self.socket.send_control(text);
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Option<LegEvent> {
        self.socket.poll_flush(cx).then_some(LegEvent::Writable)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_close(cx)
    }
}
