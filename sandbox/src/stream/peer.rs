//! One callee on one media stream: hears what the gateway sends, acts as its persona does, sends what it says.
//!
//! A machine over the time that is given: bytes and ticks go in, messages come out. It opens no socket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use voxgate_media::frame::{FRAME_MS, FRAME_SAMPLES};
use voxgate_media::g711::ULAW_SILENCE;

use super::ear::{Ear, Heard, Sound};
use super::line::{Line, Timed};
use super::meters::Meters;
use super::mouth::Mouth;
use super::playout::Playout;
use super::wire::{self, Names, Order, Writer};
use crate::faults::MediaFault;
use crate::personas::callee::Callee;
use crate::personas::clips::level_dbfs;
use crate::personas::persona::{Doing, Persona};

/// A message for the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outgoing {
    Text(Bytes),
    Binary(Bytes),
}

/// What the call must know of its stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PeerEvent {
    /// The persona's greeting (and beep) is over.
    OpeningEnded,
    /// The callee hangs up.
    HungUp,
    /// The gateway sent what the carrier refuses.
    Refused { code: u32, text: String },
}

/// How the stream ends from this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// `stop` has been written; the socket is closed after it.
    Stop,
    /// The connection breaks without a word.
    Drop,
    /// The gateway broke the WebSocket protocol (31924).
    ProtocolError,
}

/// The machine.
#[derive(Debug)]
pub(crate) struct Peer {
    writer: Writer,
    playout: Playout,
    ear: Ear,
    callee: Callee,
    mouth: Mouth,
    line: Line,
    pub(crate) meters: Meters,
    ticks: u64,
    heard: [u8; FRAME_SAMPLES],
    said: [u8; FRAME_SAMPLES],
    payload: Vec<u8>,
    out: VecDeque<Outgoing>,
    events: VecDeque<PeerEvent>,
    ending: Option<Ending>,
    /// The carrier warns once per stream.
    warned: bool,
    faults: VecDeque<MediaFault>,
}

impl Peer {
    /// The stream opens: `connected` and `start` are written.
    pub(crate) fn new(
        names: Names,
        parameters: &[(String, String)],
        persona: Arc<Persona>,
        seed: u64,
        now: Duration,
    ) -> Self {
        let mut writer = Writer::new(names);
        let out = VecDeque::from([Outgoing::Text(writer.connected()), Outgoing::Text(writer.start(parameters))]);
        let mut meters = Meters::default();
        meters.start(now);
        Self {
            writer,
            playout: Playout::default(),
            ear: Ear::default(),
            line: Line::new(persona.line, seed, now),
            callee: Callee::new(persona, now),
            mouth: Mouth::Shut,
            meters,
            ticks: 0,
            heard: [ULAW_SILENCE; FRAME_SAMPLES],
            said: [ULAW_SILENCE; FRAME_SAMPLES],
            payload: Vec::new(),
            out,
            events: VecDeque::new(),
            ending: None,
            warned: false,
            faults: VecDeque::new(),
        }
    }

    /// A text message of the gateway's.
    pub(crate) fn on_text(&mut self, now: Duration, text: &str) {
        if self.ending.is_some() {
            return;
        }
        match wire::read(text, self.writer.stream_sid()) {
            Ok(Order::Media(payload)) => self.on_media(now, &payload),
            Ok(Order::Mark(name)) => self.on_mark(name.into_owned()),
            Ok(Order::Clear) => self.on_clear(now),
            Err(text) => self.warn(text),
        }
    }

    /// A binary message, or a breach of the WebSocket protocol: the stream ends with 31924.
    pub(crate) fn on_protocol_error(&mut self, text: &str) {
        if self.ending.is_none() {
            self.meters.counts.refused += 1;
            self.events.push_back(PeerEvent::Refused { code: 31_924, text: text.to_owned() });
            self.end(Ending::ProtocolError);
        }
    }

    /// The call is over on the carrier's side: `stop` is written.
    pub(crate) fn stop(&mut self) {
        if self.ending.is_none() {
            let stop = self.writer.stop();
            self.out.push_back(Outgoing::Text(stop));
            self.end(Ending::Stop);
        }
    }

    /// This stream will misbehave.
    pub(crate) fn inject(&mut self, fault: MediaFault) {
        self.faults.push_back(fault);
    }

    /// 20 ms have passed: a frame is heard and a frame is said.
    pub(crate) fn tick(&mut self, now: Duration) {
        if self.ending.is_some() {
            return;
        }
        self.hear(now);
        self.act(now);
        if self.ending.is_none() {
            self.speak(now);
        }
    }

    pub(crate) fn pop_outgoing(&mut self) -> Option<Outgoing> {
        self.out.pop_front()
    }

