//! A far end that plays what it hears on a clock, and a callee with a plan.

use std::collections::{BTreeMap, VecDeque};

use voxgate_core::dialog::{Dialog, check};
use voxgate_core::model::{AnsweredBy, Fact, FactId, LegId, Outcome, TurnId, UtteranceId};
use voxgate_core::session::{
    Input, LegEvent, Output, Packet, ProviderEvent, Session, SessionEvent, Settings, SpeechCommand, SpeechEvent,
};
use voxgate_core::time::Micros;
use voxgate_media::Samples;
use voxgate_media::dtmf::{Key, Tone};
use voxgate_media::frame::{FRAME_SAMPLES, Frame};
use voxgate_media::g711::ulaw_encode;
use voxgate_media::playout::Clip;
use voxgate_media::vad::Vad;

const FRAME: u64 = 20;
/// μ-law of a loud sample and of silence.
const LOUD: u8 = 0x90;
const SILENT: u8 = 0xFF;
/// A store that does not answer for this long, in ms, does not keep anybody on the line.
const STORE_PATIENCE: u64 = 5_000;
/// Every prompt's audio in these calls, in ms.
pub(crate) const PROMPT: u64 = 2_000;

/// Takes loud frames for speech.
#[derive(Debug)]
struct LoudVad;

impl Vad for LoudVad {
    fn is_speech(&mut self, frame: &Frame) -> bool {
        frame.level_dbfs() > -40.0
    }
    fn reset(&mut self) {}
}

/// What a callee does.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    /// Speaks for so many ms; a recogniser hears these words, or nothing it understands.
    Say(u64, Option<&'static str>),
    Press(char),
    /// Holds a key for so many ms on a telephone that sends it as a tone.
    Tone(char, u64),
    HangUp,
    /// The provider's verdict comes in.
    Verdict(AnsweredBy),
    /// The provider says that the call is over.
    ProviderEnds,
}

/// When a callee does it.
#[derive(Clone, Debug)]
pub(crate) enum When {
    At(u64),
    /// So many ms after the n-th prompt began to be heard (from 0).
    Into(usize, u64),
    /// So many ms after the n-th prompt had been heard in full.
    After(usize, u64),
}

/// What becomes of marks on their way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    Returned,
    Lost,
    Doubled,
}

/// What becomes of the callee's packets on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Smooth,
    /// Nothing comes through from the first time to the second, in ms, and then everything at once.
    Stalled(u64, u64),
    /// Of two packets the later one comes first.
    Swapped,
}

/// A call and everything that came of it.
pub(crate) struct Call {
    pub(crate) session: Session,
    pub(crate) now: u64,
    steps: Vec<(When, Do)>,
    speaking: Option<(u64, Option<&'static str>)>,
    turn_words: Option<&'static str>,
    due: VecDeque<(u64, SpeechEvent)>,
    far: FarEnd,
    pub(crate) uncommitted: Vec<FactId>,
    pub(crate) hold_commits: bool,
    /// The callee's side sends no audio at all.
    pub(crate) mute: bool,
    pub(crate) marks: Marks,
    pub(crate) path_in: Path,
    /// How long a prompt's audio takes to be made, in ms.
    pub(crate) synthesis: u64,
    /// How long a recogniser takes, in ms.
    pub(crate) recognition: u64,
    waiting: Vec<(u64, Vec<u8>)>,
    tone: VecDeque<u8>,
    last_commit: u64,
    pub(crate) facts: Vec<Fact>,
    pub(crate) events: Vec<(u64, SessionEvent)>,
    pub(crate) sent: Vec<(u64, usize)>,
    pub(crate) clears: Vec<u64>,
    pub(crate) recorded: (Vec<u8>, Vec<u8>),
    pub(crate) outcome: Option<(u64, Outcome)>,
    /// What must never happen, and did.
    pub(crate) breaches: Vec<String>,
}

#[derive(Default)]
struct FarEnd {
    plays_until: u64,
    begun: Vec<u64>,
    ended: Vec<(usize, u64)>,
    marks: VecDeque<(u64, UtteranceId, bool)>,
    fresh: bool,
}

impl Call {
    pub(crate) fn new(script: &str, settings: Settings, steps: Vec<(When, Do)>) -> Self {
        Self::with_variables(script, settings, steps, &BTreeMap::new())
    }

