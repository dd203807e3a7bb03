//! A stay in a state: entering it, speaking, asking again.

use std::sync::Arc;

use super::{Dialog, Stage};
use crate::dialog::io::{Action, Hints, Listen, Phrase, Prompt, Say};
use crate::dialog::plan::{Ix, PromptIx, Question, State, StateIx, Step};
use crate::model::{Disposition, Fact};
use crate::time::Micros;

/// A stay in a state. Its counters begin anew with each stay.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) at: StateIx,
    pub(super) silences: u8,
    pub(super) misses: u8,
    pub(super) repeats: u8,
    pub(super) waits: u8,
    /// How often what must be heard was not.
    pub(super) unheard: u8,
    /// Keys that may become a sequence.
    pub(super) pressed: String,
    /// What is listened for, made once a stay.
    hints: Option<Arc<Hints>>,
}

/// After so many turns that were not understood, a state listens by keys only: local recognisers that fail twice fail on.
const MISSES_BEFORE_KEYS: u8 = 2;

/// For whoever asked for a moment.
const LONG_SILENCE: Micros = Micros::from_secs(20);

impl Dialog {
    /// Enters a state because of what the callee gave.
    pub(super) fn enter_for_input(&mut self, at: StateIx) {
        let to_person = self.plan.state(at).ending().is_some_and(|e| e.queue.is_some());
        self.wants_person |= to_person && self.understood;
        self.enter(at);
    }

    pub(super) fn enter(&mut self, at: StateIx) {
        let plan = Arc::clone(&self.plan);
        let state = plan.state(at);
        if state.question().is_some() && self.turns >= plan.limits.turns {
            return self.on_turns_used_up(state);
        }
        if let Some(bound) = state.visits {
            let entered = &mut self.entered[at.index()];
            if *entered >= bound.tries {
                return self.enter(bound.next);
            }
            *entered += 1;
        }
        let hints = state.question().and_then(|q| self.hints(q));
        self.stage = Stage::In(Visit {
            at,
            silences: 0,
            misses: 0,
            repeats: 0,
            waits: 0,
            unheard: 0,
            pressed: String::new(),
            hints,
        });
        for (slot, value) in &state.set {
            self.fill(*slot, value.clone());
        }
        if let Some(ending) = state.ending() {
            self.result = ending.result.clone().or(self.result.take());
            self.note_opt_out(ending.disposition);
        }
        self.actions.push_back(Action::Commit(Fact::Checkpoint { state: state.name.to_string() }));
        self.speak(&state.say);
    }

    fn note_opt_out(&mut self, disposition: Disposition) {
        if disposition != Disposition::DoNotCall || std::mem::replace(&mut self.opted_out, true) {
            return;
        }
        let input = self.input.as_ref().map(|g| g.input.clone()).unwrap_or_default();
        self.actions.push_back(Action::Commit(Fact::OptOut { input }));
    }

    /// A dialog that has listened as often as it may goes where a misunderstanding would lead, or ends.
    fn on_turns_used_up(&mut self, state: &State) {
        let way_out = state.question().map(|q| q.no_match.next).filter(|to| self.plan.state(*to).ending().is_some());
        match way_out {
            Some(to) => self.enter(to),
            None => self.on_gone(),
        }
    }

    /// Says the question again, as the author wants it said the next time.
    pub(super) fn ask_again(&mut self) {
        let Stage::In(visit) = &self.stage else { return };
        let plan = Arc::clone(&self.plan);
        let state = plan.state(visit.at);
        let Some(question) = state.question() else { return };
        if self.turns >= plan.limits.turns {
            return self.on_turns_used_up(state);
        }
        let candidates = if visit.by_keys_only(question) {
            [&question.by_keys, &question.reprompt]
        } else {
            [&question.reprompt, &question.reprompt]
        };
        let prompts = candidates.into_iter().find(|p| !p.is_empty()).unwrap_or(&state.say);
        self.speak(prompts);
    }

    /// Says these prompts in the present state, and listens if it is a question.
    pub(super) fn speak(&mut self, prompts: &[PromptIx]) {
        let Stage::In(visit) = &mut self.stage else { return };
        visit.pressed.clear();
        let plan = &self.plan;
        let state = plan.state(visit.at);
        let listen = match &state.step {
            // Who is given time has said so.
            Step::Ask(question) if prompts.is_empty() => Some(visit.listen(question).with_time(LONG_SILENCE)),
            Step::Ask(question) => Some(visit.listen(question)),
            Step::Go(_) | Step::End(_) => None,
        };
        self.turns += u32::from(listen.is_some());
        // A turn that was not begun is not begun any more.
        self.actions.retain(|action| !matches!(action, Action::Turn { .. } | Action::AwaitKeys(_)));
        let prompt = |p: &PromptIx| Arc::clone(&self.binding.prompts[p.index()]);
        let said: Vec<Arc<Prompt>> = prompts.iter().map(prompt).collect();
        self.actions.push_back(Action::Turn {
            state: Arc::clone(&state.name),
            say: (!said.is_empty()).then(|| Say { prompts: said, must_hear: state.must_hear.is_some() }),
            listen,
            ahead: state.ahead.iter().filter(|p| self.binding.is_complete(**p)).map(prompt).collect(),
        });
    }

    /// What a recogniser is told to listen for. `None` where the question is not answered by speech and nothing is heard
    /// anywhere.
    fn hints(&self, question: &Question) -> Option<Arc<Hints>> {
        let language = self.binding.language;
        let mut phrases = Vec::new();
        for (meaning, grammar) in super::matching::listened_for(&self.plan, question) {
            let meaning = super::matching::name(&self.plan, question, meaning);
            let texts = &self.plan.grammars[grammar.index()].phrases[language];
            phrases.extend(texts.iter().map(|p| Phrase { text: p.text.clone(), meaning: meaning.clone() }));
        }
        let language = self.plan.languages[language].clone();
        (!phrases.is_empty()).then(|| Arc::new(Hints { language, phrases }))
    }
}

impl Visit {
    fn by_keys_only(&self, question: &Question) -> bool {
        question.by_keys_alone && self.misses >= MISSES_BEFORE_KEYS
    }

    fn listen(&self, question: &Question) -> Listen {
        let hints = self.hints.clone().filter(|_| !self.by_keys_only(question));
        let barge_in = question.barge_in.filter(|_| hints.is_some());
        Listen { hints, no_input: question.silence, barge_in }
    }
}
