//! Questions: what is listened for, how often, and by which keys.

use super::Builder;
use crate::dialog::finding::Code;
use crate::dialog::io::BargeIn;
use crate::dialog::plan::{Bound, GrammarIx, Ix, Meaning, Question, SlotIx, Step};
use crate::dialog::schema::{BargeDecl, BoundDecl, HoldsDecl, ListenDecl, Name, NextDecl, SlotDecl, StateDecl};
use crate::dialog::values::Open;
use crate::time::Micros;

/// Long enough for a cough, short enough to feel heard.
const DEFAULT_CONFIRM: Micros = Micros::from_ms(300);
/// What a person needs to make up their mind, and hardly more than they bear.
const DEFAULT_SILENCE: Micros = Micros::from_secs(5);
const DEFAULT_MUST_HEAR_TRIES: u8 = 3;

impl<'s> Builder<'s, '_> {
    pub(super) fn question(&mut self, declared: &'s StateDecl, listen: &'s ListenDecl, next: &'s NextDecl) -> Step {
        let slot = listen.slot.as_ref().and_then(|s| self.slots.find(s, self.findings));
        let slot_decl = slot.map(|i| &self.script.slots[i]);
        let (no_input, silence) = self.no_input(declared);
        let question = Question {
            slot: SlotIx::new(slot.unwrap_or(0)),
            open: slot_decl.and_then(SlotDecl::open),
            speech: slot_decl.is_some_and(|s| by_speech(s, listen)),
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
        let speech = by_speech(slot, listen);
        match &slot.holds {
            HoldsDecl::Scale(values) | HoldsDecl::Values(values) if !speech => vec![None; values.len()],
            HoldsDecl::Values(values) => values.iter().map(|v| self.grammar(v)).collect(),
            HoldsDecl::Scale(values) => values.iter().map(|v| Some(self.number_grammar(v))).collect(),
            HoldsDecl::Open(_) => Vec::new(),
        }
    }

    /// Tells what is odd about the keys of a question; whether keys are enough to answer it.
    fn by_keys_alone(&mut self, slot: &SlotDecl, listen: &ListenDecl) -> bool {
        match &slot.holds {
            HoldsDecl::Open(open) => self.typed_alone(*open, listen),
            HoldsDecl::Scale(_) => {
                self.unknown_key_values(slot, listen);
                true
            }
            HoldsDecl::Values(values) => {
                self.unknown_key_values(slot, listen);
                self.choices(values, listen)
            }
        }
    }

    fn unknown_key_values(&mut self, slot: &SlotDecl, listen: &ListenDecl) {
        for (_, value) in &listen.keys {
            if !slot.values().iter().any(|v| v.text == value.text) {
                self.unknown_value(slot, value);
            }
        }
    }

    fn choices(&mut self, values: &[Name], listen: &ListenDecl) -> bool {
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

    /// Whatever is of its kind can be typed, but for words.
    fn typed_alone(&mut self, open: Open, listen: &ListenDecl) -> bool {
        if let Some((key, _)) = listen.keys.first() {
            let help = "remove `keys`: digits are typed, and `#` ends them";
            self.findings.add(Code::Conflict, key.at, "a key for a value in a question that lists none", help);
        }
        if open == Open::Text {
            let help = "ask for it where it is worth losing the callers who are not understood";
            self.findings.add(Code::NoKeys, listen.at, "a free answer cannot be given by keys", help);
        }
        open != Open::Text
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

    pub(super) fn must_hear(&mut self, declared: &StateDecl) -> Bound {
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

    /// The keys of `anywhere` that a state does not use itself.
    pub(super) fn anywhere_keys(&mut self, is_taken: impl Fn(&str) -> bool) -> Vec<(Box<str>, Meaning)> {
        let mut keys = Vec::new();
        for (place, entry) in self.script.anywhere.iter().enumerate() {
            let free = entry.keys.iter().filter(|k| !is_taken(&k.text));
            keys.extend(free.map(|k| (k.text.as_str().into(), Meaning::Anywhere(place))));
        }
        keys
    }

    pub(super) fn question_keys(&mut self, declared: &StateDecl) -> Vec<(Box<str>, Meaning)> {
        let Some(listen) = &declared.listen else { return Vec::new() };
        let slot = listen.slot.as_ref().and_then(|s| self.slots.get(s.as_str()));
        let Some(slot) = slot.map(|i| &self.script.slots[i]) else { return Vec::new() };
        let mut keys = own_keys(slot, listen);
        let typed = slot.open().is_some_and(|open| open != Open::Text);
        let digits = |key: &str| typed && key.bytes().all(|b| b.is_ascii_digit());
        let anywhere = self.anywhere_keys(|key| digits(key) || keys.iter().any(|(taken, _)| **taken == *key));
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

/// Keys and the values that they stand for; those of a scale are its numbers, unless others are given.
fn own_keys(slot: &SlotDecl, listen: &ListenDecl) -> Vec<(Box<str>, Meaning)> {
    let place = |value: &str| slot.values().iter().position(|v| v.text == value);
    let given = listen.keys.iter();
    let mut keys: Vec<(Box<str>, Meaning)> = given
        .filter_map(|(key, value)| Some((key.text.as_str().into(), Meaning::Value(place(value.as_str())?))))
        .collect();
    if let (HoldsDecl::Scale(values), true) = (&slot.holds, keys.is_empty()) {
        keys.extend(values.iter().enumerate().map(|(i, v)| (v.text.as_str().into(), Meaning::Value(i))));
    }
    keys
}

/// The key-less recogniser mishears single digits too often: a scale is answered by keys, unless the script says more.
fn by_speech(slot: &SlotDecl, listen: &ListenDecl) -> bool {
    listen.speech.unwrap_or(!matches!(slot.holds, HoldsDecl::Scale(_)))
}
