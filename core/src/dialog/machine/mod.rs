//! A running dialog: one call's walk through a plan.

mod ending;
mod keys;
mod matching;
mod visit;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::civil::DateTime;

use self::matching::Meant;
use self::visit::Visit;
use super::io::{Action, End, Event};
use super::plan::{Binding, Condition, Dialplan, Ix, Meaning, Next, Question, SlotIx, StateIx, Step, Subject};
use crate::model::{Answer, AnswerSource, AnsweredBy, Evidence, Fact};
use crate::time::Micros;

/// A running dialog. [`Event`]s go in, [`Action`]s come out; it knows no time.
#[derive(Debug)]
pub struct Dialog {
    plan: Arc<Dialplan>,
    binding: Binding,
    stage: Stage,
    actions: VecDeque<Action>,
    who: AnsweredBy,
    /// The local date and time when the call began.
    now: DateTime,
    /// By slot.
    values: Vec<Option<String>>,
    answers: BTreeMap<String, Answer>,
    /// What the callee gave last, for what follows from it.
    input: Option<Given>,
    /// The callee gave something that was understood: who answers is settled.
    understood: bool,
    /// The callee asked for something that only a person can give.
    wants_person: bool,
    opted_out: bool,
    /// What the last end with a result declared.
    result: Option<String>,
    /// How often it listened.
    turns: u32,
    /// By state: how often it was entered, where that is counted.
    entered: Vec<u8>,
}

#[derive(Debug)]
enum Stage {
    /// Nobody has answered yet.
    Fresh,
    In(Visit),
    Over,
}

/// Something that the callee gave.
#[derive(Clone, Debug)]
struct Given {
    source: AnswerSource,
    input: String,
}

/// How often a callee may ask to hear one prompt again before it counts as not understood.
const MOST_REPEATS: u8 = 2;

/// How often a callee may ask for more time before the question is asked again.
const MOST_WAITS: u8 = 3;

impl Dialog {
    /// A dialog that waits for [`Event::AnsweredBy`]. `now` is the called party's local time: "tomorrow" is counted
    /// from it.
    #[must_use]
    pub fn new(plan: Arc<Dialplan>, binding: Binding, now: DateTime) -> Self {
        let (values, entered) = (vec![None; plan.slots.len()], vec![0; plan.states.len()]);
        Self {
            plan,
            binding,
            stage: Stage::Fresh,
            actions: VecDeque::new(),
            who: AnsweredBy::Unknown,
            now,
            values,
            answers: BTreeMap::new(),
            input: None,
            understood: false,
            wants_person: false,
            opted_out: false,
            result: None,
            turns: 0,
            entered,
        }
    }

    /// Something happened. What does not fit the present state is ignored.
    pub fn handle_event(&mut self, event: Event) {
        match event {
            Event::AnsweredBy(who) => self.on_answered_by(who),
            Event::SayEnded { heard } => self.on_say_ended(heard),
            Event::Heard { text } => self.on_heard(text),
            Event::NotUnderstood => self.on_not_understood(),
            Event::NoInput => self.on_no_input(),
            Event::Key(key) => self.on_key(key),
            Event::KeysEnded => self.on_keys_ended(),
            Event::Gone => self.on_gone(),
        }
    }

    /// The next thing to do, if there is one.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// What was answered so far, by slot. Slots that only steer are not among them.
    #[must_use]
    pub fn answers(&self) -> BTreeMap<String, Answer> {
        self.answers.clone()
    }

    /// How long its call may last.
    #[must_use]
    pub fn max_duration(&self) -> Micros {
        self.plan.limits.call
    }

    /// The present state; `None` before the first and after the end.
    #[must_use]
    pub fn state(&self) -> Option<&Arc<str>> {
        self.at().map(|at| &self.plan.state(at).name)
    }

