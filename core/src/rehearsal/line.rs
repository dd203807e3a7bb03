//! The line between a session and a callee: what is said is played, marked and heard; what the callee does comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use voxgate_media::g711::ULAW_SILENCE;
use voxgate_media::playout::Clip;
use voxgate_media::time::Samples;
use voxgate_media::vad::Vad;

use super::Callee;
use crate::dialog::script_tests::Deed;
use crate::dialog::{Dialog, Prompt};
use crate::model::{AnsweredBy, Evidence, Fact, LegId, Outcome, TurnId, UtteranceId};
use crate::session::{
    Input, LegEvent, Output, ProviderEvent, SaidPrompt, Session, SessionEvent, Settings, SpeechCommand, SpeechEvent,
};
use crate::time::Micros;

/// How long a callee takes to answer a question that has ended.
const REACTION: Micros = Micros::from_ms(400);
/// How long it takes to say one character: about 150 words a minute.
const CHARACTER: Micros = Micros::from_ms(65);
/// How long somebody mumbles.
const MUMBLE: Micros = Micros::from_ms(900);
/// A recogniser answers sooner than a session has listened for long enough.
const LONGEST_TURN: Micros = Micros::from_secs(5);
/// The longest clip: nobody waits for more, and a script cannot make a rehearsal hold more memory than this.
const LONGEST_CLIP: Micros = Micros::from_secs(60);
/// No call has so many wake-ups; one that had would be a defect of ours.
const MOST_WAKE_UPS: u32 = 1_000_000;

/// Something that a callee does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// So long after the prompt began; `None`: when it is the callee's turn, or at once in a turn without a question.
    pub after: Option<Micros>,
    /// What.
    pub does: Deed,
}

/// A call that was rehearsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// What it came to; `None` is a defect of ours.
    pub outcome: Option<Outcome>,
    /// Every state entered, in order.
    pub path: Vec<Arc<str>>,
    /// Prompts that were heard in full, as marks have shown, in order.
    pub heard: Vec<String>,
    /// What was made durable, in order.
    pub facts: Vec<Fact>,
    /// The journal.
    pub events: Vec<(Micros, SessionEvent)>,
    /// How long it lasted, from the media's being up.
    pub lasted: Micros,
}

/// Rehearses one call to its end.
#[must_use]
pub fn rehearse(dialog: Dialog, answered_by: AnsweredBy, callee: &mut dyn Callee) -> Rehearsed {
    // There are no packets to wait for, and nothing to record.
    let settings = Settings { record: false, media_gap: Micros(u64::MAX), ..Settings::default() };
    let mut line = Line {
        session: Session::new(settings, dialog, Box::new(Deaf)),
        callee,
        now: Micros::ZERO,
        due: BTreeMap::new(),
        planned: 0,
        plan: None,
        plays_until: Micros::ZERO,
        saying: None,
        turn: None,
        marks_lost: false,
        call: Rehearsed {
            outcome: None,
            path: Vec::new(),
            heard: Vec::new(),
            facts: Vec::new(),
            events: Vec::new(),
            lasted: Micros::ZERO,
        },
    };
    line.run(answered_by);
    line.call
}

/// Hears no speech: there is no audio.
#[derive(Debug)]
struct Deaf;

impl Vad for Deaf {
    fn is_speech(&mut self, _frame: &voxgate_media::frame::Frame) -> bool {
        false
    }
    fn reset(&mut self) {}
}

/// What will happen.
#[derive(Debug)]
enum Due {
    Mark(UtteranceId),
    Deed(Deed),
    /// A recogniser has made out a turn.
    Answer(TurnId, Option<String>),
}

struct Line<'c> {
    session: Session,
    callee: &'c mut dyn Callee,
    now: Micros,
    /// By time, in the order in which it was planned.
    due: BTreeMap<(Micros, u64), Due>,
    planned: u64,
    /// What the callee will do in this turn, when the moment has come.
    plan: Option<Move>,
    plays_until: Micros,
    saying: Option<(UtteranceId, Vec<SaidPrompt>)>,
    /// The turn that the recogniser listens to.
    turn: Option<TurnId>,
    /// Whether what is said in this turn is not heard in full: its mark gets lost.
    marks_lost: bool,
    call: Rehearsed,
}

