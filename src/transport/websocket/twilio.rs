//! The Twilio dialect of a media WebSocket: JSON text frames, μ-law at 8 kHz in base64.
//!
//! Pure and strict in what it writes: exactly the three messages that the far side accepts, field for field. Tolerant in
//! what it reads: counters as text or as numbers, unknown events and fields, any order of fields. A message is read in
//! one pass without a tree, and a `media` message without an allocation.
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>.

mod leg;

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

pub use leg::{Introduction, NoStart, TwilioLeg, introduce};

/// The longest message that is read, in bytes. A second of audio takes 11 KB.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// The longest identity that is read, in bytes; theirs have 34.
const MAX_ID: usize = 128;

/// How every `media` message of the far side begins; others take a second pass.
const MEDIA_HEAD: &str = r#"{"event":"media","#;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A message from the far side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// The first message: it says nothing that we need.
    Connected,
    /// The stream begins.
    Start(Start<'a>),
    /// Audio of the callee.
    Media(Media<'a>),
    /// The callee pressed a key.
    Dtmf {
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        digit: char,
    },
    /// What we sent before this mark was played, or was flushed by a clear.
    Mark {
        /// As we named it.
        name: Cow<'a, str>,
    },
    /// The call ended.
    Stop,
    /// Something that this version does not know, or audio that is not the callee's.
    Other {
        /// The message's event.
        event: Cow<'a, str>,
    },
}

/// What a stream says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start<'a> {
    /// The stream's identity, to be repeated in all that we send.
    pub stream_sid: Cow<'a, str>,
    /// The provider's call id.
    pub call_sid: Cow<'a, str>,
    /// The provider's account.
    pub account_sid: Cow<'a, str>,
    /// Our parameter `call_ref`: the attempt.
    pub call_ref: Option<Cow<'a, str>>,
    /// Our parameter `token`: the one-time secret.
    pub token: Option<Cow<'a, str>>,
}

/// A stretch of the callee's audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media<'a> {
    /// Counts every message of the stream from 1.
    pub sequence: Option<u64>,
    /// Counts the messages with audio from 1.
    pub chunk: Option<u64>,
    /// Where it begins, in ms since the stream began.
    pub timestamp_ms: u64,
    /// μ-law at 8 kHz, in base64. For [`decode_payload`].
    pub payload: Cow<'a, str>,
}

/// Why a message cannot be read.
#[derive(Debug)]
pub enum Malformed {
    /// Longer than [`MAX_MESSAGE`].
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Not JSON, or not of the shape that its event has.
    Shape(serde_json::Error),
    /// A field holds what it must not.
    Field {
        /// The field's name.
        field: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
}

/// Reads one text frame.
///
/// # Errors
/// [`Malformed`] when it is too long, no JSON object, lacks what its event must have, or announces audio other than
/// μ-law at 8 kHz, mono.
pub fn decode(text: &str) -> Result<Incoming<'_>, Malformed> {
    if text.len() > MAX_MESSAGE {
        return Err(Malformed::TooLong { bytes: text.len() });
    }
    if text.starts_with(MEDIA_HEAD) {
        return media(text);
    }
    let Tag { event } = serde_json::from_str(text)?;
    match event.as_ref() {
        "connected" => Ok(Incoming::Connected),
        "start" => start(text),
        "media" => media(text),
        "dtmf" => dtmf(text),
        "mark" => mark(text),
        "stop" => Ok(Incoming::Stop),
        _ => Ok(Incoming::Other { event }),
    }
}

/// Decodes the payload of a `media` message into `ulaw`, whose former content goes. Allocates only while `ulaw` has not
/// yet held a payload of that length.
///
/// # Errors
/// [`Malformed::Field`] when it is not base64; `ulaw` is then empty.
pub fn decode_payload(payload: &str, ulaw: &mut Vec<u8>) -> Result<(), Malformed> {
    ulaw.clear();
    BASE64.decode_vec(payload, ulaw).map_err(|_| {
        ulaw.clear();
        Malformed::Field { field: "media.payload", wanted: "base64" }
    })
}

