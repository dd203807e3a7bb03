//! States: what they say, what they ask, where they lead.

use std::sync::Arc;

use super::{Builder, slot_values};
use crate::dialog::finding::{Code, Span, did_you_mean};
use crate::dialog::io::BargeIn;
use crate::dialog::plan::{
    Bound, Branch, Condition, Ending, GrammarIx, Ix, Meaning, Next, PromptIx, Question, SlotIx, State, StateIx, Step,
    Subject, VariableIx,
};
use crate::dialog::schema::{
    BargeDecl, BoundDecl, ListenDecl, Name, NextDecl, SlotDecl, SlotValues, StateDecl, WhenDecl,
};
use crate::time::Micros;

/// Long enough for a cough, short enough to feel heard.
const DEFAULT_CONFIRM: Micros = Micros::from_ms(300);
/// What a person needs to make up their mind, and hardly more than they bear.
const DEFAULT_SILENCE: Micros = Micros::from_secs(5);
const DEFAULT_MUST_HEAR_TRIES: u8 = 3;

type Keys = Arc<[(Box<str>, Meaning)]>;

impl<'s> Builder<'s, '_> {
    pub(super) fn all_states(&mut self) -> Vec<State> {
        let anywhere: Keys = self.anywhere_keys(&[]).into();
        let mut states: Vec<State> = self.script.states.iter().map(|s| self.state(s, &anywhere)).collect();
        let anywhere: Vec<StateIx> = self.anywhere_targets();
        let ahead: Vec<Vec<PromptIx>> = states.iter().map(|s| ahead(s, &states, &anywhere)).collect();
        for (state, ahead) in states.iter_mut().zip(ahead) {
            state.ahead = ahead;
        }
        states
    }

    fn anywhere_targets(&mut self) -> Vec<StateIx> {
        let named = self.script.anywhere.iter().filter_map(|a| a.next.as_ref());
        named.filter_map(|n| self.states.get(n.as_str())).map(StateIx::new).collect()
    }

    fn state(&mut self, declared: &'s StateDecl, anywhere: &Keys) -> State {
        let step = self.step(declared);
        let keys = match &step {
            Step::Ask(_) => self.question_keys(declared).into(),
            Step::Go(_) | Step::End(_) => Arc::clone(anywhere),
        };
        State {
            name: declared.name.text.as_str().into(),
            say: self.prompts_named(&declared.say),
            must_hear: declared.must_hear.then(|| self.must_hear(declared)),
            set: declared.set.iter().filter_map(|(slot, value)| self.setting(slot, value)).collect(),
            step,
            to_machine: declared.after_beep,
            keys,
            ahead: Vec::new(),
        }
    }

    fn step(&mut self, declared: &'s StateDecl) -> Step {
        if let Some(disposition) = declared.end {
            let text = |name: &Option<Name>| name.as_ref().map(|n| n.text.clone());
            return Step::End(Ending { disposition, result: text(&declared.result), queue: text(&declared.queue) });
        }
        let Some(next) = &declared.next else {
            self.whole = false;
            return Step::Go(Next::To(StateIx::new(0)));
        };
        let Some(listen) = &declared.listen else {
            if let NextDecl::ByValue(_, at) = next {
                let help = "lead to one state, or add `listen`";
                self.findings.add(Code::Conflict, *at, "`next` by value in a state that asks for none", help);
            }
            return Step::Go(self.next(next, None));
        };
        self.question(declared, listen, next)
    }

    fn question(&mut self, declared: &'s StateDecl, listen: &'s ListenDecl, next: &'s NextDecl) -> Step {
        let slot = listen.slot.as_ref().and_then(|s| self.slots.find(s, self.findings));
        let slot_decl = slot.map(|i| &self.script.slots[i]);
        let (no_input, silence) = self.no_input(declared);
        let question = Question {
            slot: SlotIx::new(slot.unwrap_or(0)),
            grammars: slot_decl.map(|s| self.value_grammars(s, listen)).unwrap_or_default(),
            by_keys_alone: slot_decl.is_some_and(|s| self.by_keys_alone(s, listen)),
            reprompt: self.prompts_named(&declared.reprompt),
            by_keys: self.prompts_named(&declared.by_keys),
            barge_in: self.barge_in(declared),
            silence,
            no_input,
            no_match: self.no_match(declared),
            next: self.next(next, slot_decl),
        };
        if slot.is_none() {
            self.whole = false;
        }
        Step::Ask(Box::new(question))
    }

    fn value_grammars(&mut self, slot: &'s SlotDecl, listen: &ListenDecl) -> Vec<Option<GrammarIx>> {
        match &slot.values {
            // The key-less recogniser mishears digits too often: a scale is answered by keys.
            SlotValues::Scale(values) => vec![None; values.len()],
            SlotValues::Named(values) if !listen.speech => vec![None; values.len()],
            SlotValues::Named(values) => values.iter().map(|v| self.grammar(v)).collect(),
        }
    }

    /// Tells what is odd about the keys of a question; whether keys are enough to answer it.
    fn by_keys_alone(&mut self, slot: &SlotDecl, listen: &ListenDecl) -> bool {
        let values = slot_values(slot);
        for (_, value) in &listen.keys {
            if !values.iter().any(|v| v.text == value.text) {
                self.unknown_value(slot, value);
            }
        }
        if let SlotValues::Scale(_) = slot.values {
            return true;
        }
        if values.len() > 5 {
            let message = format!("{} choices are more than a listener keeps in mind", values.len());
            self.findings.add(Code::ManyChoices, listen.at, message, "ask two questions with fewer choices each");
        }
        let keyless = values.iter().find(|v| !listen.keys.iter().any(|(_, k)| k.text == v.text));
        if let Some(value) = keyless {
            let message = format!("`{}` cannot be answered by a key", value.text);
            self.findings.add(Code::NoKeys, listen.at, message, "add one to `keys`: recognisers fail on bad lines");
        }
        keyless.is_none()
    }

    fn unknown_value(&mut self, slot: &SlotDecl, value: &Name) {
        let help = did_you_mean(value.as_str(), slot_values(slot).iter().map(Name::as_str));
        let message = format!("slot `{}` has no value `{}`", slot.name.text, value.text);
        self.findings.add(Code::UnknownValue, value.at, message, help);
    }

    fn value_place(&mut self, slot: &SlotDecl, value: &Name) -> Option<usize> {
        let place = slot_values(slot).iter().position(|v| v.text == value.text);
        if place.is_none() {
            self.unknown_value(slot, value);
        }
        place
    }

    fn setting(&mut self, slot: &Name, value: &Name) -> Option<(SlotIx, usize)> {
        let place = self.slots.find(slot, self.findings)?;
        let value = self.value_place(&self.script.slots[place], value)?;
        Some((SlotIx::new(place), value))
    }

    fn no_input(&mut self, declared: &'s StateDecl) -> (Bound, Micros) {
        let default = self.script.defaults.no_input.as_ref();
        let own = declared.no_input.as_ref();
        let after = own.and_then(|s| s.after).or(default.and_then(|s| s.after)).unwrap_or(DEFAULT_SILENCE);
        let bound = self.bound(declared, "no_input", own.map(|s| &s.bound), default.map(|s| &s.bound));
        (bound, after)
    }

    fn no_match(&mut self, declared: &'s StateDecl) -> Bound {
        let default = self.script.defaults.no_match.as_ref();
        self.bound(declared, "no_match", declared.no_match.as_ref(), default)
    }

    fn bound(&mut self, state: &StateDecl, key: &str, own: Option<&BoundDecl>, default: Option<&BoundDecl>) -> Bound {
        let next = own.and_then(|b| b.next.as_ref()).or(default.and_then(|b| b.next.as_ref()));
        if next.is_none() {
            let at = own.or(default).map_or(state.name.at, |b| b.at);
            let message = format!("state `{}` listens, and nothing says where `{key}` leads", state.name.text);
            let help = format!("add it to `defaults`, as in `{key}: {{tries: 2, next: goodbye}}`");
            self.findings.add(Code::UnboundedListening, at, message, help);
        }
        Bound { tries: own.or(default).map_or(2, |b| b.tries), next: self.state_or_finding(next) }
    }

    fn must_hear(&mut self, declared: &StateDecl) -> Bound {
        let defaults = &self.script.defaults;
        let own = defaults.must_hear.as_ref();
        let give_up = defaults.no_input.as_ref().and_then(|s| s.bound.next.as_ref());
        let next = own.and_then(|b| b.next.as_ref()).or(give_up);
        if next.is_none() {
            let message = format!("nothing says where `{}` leads when it is not heard", declared.name.text);
            let help = "add it to `defaults`, as in `must_hear: {tries: 3, next: goodbye}`";
            self.findings.add(Code::UnboundedListening, declared.name.at, message, help);
        }
        Bound { tries: own.map_or(DEFAULT_MUST_HEAR_TRIES, |b| b.tries), next: self.state_or_finding(next) }
    }

    fn barge_in(&self, declared: &StateDecl) -> Option<BargeIn> {
        match declared.barge_in.or(self.script.defaults.barge_in) {
            Some(BargeDecl::Never) => None,
            Some(BargeDecl::After(barge_in)) => Some(barge_in),
            None => Some(BargeIn { confirm: DEFAULT_CONFIRM }),
        }
    }

    fn next(&mut self, declared: &'s NextDecl, slot: Option<&'s SlotDecl>) -> Next {
        match (declared, slot) {
            (NextDecl::To(state), _) => Next::To(self.state_named(state)),
            (NextDecl::When(branches), _) => Next::When(branches.iter().map(|b| self.branch(b)).collect()),
            (NextDecl::ByValue(edges, at), Some(slot)) => self.by_value(edges, *at, slot),
            // What lacks here has been told.
            (NextDecl::ByValue(..), None) => {
                self.whole = false;
                Next::To(StateIx::new(0))
            }
        }
    }

    fn by_value(&mut self, edges: &[(Name, Name)], at: Span, slot: &SlotDecl) -> Next {
        for (value, _) in edges {
            self.value_place(slot, value);
        }
        let mut targets = Vec::new();
        for value in slot_values(slot) {
            let Some((_, state)) = edges.iter().find(|(v, _)| v.text == value.text) else {
                self.whole = false;
                let message = format!("value `{}` of slot `{}` leads nowhere", value.text, slot.name.text);
                let help = format!("add an edge, as in `{}: a_state`", value.text);
                self.findings.add(Code::MissingEdge, at, message, help);
                targets.push(StateIx::new(0));
                continue;
            };
            targets.push(self.state_named(state));
        }
        Next::ByValue(targets)
    }

    fn branch(&mut self, declared: &WhenDecl) -> Branch {
        let when = declared.when.iter().filter_map(|(subject, values)| self.condition(subject, values)).collect();
        Branch { when, to: self.state_named(&declared.to) }
    }

    fn condition(&mut self, subject: &Name, values: &[Name]) -> Option<Condition> {
        let texts = values.iter().map(|v| v.text.clone()).collect();
        if let Some(variable) = self.variables.get(subject.as_str()) {
            return Some(Condition { subject: Subject::Variable(VariableIx::new(variable)), values: texts });
        }
        let slot = self.slots.find(subject, self.findings)?;
        for value in values {
            self.value_place(&self.script.slots[slot], value);
        }
        Some(Condition { subject: Subject::Slot(SlotIx::new(slot)), values: texts })
    }

    /// The keys of `anywhere` that a state does not use itself.
    fn anywhere_keys(&mut self, taken: &[(Box<str>, Meaning)]) -> Vec<(Box<str>, Meaning)> {
        let mut keys = Vec::new();
        for (place, entry) in self.script.anywhere.iter().enumerate() {
            let free = entry.keys.iter().filter(|k| taken.iter().all(|(t, _)| **t != *k.text));
            keys.extend(free.map(|k| (k.text.as_str().into(), Meaning::Anywhere(place))));
        }
        keys
    }

    fn question_keys(&mut self, declared: &StateDecl) -> Vec<(Box<str>, Meaning)> {
        let Some(listen) = &declared.listen else { return Vec::new() };
        let slot = listen.slot.as_ref().and_then(|s| self.slots.get(s.as_str()));
        let Some(slot) = slot.map(|i| &self.script.slots[i]) else { return Vec::new() };
        let place = |value: &str| slot_values(slot).iter().position(|v| v.text == value);
        let mut keys: Vec<(Box<str>, Meaning)> = listen
            .keys
            .iter()
            .filter_map(|(key, value)| Some((key.text.as_str().into(), Meaning::Value(place(value.as_str())?))))
            .collect();
        if let (SlotValues::Scale(values), true) = (&slot.values, keys.is_empty()) {
            keys.extend(values.iter().enumerate().map(|(i, v)| (v.text.as_str().into(), Meaning::Value(i))));
        }
        let anywhere = self.anywhere_keys(&keys);
        for (place, entry) in self.script.anywhere.iter().enumerate() {
            let kept = anywhere.iter().any(|(_, meaning)| *meaning == Meaning::Anywhere(place));
            if !kept && !entry.keys.is_empty() {
                let message = format!("state `{}` takes every key of `{}`", declared.name.text, entry.name.text);
                let help = format!("use other keys here, or give `{}` one more, as in \"*9\"", entry.name.text);
                self.findings.add(Code::NoFreeKey, listen.at, message, help);
            }
        }
        keys.extend(anywhere);
        keys
    }
}

/// What may be said after a state: its own further prompts first, then its successors', then what `anywhere` leads to.
fn ahead(state: &State, states: &[State], anywhere: &[StateIx]) -> Vec<PromptIx> {
    let mut ahead = Vec::new();
    if let Some(question) = state.question() {
        ahead.extend(question.reprompt.iter().chain(&question.by_keys));
    }
    if state.ending().is_some() {
        return ahead;
    }
    for next in state.edges().iter().chain(anywhere) {
        ahead.extend(&states[next.index()].say);
    }
    let mut seen = std::collections::HashSet::new();
    ahead.retain(|p| !state.say.contains(p) && seen.insert(*p));
    ahead
}
