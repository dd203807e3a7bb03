//! The messages of Media Streams: what the carrier writes, byte for byte, and what it takes.
//!
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::json;
use voxgate_media::frame::FRAME_SAMPLES;

/// Base64 of one frame: 160 bytes give 216 characters.
const FRAME_BASE64: usize = FRAME_SAMPLES.div_ceil(3) * 4;
/// Room for some messages, so that the buffer is taken again rather than allocated.
const BUFFER_BYTES: usize = 2048;

/// Who speaks on which call.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) account_sid: String,
    pub(crate) call_sid: String,
    pub(crate) stream_sid: String,
}

/// Writes the carrier's side of one stream and keeps its counters. Every number goes out as a string.
#[derive(Debug)]
pub(crate) struct Writer {
    names: Names,
    sequence: u64,
    chunk: u64,
    buffer: BytesMut,
}

impl Writer {
    pub(crate) fn new(names: Names) -> Self {
        Self { names, sequence: 0, chunk: 0, buffer: BytesMut::new() }
    }

    pub(crate) fn stream_sid(&self) -> &str {
        &self.names.stream_sid
    }

    pub(crate) fn connected(&mut self) -> Bytes {
        Bytes::from_static(br#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
    }

    pub(crate) fn start(&mut self, parameters: &[(String, String)]) -> Bytes {
        let custom: serde_json::Map<String, serde_json::Value> =
            parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let start = json!({
            "event": "start",
            "sequenceNumber": self.next_sequence().to_string(),
            "start": {
                "accountSid": self.names.account_sid,
                "streamSid": self.names.stream_sid,
                "callSid": self.names.call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": custom,
            },
            "streamSid": self.names.stream_sid,
        });
        Bytes::from(start.to_string())
    }

    /// One frame of the callee's, at `timestamp_ms` since the stream's start.
    pub(crate) fn media(&mut self, timestamp_ms: u64, frame: &[u8; FRAME_SAMPLES]) -> Bytes {
        self.chunk += 1;
        let sequence = self.next_sequence();
        self.media_numbered(sequence, timestamp_ms, frame)
    }

    /// A frame under a sequence number of the caller's choice: for the fault of disorder.
    pub(crate) fn media_numbered(&mut self, sequence: u64, timestamp_ms: u64, frame: &[u8; FRAME_SAMPLES]) -> Bytes {
        let mut payload = [0; FRAME_BASE64];
        let length = STANDARD.encode_slice(frame, &mut payload).unwrap_or(0);
        let payload = std::str::from_utf8(&payload[..length]).unwrap_or_default();
        let (sid, chunk) = (&self.names.stream_sid, self.chunk);
        write_to(
            &mut self.buffer,
            format_args!(
                r#"{{"event":"media","sequenceNumber":"{sequence}","media":{{"track":"inbound","chunk":"{chunk}","timestamp":"{timestamp_ms}","payload":"{payload}"}},"streamSid":"{sid}"}}"#
            ),
        )
    }

    pub(crate) fn dtmf(&mut self, digit: char) -> Bytes {
        let (sequence, sid) = (self.next_sequence(), &self.names.stream_sid);
        write_to(
            &mut self.buffer,
            format_args!(
                r#"{{"event":"dtmf","streamSid":"{sid}","sequenceNumber":"{sequence}","dtmf":{{"track":"inbound_track","digit":"{digit}"}}}}"#
            ),
        )
    }

    pub(crate) fn mark(&mut self, name: &str) -> Bytes {
        let (sequence, sid, name) = (self.next_sequence(), &self.names.stream_sid, json!(name));
        write_to(
            &mut self.buffer,
            format_args!(
                r#"{{"event":"mark","sequenceNumber":"{sequence}","streamSid":"{sid}","mark":{{"name":{name}}}}}"#
            ),
        )
    }

    pub(crate) fn stop(&mut self) -> Bytes {
        let sequence = self.next_sequence();
        let Names { account_sid, call_sid, stream_sid } = &self.names;
        write_to(
            &mut self.buffer,
            format_args!(
                r#"{{"event":"stop","sequenceNumber":"{sequence}","streamSid":"{stream_sid}","stop":{{"accountSid":"{account_sid}","callSid":"{call_sid}"}}}}"#
            ),
        )
    }

    /// The number of the message that was written last.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}

fn write_to(buffer: &mut BytesMut, text: std::fmt::Arguments<'_>) -> Bytes {
    buffer.reserve(BUFFER_BYTES / 4);
    // Writing into a BytesMut fails only where memory does, and then the process ends.
    let _ = buffer.write_fmt(text);
    buffer.split().freeze()
}

/// What the gateway may send: these three, and nothing else.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order<'a> {
    /// Base64 of µ-law audio of any length.
    Media(Cow<'a, str>),
    Mark(Cow<'a, str>),
    Clear,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, rename = "streamSid")]
    stream_sid: Cow<'a, str>,
    #[serde(borrow)]
    media: Option<Media<'a>>,
    #[serde(borrow)]
    mark: Option<Mark<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Media<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// Reads a message of the gateway's as strictly as the carrier does. An error says what was wrong; the carrier warns of
/// it with code 31951.
pub(crate) fn read<'a>(text: &'a str, stream_sid: &str) -> Result<Order<'a>, String> {
    let message: Message<'a> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if message.stream_sid != stream_sid {
        return Err(format!("streamSid {:?} is not this stream's {stream_sid:?}", message.stream_sid));
    }
    match (&*message.event, message.media, message.mark) {
        ("media", Some(media), None) => Ok(Order::Media(media.payload)),
        ("mark", None, Some(mark)) => Ok(Order::Mark(mark.name)),
        ("clear", None, None) => Ok(Order::Clear),
        ("media" | "mark" | "clear", ..) => Err(format!("event {:?} with the fields of another", message.event)),
        _ => Err(format!("event {:?} is none of media, mark, clear", message.event)),
    }
}