/// Appends a message with audio: μ-law at 8 kHz without a file header, of any length.
pub fn encode_media(out: &mut String, stream_sid: &str, ulaw: &[u8]) {
    out.push_str(r#"{"event":"media","streamSid":"#);
    push_quoted(out, stream_sid);
    out.push_str(r#","media":{"payload":""#);
    BASE64.encode_string(ulaw, out);
    out.push_str(r#""}}"#);
}

/// Appends a message that asks to be told when all that was sent before has been played.
pub fn encode_mark(out: &mut String, stream_sid: &str, name: &str) {
    out.push_str(r#"{"event":"mark","streamSid":"#);
    push_quoted(out, stream_sid);
    out.push_str(r#","mark":{"name":"#);
    push_quoted(out, name);
    out.push_str("}}");
}

/// Appends a message that flushes what the far side has buffered.
pub fn encode_clear(out: &mut String, stream_sid: &str) {
    out.push_str(r#"{"event":"clear","streamSid":"#);
    push_quoted(out, stream_sid);
    out.push('}');
}

fn media(text: &str) -> Result<Incoming<'_>, Malformed> {
    let message: MediaMessage<'_> = serde_json::from_str(text)?;
    if message.media.track.is_some_and(|track| track != "inbound") {
        return Ok(Incoming::Other { event: Cow::Borrowed("media") });
    }
    Ok(Incoming::Media(Media {
        sequence: message.sequence.map(|n| n.0),
        chunk: message.media.chunk.map(|n| n.0),
        timestamp_ms: message.media.timestamp.0,
        payload: message.media.payload,
    }))
}

fn start(text: &str) -> Result<Incoming<'_>, Malformed> {
    let StartMessage { stream_sid, start } = serde_json::from_str(text)?;
    let format = &start.media_format;
    if format.encoding != "audio/x-mulaw" || format.sample_rate.0 != 8000 || format.channels.0 != 1 {
        return Err(Malformed::Field { field: "start.mediaFormat", wanted: "audio/x-mulaw at 8000 Hz with 1 channel" });
    }
    Ok(Incoming::Start(Start {
        stream_sid: identity("streamSid", stream_sid)?,
        call_sid: identity("start.callSid", start.call_sid)?,
        account_sid: identity("start.accountSid", start.account_sid)?,
        call_ref: start.custom_parameters.call_ref,
        token: start.custom_parameters.token,
    }))
}

fn dtmf(text: &str) -> Result<Incoming<'_>, Malformed> {
    let message: DtmfMessage<'_> = serde_json::from_str(text)?;
    let mut characters = message.dtmf.digit.chars();
    match (characters.next(), characters.next()) {
        (Some(digit @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => Ok(Incoming::Dtmf { digit }),
        _ => Err(Malformed::Field { field: "dtmf.digit", wanted: "one of 0 to 9, *, #, A to D" }),
    }
}

fn mark(text: &str) -> Result<Incoming<'_>, Malformed> {
    let message: MarkMessage<'_> = serde_json::from_str(text)?;
    Ok(Incoming::Mark { name: message.mark.name })
}

fn identity<'a>(field: &'static str, id: Cow<'a, str>) -> Result<Cow<'a, str>, Malformed> {
    if id.is_empty() || id.len() > MAX_ID {
        return Err(Malformed::Field { field, wanted: "1 to 128 bytes" });
    }
    Ok(id)
}

/// Appends a JSON string. Identities and marks need no escapes, so this is one copy as a rule.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let code = u32::from(c);
                out.push_str("\\u00");
                out.push(if code < 16 { '0' } else { '1' });
                out.extend(char::from_digit(code % 16, 16));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MediaMessage<'a> {
    #[serde(rename = "sequenceNumber")]
    sequence: Option<Counter>,
    #[serde(borrow)]
    media: MediaBody<'a>,
}

#[derive(Deserialize)]
struct MediaBody<'a> {
    #[serde(borrow)]
    track: Option<Cow<'a, str>>,
    chunk: Option<Counter>,
    timestamp: Counter,
    /// A `/` may come escaped, hence not always a slice of the message.
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartMessage<'a> {
    #[serde(borrow)]
    stream_sid: Cow<'a, str>,
    #[serde(borrow)]
    start: StartBody<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartBody<'a> {
    #[serde(borrow)]
    account_sid: Cow<'a, str>,
    #[serde(borrow)]
    call_sid: Cow<'a, str>,
    #[serde(borrow, default)]
    custom_parameters: Parameters<'a>,
    #[serde(borrow)]
    media_format: Format<'a>,
}

#[derive(Default, Deserialize)]
struct Parameters<'a> {
    #[serde(borrow)]
    call_ref: Option<Cow<'a, str>>,
    #[serde(borrow)]
    token: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format<'a> {
    #[serde(borrow)]
    encoding: Cow<'a, str>,
    sample_rate: Counter,
    channels: Counter,
}

#[derive(Deserialize)]
struct DtmfMessage<'a> {
    #[serde(borrow)]
    dtmf: DtmfBody<'a>,
}

#[derive(Deserialize)]
struct DtmfBody<'a> {
    #[serde(borrow)]
    digit: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MarkMessage<'a> {
    #[serde(borrow)]
    mark: MarkBody<'a>,
}

#[derive(Deserialize)]
struct MarkBody<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// A whole number, as a number or as text.
struct Counter(u64);

impl<'de> Deserialize<'de> for Counter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Counter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or one as text")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Counter, E> {
                Ok(Counter(number))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Counter, E> {
                text.parse().map(Counter).map_err(|_| E::custom("not a whole number"))
            }
        }

        deserializer.deserialize_any(Digits)
    }
}

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape(error)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "a message of {bytes} bytes; at most {MAX_MESSAGE} are read"),
            Self::Shape(error) => write!(f, "a message of the wrong shape: {error}"),
            Self::Field { field, wanted } => write!(f, "{field} must be {wanted}"),
        }
    }
}

impl std::error::Error for Malformed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Shape(error) => Some(error),
            Self::TooLong { .. } | Self::Field { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