    pub(crate) fn with_variables(
        script: &str,
        settings: Settings,
        steps: Vec<(When, Do)>,
        variables: &BTreeMap<String, String>,
    ) -> Self {
        let checked = check("test.yaml", script.as_bytes());
        let plan = checked.plan.unwrap_or_else(|| panic!("{}", checked.report.render(script)));
        let binding = plan.bind("en-US", variables).unwrap();
        let dialog = Dialog::new(plan, binding, jiff::civil::date(2026, 1, 5).at(9, 0, 0, 0));
        Self {
            session: Session::new(settings, dialog, Box::new(LoudVad)),
            now: 0,
            steps,
            speaking: None,
            turn_words: None,
            due: VecDeque::new(),
            far: FarEnd { fresh: true, ..FarEnd::default() },
            uncommitted: Vec::new(),
            hold_commits: false,
            mute: false,
            marks: Marks::Returned,
            path_in: Path::Smooth,
            synthesis: 0,
            recognition: 5,
            waiting: Vec::new(),
            tone: VecDeque::new(),
            last_commit: 0,
            facts: Vec::new(),
            events: Vec::new(),
            sent: Vec::new(),
            clears: Vec::new(),
            recorded: (Vec::new(), Vec::new()),
            outcome: None,
            breaches: Vec::new(),
        }
    }

    /// Media comes up and the call runs to its end, or to `limit` ms.
    pub(crate) fn run(mut self, limit: u64) -> Self {
        self.give(Input::Leg(LegId(0), LegEvent::Up));
        while self.outcome.is_none() && self.now < limit {
            self.step();
        }
        self
    }

    /// 1 ms passes: timers that are due, marks, recogniser, callee, and a frame every 20 ms.
    pub(crate) fn step(&mut self) {
        self.now += 1;
        while let Some((at, _)) = self.session.poll_timeout().filter(|(at, _)| at.0 <= self.now * 1_000) {
            self.session.handle_timeout(Micros::from_ms(self.now));
            self.drain();
            if self.session.poll_timeout().is_some_and(|(next, _)| next == at) {
                self.breaches.push(format!("the timer of {at:?} fires for ever"));
                return;
            }
        }
        self.return_marks();
        self.act();
        while let Some((_, event)) = self.due.pop_front_if(|(at, _)| *at <= self.now) {
            self.give(Input::Speech(event));
        }
        if self.now.is_multiple_of(FRAME) && self.outcome.is_none() && !self.mute {
            self.send_frame();
        }
    }

    pub(crate) fn give(&mut self, input: Input<'_>) {
        self.session.handle_input(Micros::from_ms(self.now), input);
        self.drain();
    }

    /// Time passes while somebody speaks, or nobody does.
    pub(crate) fn pass(&mut self, ms: u64, loud: bool) {
        self.speaking = loud.then_some((self.now + ms, None));
        for _ in 0..ms {
            if self.outcome.is_none() {
                self.step();
            }
        }
    }

    fn send_frame(&mut self) {
        let loud = self.speaking.as_ref().is_some_and(|(until, _)| self.now <= *until);
        if !loud {
            self.speaking = None;
        }
        let mut payload = vec![if loud { LOUD } else { SILENT }; FRAME_SAMPLES];
        if self.tone.len() >= FRAME_SAMPLES {
            payload = self.tone.drain(..FRAME_SAMPLES).collect();
        }
        self.waiting.push((self.now - FRAME, payload));
        match self.path_in {
            Path::Stalled(from, until) if (from..until).contains(&self.now) => return,
            Path::Swapped if self.waiting.len() < 2 => return,
            Path::Swapped => self.waiting.reverse(),
            Path::Smooth | Path::Stalled(..) => {}
        }
        for (at, payload) in std::mem::take(&mut self.waiting) {
            self.give(Input::Packet(Packet { leg: LegId(0), at: Samples::from_ms(at), payload: &payload }));
        }
    }

    fn act(&mut self) {
        let due = |when: &When| match *when {
            When::At(at) => self.now >= at,
            When::Into(n, ms) => self.far.begun.get(n).is_some_and(|at| self.now >= at + ms),
            When::After(n, ms) => self.far.ended.iter().any(|&(k, at)| k == n && self.now >= at + ms),
        };
        let Some(k) = self.steps.iter().position(|(when, _)| due(when)) else { return };
        match self.steps.remove(k).1 {
            Do::Say(ms, words) => {
                self.speaking = Some((self.now + ms, words));
                self.turn_words = words;
            }
            Do::Press(key) => self.give(Input::Leg(LegId(0), LegEvent::Key(Key::new(key).unwrap()))),
            Do::Tone(key, ms) => {
                let tone = Tone::new(Key::new(key).unwrap(), ms as u32, -10.0).map(ulaw_encode);
                self.tone.extend(tone);
            }
            Do::ProviderEnds => self.give(Input::Provider(ProviderEvent::Ended)),
            Do::HangUp => self.give(Input::Leg(LegId(0), LegEvent::Stopped)),
            Do::Verdict(who) => self.give(Input::Provider(ProviderEvent::AnsweredBy(who))),
        }
    }