    pub(crate) fn pop_event(&mut self) -> Option<PeerEvent> {
        self.events.pop_front()
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Prompts heard so far.
    pub(crate) fn prompts(&self) -> u32 {
        self.ear.prompts()
    }

    /// The last frame said and the last frame heard.
    pub(crate) fn last_frames(&self) -> (&[u8; FRAME_SAMPLES], &[u8; FRAME_SAMPLES]) {
        (&self.said, &self.heard)
    }

    fn on_media(&mut self, now: Duration, payload: &str) {
        let mut ulaw = std::mem::take(&mut self.payload);
        if !wire::decode_payload(payload, &mut ulaw) {
            self.warn("the payload of a media message is not base64".to_owned());
        } else {
            let begins = !self.playout.is_open();
            match self.playout.on_media(&ulaw) {
                Ok(ran_dry) => self.meters.on_media(now, ulaw.len(), begins, ran_dry),
                Err(_full) => self.warn("more than five minutes of audio are queued".to_owned()),
            }
        }
        self.payload = ulaw;
    }

    fn on_mark(&mut self, name: String) {
        self.meters.on_mark();
        if self.playout.on_mark(name).is_err() {
            self.warn("more than 1000 marks are waiting".to_owned());
        }
        self.echo_marks();
    }

    fn on_clear(&mut self, now: Duration) {
        self.meters.on_clear(now);
        self.playout.on_clear();
        self.echo_marks();
        if let Some(heard) = self.ear.cut() {
            self.on_heard(now, heard);
        }
    }

    fn echo_marks(&mut self) {
        while let Some(name) = self.playout.pop_mark() {
            let mark = self.writer.mark(&name);
            self.out.push_back(Outgoing::Text(mark));
        }
    }

    fn warn(&mut self, text: String) {
        self.meters.counts.refused += 1;
        if !std::mem::replace(&mut self.warned, true) {
            self.events.push_back(PeerEvent::Refused { code: 31_951, text });
        }
    }

    fn hear(&mut self, now: Duration) {
        let pulled = self.playout.pull(&mut self.heard);
        self.echo_marks();
        let dbfs = if pulled.heard == 0 { f32::NEG_INFINITY } else { level_dbfs(&self.heard) };
        let said_out = self.playout.is_empty() && !self.playout.is_open();
        if let Some(heard) = self.ear.hear(Sound { dbfs, said_out }) {
            self.on_heard(now, heard);
        }
    }

    fn on_heard(&mut self, now: Duration, heard: Heard) {
        match heard {
            Heard::PromptBegan => self.callee.on_prompt_began(now),
            Heard::PromptEnded { again } => self.callee.on_prompt_ended(now, again),
        }
    }

    fn act(&mut self, now: Duration) {
        while let Some(doing) = self.callee.poll(now) {
            match doing {
                Doing::Say { clip, for_ever } => self.mouth = Mouth::say(clip, for_ever),
                Doing::Press(keys) => self.mouth = Mouth::press(&keys),
                Doing::Tone { hz, length } => self.mouth = Mouth::tone(hz, length),
                Doing::StaySilent => {}
                Doing::HangUp => {
                    self.events.push_back(PeerEvent::HungUp);
                    self.stop();
                }
                Doing::DropSocket => self.end(Ending::Drop),
            }
        }
        if self.callee.take_opening_ended() {
            self.events.push_back(PeerEvent::OpeningEnded);
        }
    }

    fn speak(&mut self, now: Duration) {
        let said = self.mouth.fill(&mut self.said);
        if said.onset {
            self.meters.on_onset(now, self.ear.is_hearing());
        }
        if said.fell_silent {
            self.meters.on_fell_silent(now);
        }
        if let Some(key) = said.key {
            self.meters.on_key(now);
            let dtmf = self.writer.dtmf(key);
            self.out.push_back(Outgoing::Text(dtmf));
        }
        self.line.push(now, self.ticks * u64::from(FRAME_MS), self.said);
        self.ticks += 1;
        self.misbehave(now);
        while let Some((timestamp_ms, frame)) = self.line.pop(now) {
            let media = self.writer.media(timestamp_ms, &frame);
            self.meters.counts.frames_sent += 1;
            self.out.push_back(Outgoing::Text(media));
        }
        if said.finished {
            self.callee.on_finished(now);
        }
    }

    fn misbehave(&mut self, now: Duration) {
        let Some(fault) = self.faults.pop_front() else { return };
        match fault {
            MediaFault::Stall(length) => self.line.stall_until(now + length),
            MediaFault::Flood(messages) => {
                for _ in 0..messages {
                    let media = self.writer.media(self.ticks * u64::from(FRAME_MS), &self.said);
                    self.out.push_back(Outgoing::Text(media));
                }
            }
            MediaFault::Disorder | MediaFault::Duplicate => {
                let back = if fault == MediaFault::Disorder { 3 } else { 0 };
                let sequence = self.writer.sequence().saturating_sub(back);
                let frame: Timed = (self.ticks * u64::from(FRAME_MS), self.said);
                let media = self.writer.media_numbered(sequence, frame.0, &frame.1);
                self.out.push_back(Outgoing::Text(media));
            }
            MediaFault::Garbage => self.out.push_back(Outgoing::Text(Bytes::from_static(b"{\"event\":\"media\",,,"))),
            MediaFault::Binary => self.out.push_back(Outgoing::Binary(Bytes::from_static(&[0, 1, 2, 3]))),
            MediaFault::Huge(bytes) => self.out.push_back(Outgoing::Text(Bytes::from(vec![b'x'; bytes]))),
        }
    }

    fn end(&mut self, ending: Ending) {
        self.ending = Some(ending);
    }
}

#[cfg(test)]
mod tests;
