//! Where states lead, and on which values.

use super::Builder;
use crate::dialog::finding::{Code, Span, did_you_mean};
use crate::dialog::plan::{Branch, Condition, Ix, Next, SlotIx, StateIx, Subject, Test, VariableIx};
use crate::dialog::schema::{HoldsDecl, Name, NextDecl, SlotDecl, VariableKind, WhenDecl};
use crate::dialog::values::Open;

/// What a condition may ask of any slot.
const FILLED: &str = "filled";
const EMPTY: &str = "empty";

impl<'s> Builder<'s, '_> {
    pub(super) fn unknown_value(&mut self, slot: &SlotDecl, value: &Name) {
        let help = did_you_mean(value.as_str(), slot.values().iter().map(Name::as_str));
        let message = format!("slot `{}` has no value `{}`", slot.name.text, value.text);
        self.findings.add(Code::UnknownValue, value.at, message, help);
    }

    /// Tells where a slot has no such value.
    fn expect_value(&mut self, slot: &SlotDecl, value: &Name) -> bool {
        let known = slot.values().iter().any(|v| v.text == value.text);
        if !known {
            self.unknown_value(slot, value);
        }
        known
    }

    pub(super) fn setting(&mut self, slot: &Name, value: &Name) -> Option<(SlotIx, String)> {
        let place = self.slots.find(slot, self.findings)?;
        let declared = &self.script.slots[place];
        if declared.open().is_some() {
            let message = format!("slot `{}` cannot be set by a script", slot.text);
            self.findings.add(Code::Conflict, slot.at, message, "set slots whose values are listed");
            return None;
        }
        self.expect_value(declared, value).then(|| (SlotIx::new(place), value.text.clone()))
    }

    pub(super) fn next(&mut self, declared: &'s NextDecl, slot: Option<&'s SlotDecl>) -> Next {
        match (declared, slot) {
            (NextDecl::To(state), _) => Next::To(self.state_named(state)),
            (NextDecl::When(branches), _) => Next::When(branches.iter().map(|b| self.branch(b)).collect()),
            (NextDecl::ByValue(_, at), Some(slot)) if slot.open().is_some() => {
                self.whole = false;
                let message = format!("the values of slot `{}` are not listed", slot.name.text);
                self.findings.add(Code::Conflict, *at, message, "lead to one state, or to branches with `when`");
                Next::To(StateIx::new(0))
            }
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
            self.expect_value(slot, value);
        }
        let mut targets = Vec::new();
        for value in slot.values() {
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
        if let Some(place) = self.variables.get(subject.as_str()) {
            let is_number = self.script.variables[place].kind == VariableKind::Number;
            let test = |value: &Name| range(value).filter(|_| is_number).unwrap_or(Test::Is(value.text.clone()));
            let tests = values.iter().map(test).collect();
            return Some(Condition { subject: Subject::Variable(VariableIx::new(place)), tests });
        }
        let place = self.slots.find(subject, self.findings)?;
        let slot = &self.script.slots[place];
        let tests = values.iter().filter_map(|value| self.test(slot, value)).collect();
        Some(Condition { subject: Subject::Slot(SlotIx::new(place)), tests })
    }

    fn test(&mut self, slot: &SlotDecl, value: &Name) -> Option<Test> {
        match value.as_str() {
            FILLED => return Some(Test::Filled),
            EMPTY => return Some(Test::Empty),
            _ => {}
        }
        match slot.holds {
            HoldsDecl::Values(_) => self.expect_value(slot, value).then(|| Test::Is(value.text.clone())),
            HoldsDecl::Scale(_) if range(value).is_none() => {
                self.expect_value(slot, value).then(|| Test::Is(value.text.clone()))
            }
            HoldsDecl::Scale(_) | HoldsDecl::Open(Open::Number { .. }) => {
                range(value).or_else(|| Some(Test::Is(value.text.clone())))
            }
            HoldsDecl::Open(_) => Some(Test::Is(value.text.clone())),
        }
    }
}

/// The numbers of `0-6`.
fn range(value: &Name) -> Option<Test> {
    let (from, to) = value.text.split_once('-')?;
    Some(Test::Between(from.parse().ok()?, to.parse().ok()?))
}