impl Line<'_> {
    fn run(&mut self, answered_by: AnsweredBy) {
        self.give(Input::Provider(ProviderEvent::AnsweredBy(answered_by)));
        self.give(Input::Leg(LegId(0), LegEvent::Up));
        for _ in 0..MOST_WAKE_UPS {
            if self.call.outcome.is_some() || !self.wake_up() {
                break;
            }
        }
        self.call.lasted = self.now;
    }

    /// Goes to the next moment in which anything happens; tells whether there is one.
    fn wake_up(&mut self) -> bool {
        let timer = self.session.poll_timeout().map(|(at, _)| at);
        match self.due.first_entry() {
            Some(first) if timer.is_none_or(|at| first.key().0 <= at) => {
                self.now = self.now.max(first.key().0);
                let due = first.remove();
                self.happen(due);
            }
            Some(_) | None => {
                let Some(at) = timer else { return false };
                self.now = self.now.max(at);
                self.session.handle_timeout(self.now);
                self.drain();
            }
        }
        true
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Mark(utterance) => self.give(Input::Leg(LegId(0), LegEvent::MarkReturned(utterance))),
            Due::Answer(turn, Some(text)) => self.give(Input::Speech(SpeechEvent::Heard { turn, text })),
            Due::Answer(turn, None) => self.give(Input::Speech(SpeechEvent::NotUnderstood { turn })),
            Due::Deed(deed) => self.act(deed),
        }
    }

    fn act(&mut self, deed: Deed) {
        match deed {
            Deed::Say(text) => self.speak(Some(text)),
            Deed::Mumble => self.speak(None),
            Deed::Keys(keys) => {
                keys.into_iter().for_each(|key| self.give(Input::Leg(LegId(0), LegEvent::Key(key))));
            }
            Deed::HangUp => self.give(Input::Leg(LegId(0), LegEvent::Stopped)),
            Deed::TurnOutToBe(who) => self.give(Input::Provider(ProviderEvent::AnsweredBy(who))),
            Deed::Silence | Deed::MissPrompt => {}
        }
    }

    /// The callee speaks, if anybody listens. Over a prompt, words are made out at once: nothing else tells here that
    /// they are meant.
    fn speak(&mut self, words: Option<String>) {
        let over_prompt = !self.session.is_listening();
        self.turn = None;
        self.give(Input::Speech(SpeechEvent::Onset));
        let Some(turn) = self.turn else { return };
        let length = words.as_ref().map_or(MUMBLE, |text| spoken(text).min(LONGEST_TURN));
        let length = if over_prompt { Micros::ZERO } else { length };
        self.plan_for(self.now + length, Due::Answer(turn, words));
    }

    fn give(&mut self, input: Input<'_>) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    fn plan_for(&mut self, at: Micros, due: Due) {
        self.planned += 1;
        self.due.insert((at, self.planned), due);
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            self.take(output);
        }
        if self.session.is_listening()
            && let Some(planned) = self.plan.take()
        {
            self.plan_for(self.now + planned.after.unwrap_or(REACTION), Due::Deed(planned.does));
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Send { chunk, .. } => {
                self.plays_until = self.plays_until.max(self.now) + Micros::from_samples(chunk.len());
            }
            Output::Mark(_) if self.marks_lost => {}
            Output::Mark(utterance) => self.plan_for(self.plays_until.max(self.now), Due::Mark(utterance)),
            Output::Clear => self.plays_until = self.now,
            Output::Speech(SpeechCommand::Speak(utterance, prompts)) => self.make(utterance, &prompts),
            Output::Speech(SpeechCommand::BeginTurn(turn, _)) => self.turn = Some(turn),
            Output::Speech(_) | Output::Record(_) | Output::HangUp(_) => {}
            Output::Commit(id, fact) => {
                if let Fact::Checkpoint { state } = &fact {
                    self.call.path.push(state.as_str().into());
                }
                self.call.facts.push(fact);
                self.session.handle_input(self.now, Input::Committed(id));
            }
            Output::Event(event) => self.note(event),
            Output::Ended(outcome) => self.call.outcome = Some(outcome),
        }
    }

    /// Makes the audio of an utterance: silence as long as its words.
    fn make(&mut self, utterance: UtteranceId, prompts: &[Arc<Prompt>]) {
        for (k, prompt) in prompts.iter().enumerate() {
            let Samples(samples) = spoken(&prompt.text).min(LONGEST_CLIP).to_samples();
            let clip = Arc::new(Clip::from_ulaw(vec![ULAW_SILENCE; samples as usize]));
            let ready = SpeechEvent::Ready { utterance, clip, last: k + 1 == prompts.len() };
            self.session.handle_input(self.now, Input::Speech(ready));
        }
    }

    fn note(&mut self, event: SessionEvent) {
        match &event {
            SessionEvent::State { state } => {
                self.plan = self.callee.on_turn(state);
                self.marks_lost = self.plan.as_ref().is_some_and(|planned| planned.does == Deed::MissPrompt);
                self.due.retain(|_, due| matches!(due, Due::Mark(_)));
            }
            SessionEvent::Said { utterance, prompts, .. } => {
                self.saying = Some((*utterance, prompts.clone()));
                self.begin_moves();
            }
            SessionEvent::Heard { utterance, evidence: Evidence::Acknowledged, .. } => {
                let said = self.saying.take_if(|(id, _)| id == utterance);
                self.call.heard.extend(said.into_iter().flat_map(|(_, prompts)| prompts).map(|prompt| prompt.name));
            }
            SessionEvent::Heard { .. }
            | SessionEvent::MediaUp
            | SessionEvent::AnsweredBy { .. }
            | SessionEvent::Began { .. }
            | SessionEvent::Onset
            | SessionEvent::BargedIn { .. }
            | SessionEvent::Resumed { .. }
            | SessionEvent::Turn { .. }
            | SessionEvent::Key { .. }
            | SessionEvent::NoInput
            | SessionEvent::Recorded { .. }
            | SessionEvent::HangUp { .. } => {}
        }
        self.call.events.push((self.now, event));
    }

    /// A prompt begins: what is done over it gets its time.
    fn begin_moves(&mut self) {
        let question = self.session.is_question();
        if let Some(planned) = self.plan.take_if(|planned| planned.after.is_some() || !question) {
            self.plan_for(self.now + planned.after.unwrap_or_default(), Due::Deed(planned.does));
        }
    }
}

/// How long it takes to say this.
fn spoken(text: &str) -> Micros {
    Micros(CHARACTER.0 * text.chars().count() as u64)
}
