//! A call in steady state: packets every 20 ms, timers when they are due, everything on. For what a frame costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use voxgate_core::dialog::{Dialog, check};
use voxgate_core::model::LegId;
use voxgate_core::session::{Input, LegEvent, Output, Packet, Session, Settings, SpeechCommand, SpeechEvent};
use voxgate_core::time::Micros;
use voxgate_media::frame::FRAME_SAMPLES;
use voxgate_media::g711::ULAW_SILENCE;
use voxgate_media::playout::Clip;
use voxgate_media::time::Samples;
use voxgate_media::vad::WebRtcVad;

const SCRIPT: &str = include_str!("../session/consent.yaml");
/// Somebody who hardly ever pauses: WAV, 8 kHz, μ-law, one channel.
const VOICE: &[u8] = include_bytes!("../../../fixtures/audio/rms/ramble.wav");
const WAV_HEADER: usize = 58;
const SILENCE: [u8; FRAME_SAMPLES] = [ULAW_SILENCE; FRAME_SAMPLES];

/// A call and its clock.
pub(crate) struct SteadyCall {
    session: Session,
    now: Micros,
    frames: u64,
    voice: Vec<[u8; FRAME_SAMPLES]>,
    clip: Arc<Clip>,
    /// Messages sent to the callee.
    pub(crate) sent: u64,
    /// Frames passed to the recogniser.
    pub(crate) recognised: u64,
    /// Blocks of the recording.
    pub(crate) blocks: u64,
}

impl SteadyCall {
    /// A call whose every prompt lasts `prompt_ms`; its media is up.
    pub(crate) fn begin(prompt_ms: u64) -> Self {
        let plan = check("consent.yaml", SCRIPT.as_bytes()).plan.expect("it checks");
        let binding = plan.bind("en-US", &BTreeMap::new()).expect("it has no variables");
        let settings = Settings { inband_keys: true, max_speech: Micros::from_secs(60), ..Settings::default() };
        let mut call = Self {
            session: Session::new(
                settings,
                Dialog::new(plan, binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0)),
                Box::new(WebRtcVad::new()),
            ),
            now: Micros::ZERO,
            frames: 0,
            voice: voice(),
            clip: Arc::new(Clip::from_ulaw(vec![0x55; prompt_ms as usize * 8])),
            sent: 0,
            recognised: 0,
            blocks: 0,
        };
        call.give(Input::Leg(LegId(0), LegEvent::Up));
        call
    }

    /// 20 ms pass and a packet comes, with a voice in it or without.
    pub(crate) fn frame(&mut self, voice: bool) {
        let next = self.now + Micros::from_ms(20);
        while let Some((at, _)) = self.session.poll_timeout().filter(|&(at, _)| at < next) {
            self.now = self.now.max(at);
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = next;
        let at = Samples(self.frames * FRAME_SAMPLES as u64);
        let spoken = self.voice[self.frames as usize % self.voice.len()];
        self.frames += 1;
        let payload = if voice { spoken } else { SILENCE };
        self.give(Input::Packet(Packet { leg: LegId(0), at, payload: &payload }));
    }

    /// So many frames.
    pub(crate) fn frames(&mut self, count: usize, voice: bool) {
        (0..count).for_each(|_| self.frame(voice));
    }

    fn give(&mut self, input: Input<'_>) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { .. } => self.sent += 1,
                Output::Mark(utterance) => {
                    self.session.handle_input(self.now, Input::Leg(LegId(0), LegEvent::MarkReturned(utterance)));
                }
                Output::Speech(SpeechCommand::Speak(utterance, _)) => {
                    let ready = SpeechEvent::Ready { utterance, clip: Arc::clone(&self.clip), last: true };
                    self.session.handle_input(self.now, Input::Speech(ready));
                }
                Output::Speech(SpeechCommand::Audio(..)) => self.recognised += 1,
                Output::Record(_) => self.blocks += 1,
                Output::Commit(fact, _) => self.session.handle_input(self.now, Input::Committed(fact)),
                Output::Speech(_) | Output::Clear | Output::Event(_) | Output::HangUp(_) | Output::Ended(_) => {}
            }
        }
    }
}

/// The voice, frame by frame.
fn voice() -> Vec<[u8; FRAME_SAMPLES]> {
    VOICE[WAV_HEADER..].as_chunks().0.to_vec()
}
