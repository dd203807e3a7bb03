//! Resolves every name of a script.

mod edges;
mod grammars;
mod prompts;
mod questions;
mod states;
mod tests;

use std::collections::HashMap;

use super::names::Names;
use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Anywhere, Dialplan, Grammar, GrammarIx, Ix, PromptIx, Slot, StateIx, Variable, class};
use crate::dialog::schema::{AnywhereDecl, HoldsDecl, Name, Script, SlotDecl, VariableDecl, VariableKind};
use crate::dialog::values::Open;
use crate::model::{DialplanId, sha256_hex};

/// A plan, as far as it could be resolved.
pub(super) struct Built {
    pub(super) plan: Dialplan,
    /// Every edge is there: reachability means something.
    pub(super) whole: bool,
}

/// What resolving needs.
struct Builder<'s, 'f> {
    script: &'s Script,
    findings: &'f mut Findings,
    states: Names<'s>,
    prompts: Names<'s>,
    slots: Names<'s>,
    variables: Names<'s>,
    declared_grammars: Names<'s>,
    grammars: Vec<Grammar>,
    grammar_index: HashMap<String, GrammarIx>,
    whole: bool,
}

/// Builds the plan. Names that do not resolve are replaced by the first of their kind, after a finding. `None` where
/// there is no state at all.
pub(super) fn build(script: &Script, source: &[u8], findings: &mut Findings) -> Option<Built> {
    if script.states.is_empty() {
        return None;
    }
    let mut builder = Builder {
        states: Names::new("state", Code::UnknownState, script.states.iter().map(|s| &s.name)),
        prompts: Names::new("prompt", Code::UnknownPrompt, script.prompts.iter().map(|p| &p.name)),
        slots: Names::new("slot", Code::UnknownSlot, script.slots.iter().map(|s| &s.name)),
        variables: Names::new("variable", Code::UnknownVariable, script.variables.iter().map(|v| &v.name)),
        declared_grammars: Names::new("grammar", Code::UnknownGrammar, script.grammars.iter().map(|g| &g.name)),
        grammars: Vec::new(),
        grammar_index: HashMap::new(),
        whole: true,
        script,
        findings,
    };
    let plan = builder.plan(source);
    for names in [&builder.prompts, &builder.slots, &builder.variables, &builder.declared_grammars] {
        names.tell_unused(builder.findings);
    }
    Some(Built { plan, whole: builder.whole })
}

impl<'s> Builder<'s, '_> {
    fn plan(&mut self, source: &[u8]) -> Dialplan {
        let script = self.script;
        self.refuse_reserved_grammars();
        let anywhere = script.anywhere.iter().map(|a| self.anywhere(a)).collect();
        let states = self.all_states();
        let prompts = script.prompts.iter().map(|p| self.prompt(p)).collect();
        Dialplan {
            id: DialplanId { name: script.name.text.clone(), version: script.version, hash: sha256_hex(source) },
            kind: script.kind,
            pipeline: script.pipeline,
            languages: script.languages.iter().map(|l| l.text.clone()).collect(),
            limits: script.limits,
            evidence: script.evidence,
            variables: script.variables.iter().map(variable).collect(),
            slots: script.slots.iter().map(slot).collect(),
            prompts,
            anywhere,
            repeat: self.built_in_repeat(),
            wait: self.built_in_wait(),
            starts: self.starts(),
            tests: self.script_tests(),
            grammars: std::mem::take(&mut self.grammars),
            states,
        }
    }

    fn starts(&mut self) -> [StateIx; 5] {
        let mut starts = [StateIx::new(0); 5];
        let Some(answered_by) = &self.script.answered_by else {
            self.whole = false;
            return starts;
        };
        self.whole &= answered_by.of.len() == starts.len();
        for (who, state) in &answered_by.of {
            starts[class(*who)] = self.state_named(state);
        }
        starts
    }

    fn anywhere(&mut self, declared: &'s AnywhereDecl) -> Anywhere {
        let hear = declared.hear.as_ref().and_then(|g| self.grammar(g));
        let next = self.state_or_finding(declared.next.as_ref());
        Anywhere { name: declared.name.text.clone(), hear, next }
    }

    fn state_named(&mut self, name: &Name) -> StateIx {
        let found = self.states.find(name, self.findings);
        self.whole &= found.is_some();
        StateIx::new(found.unwrap_or(0))
    }

    /// The state of a field whose absence has been told already.
    fn state_or_finding(&mut self, name: Option<&Name>) -> StateIx {
        self.whole &= name.is_some();
        name.map_or(StateIx::new(0), |n| self.state_named(n))
    }

    fn prompts_named(&mut self, names: &[Name]) -> Vec<PromptIx> {
        names.iter().filter_map(|n| self.prompts.find(n, self.findings)).map(PromptIx::new).collect()
    }
}

fn variable(declared: &VariableDecl) -> Variable {
    Variable {
        name: declared.name.text.clone(),
        kind: declared.kind,
        pii: declared.pii,
        max: declared.max as usize,
        example: declared.example.as_ref().map(|e| e.text.clone()),
    }
}

fn slot(declared: &SlotDecl) -> Slot {
    Slot {
        name: declared.name.text.clone(),
        values: declared.values().iter().map(|v| v.text.clone()).collect(),
        reading: reading(declared),
        identifies: declared.identifies,
        store: declared.store,
    }
}

fn reading(declared: &SlotDecl) -> Option<VariableKind> {
    Some(match declared.holds {
        HoldsDecl::Values(_) => return None,
        HoldsDecl::Scale(_) | HoldsDecl::Open(Open::Number { .. }) => VariableKind::Number,
        HoldsDecl::Open(Open::Digits { .. }) => VariableKind::Digits,
        HoldsDecl::Open(Open::Date) => VariableKind::Date,
        HoldsDecl::Open(Open::Time) => VariableKind::Time,
        HoldsDecl::Open(Open::DateTime) => VariableKind::DateTime,
        HoldsDecl::Open(Open::Text) => VariableKind::Text,
    })
}
