//! The dialect against the far side's documented messages, and against anything at all.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

fn shape(text: &str) -> String {
    match decode(text) {
        Ok(incoming) => format!("{incoming:?}"),
        Err(error) => error.to_string(),
    }
}

const START: &str = r#"{"event":"start","sequenceNumber":"1","streamSid":"MZ01","start":{"streamSid":"MZ01","accountSid":"AC01","callSid":"CA01","tracks":["inbound"],"customParameters":{"call_ref":"8f2c","token":"one-time"},"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}"#;

/// Row X-01: the six documented messages are read as they stand.
#[test]
fn the_documented_messages_are_read() {
    assert_eq!(decode(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#).unwrap(), Incoming::Connected);
    assert_eq!(
        decode(START).unwrap(),
        Incoming::Start(Start {
            stream_sid: Cow::Borrowed("MZ01"),
            call_sid: Cow::Borrowed("CA01"),
            account_sid: Cow::Borrowed("AC01"),
            call_ref: Some(Cow::Borrowed("8f2c")),
            token: Some(Cow::Borrowed("one-time")),
        })
    );
    let media = r#"{"event":"media","sequenceNumber":"2","streamSid":"MZ01","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"//8A"}}"#;
    let Incoming::Media(read) = decode(media).unwrap() else { panic!("media") };
    assert_eq!((read.sequence, read.chunk, read.timestamp_ms), (Some(2), Some(1), 5));
    assert!(matches!(read.payload, Cow::Borrowed("//8A")));
    let dtmf =
        r##"{"event":"dtmf","sequenceNumber":"3","streamSid":"MZ01","dtmf":{"track":"inbound_track","digit":"#"}}"##;
    assert_eq!(decode(dtmf).unwrap(), Incoming::Dtmf { digit: '#' });
    let mark = r#"{"event":"mark","sequenceNumber":"4","streamSid":"MZ01","mark":{"name":"utt-7"}}"#;
    assert_eq!(decode(mark).unwrap(), Incoming::Mark { name: Cow::Borrowed("utt-7") });
    let stop =
        r#"{"event":"stop","sequenceNumber":"5","streamSid":"MZ01","stop":{"accountSid":"AC01","callSid":"CA01"}}"#;
    assert_eq!(decode(stop).unwrap(), Incoming::Stop);
}

#[test]
fn numbers_order_and_unknown_fields_are_tolerated() {
    let numbers = r#"{"streamSid":"MZ01","media":{"payload":"\/\/8A","x":[{}],"timestamp":40,"chunk":2},"event":"media","sequenceNumber":3}"#;
    let Incoming::Media(read) = decode(numbers).unwrap() else { panic!("media") };
    assert_eq!((read.sequence, read.chunk, read.timestamp_ms), (Some(3), Some(2), 40));
    assert_eq!(read.payload, "//8A");
    let other = r#"{"event":"weather","media":"sunny"}"#;
    assert_eq!(decode(other).unwrap(), Incoming::Other { event: Cow::Borrowed("weather") });
    let ours = r#"{"event":"media","media":{"track":"outbound","timestamp":"5","payload":""}}"#;
    assert_eq!(decode(ours).unwrap(), Incoming::Other { event: Cow::Borrowed("media") });
}

#[test]
fn what_cannot_be_used_is_refused_with_its_reason() {
    let wrong_rate = START.replace("8000", "16000");
    assert!(shape(&wrong_rate).contains("start.mediaFormat must be audio/x-mulaw at 8000 Hz"));
    assert!(shape(&START.replace("audio/x-mulaw", "audio/opus")).contains("start.mediaFormat"));
    assert!(shape(&START.replace("CA01", "")).contains("start.callSid must be 1 to 128 bytes"));
    assert!(shape(&START.replace("CA01", &"C".repeat(129))).contains("start.callSid"));
    assert!(shape(r#"{"event":"dtmf","dtmf":{"digit":"12"}}"#).contains("dtmf.digit must be one of"));
    assert!(shape(r#"{"event":"media","media":{"timestamp":"-5","payload":""}}"#).contains("not a whole number"));
    assert!(shape(r#"{"event":"media","media":{"payload":""}}"#).contains("missing field `timestamp`"));
    assert!(shape("[]").contains("wrong shape"));
    assert!(shape(&" ".repeat(MAX_MESSAGE + 1)).contains("at most 65536 are read"));
}

#[test]
fn nesting_as_deep_as_a_message_allows_is_survived() {
    let deep = format!(r#"{{"event":"media","x":{}"#, "[".repeat(60_000));
    assert!(decode(&deep).is_err());
}

/// Row X-01: exactly the three messages that the far side accepts, byte for byte.
#[test]
fn what_is_sent_is_byte_for_byte_as_documented() {
    let mut out = String::new();
    encode_media(&mut out, "MZ01", &[0xff, 0xff, 0x00]);
    assert_eq!(out, r#"{"event":"media","streamSid":"MZ01","media":{"payload":"//8A"}}"#);
    out.clear();
    encode_mark(&mut out, "MZ01", "utt-7");
    assert_eq!(out, r#"{"event":"mark","streamSid":"MZ01","mark":{"name":"utt-7"}}"#);
    out.clear();
    encode_clear(&mut out, "MZ01");
    assert_eq!(out, r#"{"event":"clear","streamSid":"MZ01"}"#);
}

#[test]
fn a_payload_reuses_its_buffer() {
    let mut text = String::new();
    encode_media(&mut text, "MZ01", &[0x55; 160]);
    let payload = text.split('"').nth(13).unwrap();
    let mut ulaw = Vec::new();
    decode_payload(payload, &mut ulaw).unwrap();
    let capacity = ulaw.capacity();
    decode_payload(payload, &mut ulaw).unwrap();
    assert_eq!((ulaw.as_slice(), ulaw.capacity()), ([0x55; 160].as_slice(), capacity));
    assert!(decode_payload("not base64!", &mut ulaw).is_err());
    assert!(ulaw.is_empty());
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,300}") {
        let _ = decode(&text);
        let _ = decode_payload(&text, &mut Vec::new());
    }

    #[test]
    fn no_damage_to_a_message_panics(at in 0usize..START.len(), with in "[\"{}\\[\\]:,0-9a-z\\\\\u{fc}]{0,4}", cut in 0usize..20) {
        let end = (at + cut).min(START.len());
        let _ = decode(&format!("{}{with}{}", &START[..at], &START[end..]));
    }

    #[test]
    fn whatever_is_sent_is_json_with_what_was_given(sid in ".{0,40}", name in ".{0,40}", ulaw in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut out = String::new();
        encode_mark(&mut out, &sid, &name);
        let read: serde_json::Value = serde_json::from_str(&out).unwrap();
        prop_assert_eq!((&read["streamSid"], &read["mark"]["name"]), (&sid.clone().into(), &name.into()));
        out.clear();
        encode_media(&mut out, &sid, &ulaw);
        let read: serde_json::Value = serde_json::from_str(&out).unwrap();
        let mut back = Vec::new();
        decode_payload(read["media"]["payload"].as_str().unwrap(), &mut back).unwrap();
        prop_assert_eq!(back, ulaw);
    }
}