/// Decodes a payload into `ulaw`; false where it is not base64.
pub(crate) fn decode_payload(payload: &str, ulaw: &mut Vec<u8>) -> bool {
    ulaw.clear();
    STANDARD.decode_vec(payload, ulaw).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn writer() -> Writer {
        let names = Names { account_sid: "AC01".into(), call_sid: "CA01".into(), stream_sid: "MZ01".into() };
        Writer::new(names)
    }

    fn value(bytes: &Bytes) -> Value {
        serde_json::from_slice(bytes).expect("what we write is JSON")
    }

    /// The six shapes of the fact sheet, field for field.
    #[test]
    fn the_six_messages_have_the_shapes_of_the_carrier() {
        let mut writer = writer();
        let connected = json!({"event":"connected","protocol":"Call","version":"1.0.0"});
        assert_eq!(value(&writer.connected()), connected);
        let start = json!({"event":"start","sequenceNumber":"1","streamSid":"MZ01","start":{"streamSid":"MZ01",
            "accountSid":"AC01","callSid":"CA01","tracks":["inbound"],"customParameters":{"call_ref":"8\"f2c"},
            "mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}});
        assert_eq!(value(&writer.start(&[("call_ref".into(), "8\"f2c".into())])), start);
        let frame = [0xFF; FRAME_SAMPLES];
        let media = json!({"event":"media","sequenceNumber":"2","streamSid":"MZ01","media":{"track":"inbound",
            "chunk":"1","timestamp":"5","payload": STANDARD.encode(frame)}});
        assert_eq!(value(&writer.media(5, &frame)), media);
        let dtmf = json!({"event":"dtmf","sequenceNumber":"3","streamSid":"MZ01",
            "dtmf":{"track":"inbound_track","digit":"1"}});
        assert_eq!(value(&writer.dtmf('1')), dtmf);
        let mark = json!({"event":"mark","sequenceNumber":"4","streamSid":"MZ01","mark":{"name":"utt \"7\""}});
        assert_eq!(value(&writer.mark("utt \"7\"")), mark);
        let stop = json!({"event":"stop","sequenceNumber":"5","streamSid":"MZ01",
            "stop":{"accountSid":"AC01","callSid":"CA01"}});
        assert_eq!(value(&writer.stop()), stop);
    }

    #[test]
    fn the_three_orders_are_read() {
        let read = |text| read(text, "MZ01");
        let media = r#"{"event":"media","streamSid":"MZ01","media":{"payload":"/////w=="}}"#;
        assert_eq!(read(media), Ok(Order::Media("/////w==".into())));
        assert_eq!(
            read(r#"{"streamSid":"MZ01","mark":{"name":"a\"b"},"event":"mark"}"#),
            Ok(Order::Mark("a\"b".into()))
        );
        assert_eq!(read(r#"{"event":"clear","streamSid":"MZ01"}"#), Ok(Order::Clear));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "[]",
            "{\"event\":\"clear\"}",
            r#"{"event":"clear","streamSid":"MZ02"}"#,
            r#"{"event":"clear","streamSid":"MZ01","extra":1}"#,
            r#"{"event":"clear","streamSid":"MZ01","mark":{"name":"a"}}"#,
            r#"{"event":"dtmf","streamSid":"MZ01"}"#,
            r#"{"event":"media","streamSid":"MZ01","media":{"payload":"","track":"outbound"}}"#,
            r#"{"event":"media","streamSid":"MZ01","media":{"payload":7}}"#,
            r#"{"event":"mark","streamSid":"MZ01"}"#,
        ] {
            assert!(read(text, "MZ01").is_err(), "{text}");
        }
    }
}
