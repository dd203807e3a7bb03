//! A callee on a stream, over virtual time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::personas::plan::NumberPlan;

/// A peer with a clock of its own and everything that it has sent.
struct Stage {
    peer: Peer,
    now: Duration,
    sent: Vec<(u64, Value)>,
}

impl Stage {
    fn new(number: &str) -> Self {
        let persona = NumberPlan::load(None).expect("the shipped plan loads").callee(number, 0);
        let names = Names { account_sid: "AC01".into(), call_sid: "CA01".into(), stream_sid: "MZ01".into() };
        let mut stage =
            Self { peer: Peer::new(names, &[], persona, 1, Duration::ZERO), now: Duration::ZERO, sent: Vec::new() };
        stage.collect();
        stage
    }

    fn order(&mut self, message: &Value) {
        self.peer.on_text(self.now, &message.to_string());
        self.collect();
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now += Duration::from_millis(20);
            self.peer.tick(self.now);
            self.collect();
        }
    }

    /// Sends a clip as a prompt, as the gateway does: all of it, and a mark behind it.
    fn prompt(&mut self, clip: &str, mark: &str) {
        let clips = crate::personas::clips::Clips::embedded().expect("the shipped clips open");
        self.media(&clips.get(clip).expect("a shipped clip").ulaw);
        self.mark(mark);
    }

    fn media(&mut self, ulaw: &[u8]) {
        self.order(&json!({"event":"media","streamSid":"MZ01","media":{"payload":STANDARD.encode(ulaw)}}));
    }

    fn mark(&mut self, name: &str) {
        self.order(&json!({"event":"mark","streamSid":"MZ01","mark":{"name":name}}));
    }

    fn collect(&mut self) {
        let at = u64::try_from(self.now.as_millis()).expect("short");
        while let Some(Outgoing::Text(text)) = self.peer.pop_outgoing() {
            self.sent.push((at, serde_json::from_slice(&text).expect("JSON")));
        }
    }

    fn events(&self, name: &str) -> Vec<&Value> {
        self.sent.iter().map(|(_, message)| message).filter(|message| message["event"] == name).collect()
    }

    fn spoke(&self) -> bool {
        let silence = STANDARD.encode([ULAW_SILENCE; FRAME_SAMPLES]);
        self.events("media").iter().any(|media| media["media"]["payload"] != silence.as_str())
    }
}

const SILENT: &str = "+12065550124";
const CONFIRMS: &str = "+12065550110";
const HANGS_UP: &str = "+12065550121";

#[test]
fn media_flows_from_the_first_tick_with_counters_in_order() {
    let mut stage = Stage::new(SILENT);
    stage.run(100);
    let kinds: Vec<&str> = stage.sent.iter().filter_map(|(_, message)| message["event"].as_str()).collect();
    assert_eq!(kinds, ["connected", "start", "media", "media", "media", "media", "media"]);
    let media = stage.events("media");
    assert_eq!(media[4]["sequenceNumber"], "6");
    assert_eq!((&media[4]["media"]["chunk"], &media[4]["media"]["timestamp"]), (&json!("5"), &json!("80")));
}

#[test]
fn a_prompt_is_answered_after_its_mark_and_not_before() {
    let mut stage = Stage::new(CONFIRMS);
    stage.run(1000);
    stage.prompt("rms/what_is_this", "greet");
    stage.run(1000);
    assert!(stage.events("mark").is_empty() && !stage.spoke(), "the prompt is still being played");
    stage.run(4000);
    assert_eq!(stage.events("mark")[0]["mark"]["name"], "greet");
    assert!(stage.spoke());
}

#[test]
fn the_same_question_once_more_gets_the_key() {
    let mut stage = Stage::new(CONFIRMS);
    for mark in ["first", "again"] {
        stage.prompt("rms/what_is_this", mark);
        stage.run(6000);
    }
    assert_eq!(stage.events("dtmf")[0]["dtmf"]["digit"], "1");
}

#[test]
fn a_clear_stops_the_play_out_and_echoes_every_mark() {
    let mut stage = Stage::new(SILENT);
    stage.prompt("rms/ramble", "a");
    stage.prompt("rms/ramble", "b");
    stage.run(500);
    stage.order(&json!({"event":"clear","streamSid":"MZ01"}));
    let marks: Vec<_> = stage.events("mark").iter().map(|mark| mark["mark"]["name"].clone()).collect();
    assert_eq!(marks, ["a", "b"]);
    stage.run(100);
    assert_eq!(stage.peer.last_frames().1, &[ULAW_SILENCE; FRAME_SAMPLES]);
    assert_eq!(stage.peer.meters.counts.clears, 1);
}

#[test]
fn what_the_carrier_refuses_is_told_once_and_binary_ends_the_stream() {
    let mut stage = Stage::new(SILENT);
    stage.order(&json!({"event":"hello","streamSid":"MZ01"}));
    stage.order(&json!({"event":"media","streamSid":"MZ01","media":{"payload":"***"}}));
    assert!(matches!(stage.peer.pop_event(), Some(PeerEvent::Refused { code: 31_951, .. })));
    stage.peer.on_protocol_error("a binary message");
    assert_eq!(stage.peer.meters.counts.refused, 3);
    let told: Vec<_> = std::iter::from_fn(|| stage.peer.pop_event()).collect();
    assert!(matches!(told.as_slice(), [PeerEvent::Refused { code: 31_924, .. }, ..]), "{told:?}");
    assert_eq!(stage.peer.ending(), Some(Ending::ProtocolError));
}

#[test]
fn one_who_hangs_up_says_stop_and_falls_silent() {
    let mut stage = Stage::new(HANGS_UP);
    stage.prompt("slt/yes_i_agree", "a");
    stage.run(20_000);
    assert_eq!(stage.peer.ending(), Some(Ending::Stop));
    assert_eq!(stage.sent.last().map(|(_, message)| message["event"].clone()), Some(json!("stop")));
    assert!(std::iter::from_fn(|| stage.peer.pop_event()).any(|event| event == PeerEvent::HungUp));
}

#[test]
fn faults_reach_the_wire() {
    let mut stage = Stage::new(SILENT);
    stage.run(100);
    for fault in [MediaFault::Garbage, MediaFault::Binary, MediaFault::Huge(100_000), MediaFault::Flood(50)] {
        stage.peer.inject(fault);
        stage.now += Duration::from_millis(20);
        stage.peer.tick(stage.now);
        let out: Vec<_> = std::iter::from_fn(|| stage.peer.pop_outgoing()).collect();
        let seen = match (fault, out.as_slice()) {
            (MediaFault::Garbage, [Outgoing::Text(text), _]) => serde_json::from_slice::<Value>(text).is_err(),
            (MediaFault::Binary, [Outgoing::Binary(_), _]) => true,
            (MediaFault::Huge(bytes), [Outgoing::Text(text), _]) => text.len() == bytes,
            (MediaFault::Flood(_), all) => all.len() == 51,
            _ => false,
        };
        assert!(seen, "{fault:?} gave {} messages", out.len());
    }
}