    fn return_marks(&mut self) {
        while let Some((at, id, flushed)) = self.far.marks.pop_front_if(|(at, ..)| *at <= self.now) {
            if !flushed {
                self.far.ended.push((id.0 as usize, at));
            }
            for _ in 0..match self.marks {
                Marks::Lost => 0,
                Marks::Returned => 1,
                Marks::Doubled => 2,
            } {
                self.give(Input::Leg(LegId(0), LegEvent::MarkReturned(id)));
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            if self.outcome.is_some() {
                self.breaches.push(format!("after the end: {output:?}"));
            }
            self.take(output);
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Send { chunk, .. } => self.hear(chunk.len().as_ms()),
            Output::Mark(id) => self.far.marks.push_back((self.far.plays_until.max(self.now), id, false)),
            Output::Clear => self.flush(),
            Output::Speech(command) => self.speech(command),
            Output::Record(block) => {
                if block.at.0 != self.recorded.0.len() as u64 || block.callee.len() != block.ours.len() {
                    self.breaches.push(format!("{block:?} does not follow what was recorded"));
                }
                self.recorded.0.extend(block.callee);
                self.recorded.1.extend(block.ours);
            }
            Output::Commit(id, fact) => {
                self.facts.push(fact);
                self.last_commit = self.now;
                if self.hold_commits { self.uncommitted.push(id) } else { self.commit(id) }
            }
            Output::Event(event) => self.events.push((self.now, event)),
            Output::HangUp(_) if !self.uncommitted.is_empty() && self.now < self.last_commit + STORE_PATIENCE => {
                self.breaches.push("hung up before every fact was durable".into());
            }
            Output::HangUp(_) => {}
            Output::Ended(outcome) => self.outcome = Some((self.now, outcome)),
        }
    }

    pub(crate) fn commit(&mut self, id: FactId) {
        self.session.handle_input(Micros::from_ms(self.now), Input::Committed(id));
    }

    fn hear(&mut self, ms: u64) {
        if self.far.fresh {
            self.far.begun.push(self.now);
            self.far.fresh = false;
        }
        self.far.plays_until = self.far.plays_until.max(self.now) + ms;
        if self.far.plays_until > self.now + 68 {
            self.breaches.push(format!("{} ms ahead of the play-out", self.far.plays_until - self.now));
        }
        self.sent.push((self.now, ms as usize));
    }

    fn flush(&mut self) {
        self.clears.push(self.now);
        self.far.plays_until = self.now;
        for mark in &mut self.far.marks {
            *mark = (self.now, mark.1, true);
        }
    }

    fn speech(&mut self, command: SpeechCommand) {
        match command {
            SpeechCommand::Speak(utterance, _) => {
                self.far.fresh = true;
                let clip = std::sync::Arc::new(Clip::from_ulaw(vec![0x55; PROMPT as usize * 8]));
                self.due.push_back((self.now + self.synthesis, SpeechEvent::Ready { utterance, clip, last: true }));
            }
            SpeechCommand::EndTurn(turn) => {
                let event = self.recognised(turn);
                self.due.push_back((self.now + self.recognition, event));
            }
            SpeechCommand::Prepare(_)
            | SpeechCommand::Cancel(_)
            | SpeechCommand::BeginTurn(..)
            | SpeechCommand::Audio(..)
            | SpeechCommand::CancelTurn(_) => {}
        }
    }

    fn recognised(&mut self, turn: TurnId) -> SpeechEvent {
        match self.turn_words.take() {
            Some(text) => SpeechEvent::Heard { turn, text: text.to_owned() },
            None => SpeechEvent::NotUnderstood { turn },
        }
    }

    /// The states that the dialog went through.
    pub(crate) fn path(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|(_, event)| if let SessionEvent::State { state } = event { Some(&**state) } else { None })
            .collect()
    }

    /// When the n-th prompt began to be heard.
    pub(crate) fn begun(&self, n: usize) -> u64 {
        self.far.begun[n]
    }

    /// How many prompts began to be heard.
    pub(crate) fn begun_count(&self) -> usize {
        self.far.begun.len()
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        &self.outcome.as_ref().unwrap_or_else(|| panic!("the call did not end: {:#?}", self.events)).1
    }
}