    /// The language that it speaks: a BCP 47 tag.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.plan.languages[self.binding.language]
    }

    /// What it follows.
    #[must_use]
    pub fn plan(&self) -> &Arc<Dialplan> {
        &self.plan
    }

    fn at(&self) -> Option<StateIx> {
        match &self.stage {
            Stage::In(visit) => Some(visit.at),
            Stage::Fresh | Stage::Over => None,
        }
    }

    fn on_answered_by(&mut self, who: AnsweredBy) {
        match self.stage {
            Stage::Over => {}
            Stage::Fresh => {
                self.who = who;
                self.enter(self.plan.start(who));
            }
            Stage::In(_) => self.on_corrected(who),
        }
    }

    /// A later verdict counts until the callee was understood; that a person answered changes nothing.
    fn on_corrected(&mut self, who: AnsweredBy) {
        let late = match who {
            AnsweredBy::Machine | AnsweredBy::Screening | AnsweredBy::Fax => false,
            AnsweredBy::Human | AnsweredBy::Unknown => true,
        };
        let start = self.plan.start(who);
        if late || self.understood || who == self.who || self.at() == Some(start) {
            return;
        }
        self.who = who;
        self.enter(start);
    }

    fn on_say_ended(&mut self, heard: Evidence) {
        let Stage::In(visit) = &mut self.stage else { return };
        let plan = Arc::clone(&self.plan);
        let state = plan.state(visit.at);
        match (&state.step, state.must_hear) {
            (Step::Ask(_), _) => {}
            (Step::End(ending), _) => self.conclude(ending),
            (Step::Go(next), None) => self.follow(next),
            (Step::Go(next), Some(_)) if heard >= plan.evidence => self.follow(next),
            (Step::Go(_), Some(bound)) => {
                visit.unheard += 1;
                if visit.unheard >= bound.tries {
                    self.enter(bound.next);
                } else {
                    self.speak(&state.say);
                }
            }
        }
    }

    fn on_heard(&mut self, text: String) {
        let Some(at) = self.at() else { return };
        let meant = matching::understand(&self.plan, at, self.binding.language, &text, self.now);
        self.forget_keys();
        match meant {
            Some(meant) => self.act(meant, Given { source: AnswerSource::Speech, input: text }),
            None => self.on_not_understood(),
        }
    }

    fn on_not_understood(&mut self) {
        let Stage::In(visit) = &mut self.stage else { return };
        let plan = Arc::clone(&self.plan);
        let Some(question) = plan.state(visit.at).question() else { return };
        visit.misses += 1;
        if visit.misses >= question.no_match.tries {
            self.enter(question.no_match.next);
        } else {
            self.ask_again();
        }
    }

    fn on_no_input(&mut self) {
        let Stage::In(visit) = &mut self.stage else { return };
        if !visit.pressed.is_empty() {
            return self.on_keys_ended();
        }
        let plan = Arc::clone(&self.plan);
        let Some(question) = plan.state(visit.at).question() else { return };
        visit.silences += 1;
        if visit.silences >= question.no_input.tries {
            self.enter(question.no_input.next);
        } else {
            self.ask_again();
        }
    }

    /// Does what the callee meant.
    fn act(&mut self, meant: Meant, given: Given) {
        let Stage::In(visit) = &mut self.stage else { return };
        let plan = Arc::clone(&self.plan);
        match meant {
            Meant::Known(Meaning::Repeat) if visit.repeats < MOST_REPEATS => {
                visit.repeats += 1;
                let at = visit.at;
                self.speak(&plan.state(at).say);
            }
            Meant::Known(Meaning::Repeat) => self.on_not_understood(),
            Meant::Known(Meaning::Wait) if visit.waits < MOST_WAITS => {
                visit.waits += 1;
                self.speak(&[]);
            }
            Meant::Known(Meaning::Wait) => self.ask_again(),
            Meant::Known(Meaning::Anywhere(place)) => {
                self.understood = true;
                self.input = Some(given);
                self.enter_for_input(plan.anywhere[place].next);
            }
            Meant::Known(Meaning::Value(place)) => {
                let Some(question) = plan.state(visit.at).question() else { return };
                let value = plan.slots[question.slot.index()].values[place].clone();
                self.answered(question, value, given);
            }
            Meant::Value(value) => {
                let Some(question) = plan.state(visit.at).question() else { return };
                self.answered(question, value, given);
            }
        }
    }

    fn answered(&mut self, question: &Question, value: String, given: Given) {
        self.understood = true;
        self.input = Some(given);
        self.fill(question.slot, value);
        self.follow(&question.next);
    }

    /// Fills a slot; makes it an answer where it is one. Without any input there is nobody whose answer it could be.
    fn fill(&mut self, slot: SlotIx, value: String) {
        self.values[slot.index()] = Some(value.clone());
        self.binding.learn(&self.plan, slot, &self.values);
        let declared = &self.plan.slots[slot.index()];
        let Some(Given { source, input }) = self.input.clone().filter(|_| declared.store) else { return };
        let answer = Answer { value, source, input };
        self.answers.insert(declared.name.clone(), answer.clone());
        self.actions.push_back(Action::Commit(Fact::Answer { slot: declared.name.clone(), answer }));
    }

    fn follow(&mut self, next: &Next) {
        let to = match next {
            Next::To(to) => Some(*to),
            Next::ByValue(targets) => self.filled().and_then(|value| targets.get(value).copied()),
            Next::When(branches) => {
                let holds = |b: &&super::plan::Branch| b.when.iter().all(|c| self.holds(c));
                branches.iter().find(holds).map(|b| b.to)
            }
        };
        if let Some(to) = to {
            self.enter_for_input(to);
        }
    }

    /// The place of the value of the present question's slot.
    fn filled(&self) -> Option<usize> {
        let slot = self.plan.state(self.at()?).question()?.slot.index();
        let value = self.values[slot].as_ref()?;
        self.plan.slots[slot].values.iter().position(|v| v == value)
    }

    fn holds(&self, condition: &Condition) -> bool {
        let held = match condition.subject {
            Subject::Variable(variable) => Some(self.binding.values[variable.index()].as_str()),
            Subject::Slot(slot) => self.values[slot.index()].as_deref(),
        };
        condition.tests.iter().any(|test| test.holds(held))
    }

    fn end(&mut self, end: End) {
        self.stage = Stage::Over;
        self.actions.push_back(Action::End(end));
    }
}
