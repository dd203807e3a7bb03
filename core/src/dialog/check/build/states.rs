//! States: what they say, what they ask, where they lead.

use std::sync::Arc;

use super::Builder;
use crate::dialog::finding::Code;
use crate::dialog::plan::{Bound, Ending, Ix, Meaning, Next, PromptIx, State, StateIx, Step};
use crate::dialog::schema::{BoundDecl, Name, NextDecl, StateDecl};

type Keys = Arc<[(Box<str>, Meaning)]>;

impl<'s> Builder<'s, '_> {
    pub(super) fn all_states(&mut self) -> Vec<State> {
        let anywhere: Keys = self.anywhere_keys(|_| false).into();
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
            visits: declared.visits.as_ref().map(|bound| self.visits(bound)),
            set: declared.set.iter().filter_map(|(slot, value)| self.setting(slot, value)).collect(),
            step,
            to_machine: declared.after_beep,
            keys,
            ahead: Vec::new(),
        }
    }

    /// Where a state leads that was entered often enough; that one is entered always.
    fn visits(&mut self, declared: &'s BoundDecl) -> Bound {
        let next = self.state_or_finding(declared.next.as_ref());
        if self.script.states[next.index()].visits.is_some() {
            let help = "lead to a state without `visits`, so that there is always somewhere to go";
            self.findings.add(Code::Conflict, declared.at, "`visits` leads to a state that has `visits` too", help);
        }
        Bound { tries: declared.tries, next }
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
