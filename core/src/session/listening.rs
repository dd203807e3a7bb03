//! Following the callee: audio, speech over prompts and after them, keys, silence.

use voxgate_media::dtmf::Key;
use voxgate_media::endpoint::Activity;
use voxgate_media::frame::Frame;
use voxgate_media::time::Samples;

use super::leg_clock::Placed;
use super::{Floor, Output, Packet, Session, SessionEvent, SpeechCommand, State, Timer};
use crate::dialog::Event;
use crate::model::{LegId, TurnId};
use crate::time::Micros;

/// A recogniser that has not answered in this time has not understood.
const ANSWER: Micros = Micros::from_secs(4);

impl Session {
    pub(super) fn on_packet(&mut self, now: Micros, packet: Packet<'_>) {
        if packet.leg != LegId(0) || matches!(self.state, State::New) {
            return;
        }
        let length = Samples(packet.payload.len() as u64);
        match self.ear.clock.place(now, packet.at, length) {
            Some(Placed::InOrder(at)) => {
                self.timers.set(Timer::MediaGap, now + self.settings.media_gap);
                self.record_callee(now, at, packet.payload);
                self.listen_to(now, packet.payload);
            }
            Some(Placed::Late(at)) => self.record_callee(now, at, packet.payload),
            None => {}
        }
        // We are awake: what is nearly due is done now.
        self.send_due(now);
    }

    fn record_callee(&mut self, now: Micros, at: Samples, payload: &[u8]) {
        self.record_blocks(now);
        if let Some(recorder) = self.recorder.as_mut() {
            recorder.callee(at, payload);
        }
    }

    fn listen_to(&mut self, now: Micros, payload: &[u8]) {
        let mut rest = payload;
        while let Some(frame) = self.ear.next_frame(&mut rest) {
            self.on_frame(now, &frame);
        }
    }

    /// Hands out what is final of the recording. It is asked before anything is placed: a line may have been silent for
    /// longer than the recorder's window.
    pub(super) fn record_blocks(&mut self, now: Micros) {
        while let Some(block) = self.recorder.as_mut().and_then(|recorder| recorder.poll_block(now)) {
            self.outputs.push_back(Output::Record(block));
        }
    }

    fn on_frame(&mut self, now: Micros, frame: &Frame) {
        let heard = self.ear.hear(frame);
        if let Some(key) = heard.key {
            self.on_key(now, key);
        }
        match heard.activity {
            Some(Activity::Onset) => self.on_onset(now),
            Some(Activity::End { .. }) => {
                self.push_frame(frame);
                self.on_end_of_speech(now);
            }
            None | Some(Activity::TooLong) => self.push_frame(frame),
        }
    }

    fn push_frame(&mut self, frame: &Frame) {
        if let Some(Floor::Held { turn } | Floor::Hearing { turn }) = self.floor() {
            self.ask_recogniser(SpeechCommand::Audio(turn, *frame));
        }
    }

    /// Asks something of the recogniser, unless only keys are listened for: then it knows of no turn.
    pub(super) fn ask_recogniser(&mut self, command: SpeechCommand) {
        if self.listen.as_ref().is_some_and(|listen| listen.hints.is_some()) {
            self.ask(command);
        }
    }

    pub(super) fn on_onset(&mut self, now: Micros) {
        match self.floor() {
            Some(Floor::Speaking) => self.on_onset_over_prompt(now),
            Some(Floor::Listening) => {
                let turn = self.begin_turn(now);
                self.timers.stop(Timer::NoInput);
                self.state = State::Active(Floor::Hearing { turn });
            }
            Some(Floor::Deciding | Floor::Held { .. } | Floor::Hearing { .. } | Floor::Thinking { .. }) | None => {}
        }
    }

    fn on_onset_over_prompt(&mut self, now: Micros) {
        let barge_in = self.listen.as_ref().and_then(|listen| listen.barge_in);
        let Some(barge_in) = barge_in.filter(|_| !self.must_hear) else { return };
        let turn = self.begin_turn(now);
        self.mouth.hold();
        self.arm_mouth(now);
        self.timers.set(Timer::Confirm, now + barge_in.confirm);
        self.state = State::Active(Floor::Held { turn });
    }

    /// Opens a turn, at the recogniser too unless only keys are listened for: the audio from shortly before included.
    fn begin_turn(&mut self, now: Micros) -> TurnId {
        let turn = self.next_turn;
        self.next_turn = turn.next();
        self.timers.set(Timer::Turn, now + self.settings.max_speech);
        self.emit(SessionEvent::Onset);
        if let Some(hints) = self.listen.as_ref().and_then(|listen| listen.hints.clone()) {
            self.ask(SpeechCommand::BeginTurn(turn, hints));
            let audio = self.ear.recent().map(|frame| Output::Speech(SpeechCommand::Audio(turn, *frame)));
            self.outputs.extend(audio);
        }
        turn
    }

    /// Speech over a prompt has lasted long enough to be judged: was most of that time speech?
    pub(super) fn on_confirm(&mut self, now: Micros) {
        let Some(Floor::Held { turn }) = self.floor() else { return };
        let confirm = self.listen.as_ref().and_then(|listen| listen.barge_in).map_or(Micros::ZERO, |b| b.confirm);
        if u64::from(self.ear.speech_since_onset_ms()) * 2 >= confirm.as_ms() {
            return self.confirm_barge_in(now, turn);
        }
        self.resume_prompt(now, turn);
    }

    fn confirm_barge_in(&mut self, now: Micros, turn: TurnId) {
        self.timers.stop(Timer::Confirm);
        self.state = State::Active(Floor::Hearing { turn });
        let Some(utterance) = self.mouth.current() else { return };
        self.emit(SessionEvent::BargedIn { utterance });
        self.cut_utterance(now);
        self.tell_dialog(now, Event::SayEnded { heard: self.last_heard });
    }

    fn resume_prompt(&mut self, now: Micros, turn: TurnId) {
        self.forget_turn(turn);
        self.state = State::Active(Floor::Speaking);
        if let Some(utterance) = self.mouth.current() {
            self.emit(SessionEvent::Resumed { utterance });
        }
        self.mouth.resume(now);
        self.send_due(now);
    }

    /// Somebody has finished, or spoken for long enough.
    pub(super) fn on_end_of_speech(&mut self, now: Micros) {
        match self.floor() {
            Some(Floor::Held { turn }) => self.resume_prompt(now, turn),
            // Who speaks where only keys are listened for is told so at once.
            Some(Floor::Hearing { turn }) if self.listen.as_ref().is_none_or(|listen| listen.hints.is_none()) => {
                self.on_heard(now, turn, None);
            }
            Some(Floor::Hearing { turn }) => {
                self.timers.stop(Timer::Turn);
                self.ask(SpeechCommand::EndTurn(turn));
                self.timers.set(Timer::Answer, now + ANSWER);
                self.state = State::Active(Floor::Thinking { turn });
            }
            Some(Floor::Deciding | Floor::Speaking | Floor::Listening | Floor::Thinking { .. }) | None => {}
        }
    }

    /// A turn is of no interest any more.
    pub(super) fn forget_turn(&mut self, turn: TurnId) {
        for timer in [Timer::Confirm, Timer::Turn, Timer::Answer] {
            self.timers.stop(timer);
        }
        self.ask_recogniser(SpeechCommand::CancelTurn(turn));
    }

    /// A recogniser has made out what was said, or has not.
    pub(super) fn on_heard(&mut self, now: Micros, turn: TurnId, text: Option<String>) {
        match self.floor() {
            Some(Floor::Held { turn: open }) if open == turn => match &text {
                Some(_) => self.confirm_barge_in(now, turn),
                None => return self.on_end_of_speech(now),
            },
            Some(Floor::Hearing { turn: open } | Floor::Thinking { turn: open }) if open == turn => {}
            Some(_) | None => return,
        }
        self.timers.stop(Timer::Turn);
        self.timers.stop(Timer::Answer);
        self.emit(SessionEvent::Turn { turn, text: text.clone() });
        self.state = State::Active(Floor::Deciding);
        self.tell_dialog(now, text.map_or(Event::NotUnderstood, |text| Event::Heard { text }));
        if matches!(self.floor(), Some(Floor::Deciding)) && self.awaited.is_none() && self.mouth.current().is_none() {
            self.open_floor(now);
        }
    }

    pub(super) fn on_no_answer(&mut self, now: Micros) {
        if let Some(Floor::Thinking { turn }) = self.floor() {
            self.ask_recogniser(SpeechCommand::CancelTurn(turn));
            self.on_heard(now, turn, None);
        }
    }

    pub(super) fn on_no_input(&mut self, now: Micros) {
        if matches!(self.floor(), Some(Floor::Listening)) {
            self.emit(SessionEvent::NoInput);
            self.tell_dialog(now, Event::NoInput);
        }
    }

    pub(super) fn on_key(&mut self, now: Micros, key: Key) {
        let Some(floor) = self.floor() else { return };
        self.emit(SessionEvent::Key { key: key.as_char() });
        self.timers.stop(Timer::Keys);
        // What sounded like speech was the key, or is meant less than the key is.
        match floor {
            Floor::Held { turn } => self.resume_prompt(now, turn),
            Floor::Hearing { turn } | Floor::Thinking { turn } => {
                self.forget_turn(turn);
                self.open_floor(now);
            }
            Floor::Deciding | Floor::Speaking | Floor::Listening => {}
        }
        if matches!(self.floor(), Some(Floor::Listening))
            && let Some(listen) = &self.listen
        {
            self.timers.set(Timer::NoInput, now + listen.no_input);
        }
        self.tell_dialog(now, Event::Key(key));
    }
}
