//! Consent: given only by a person who is known, heard the notice in full, said yes, and said yes to the read-back.

use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, Ix, Next, Question, State, StateIx, Step};
use crate::dialog::schema::Script;

/// The result of an end that claims a consent.
pub(super) const GIVEN: &str = "consent_given";

/// What a path has proven so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Proof {
    identified: bool,
    heard: bool,
    /// Explicit ones after the notice was heard; two are enough.
    yeses: usize,
}

impl Proof {
    const NONE: Self = Self { identified: false, heard: false, yeses: 0 };
    const KINDS: usize = 12;

    fn place(self) -> usize {
        usize::from(self.identified) + 2 * usize::from(self.heard) + 4 * self.yeses
    }

    fn lacking(self) -> Option<&'static str> {
        match self {
            Self { identified: false, .. } => Some("the person being identified"),
            Self { heard: false, .. } => Some("the notice being heard in full (`must_hear`)"),
            Self { yeses: 0, .. } => Some("an explicit yes after the notice"),
            Self { yeses: 1, .. } => Some("a read-back that was answered by an explicit yes"),
            Self { .. } => None,
        }
    }
}

/// Nobody's yes may be written by the script itself.
pub(super) fn check_defaults(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    for (declared, state) in script.states.iter().zip(&plan.states) {
        for (slot, value) in &state.set {
            let slot_plan = &plan.slots[slot.index()];
            let asked = plan.states.iter().filter_map(State::question).filter(|question| question.slot == *slot);
            let place = slot_plan.values.iter().position(|v| v == value);
            if place.is_some_and(|place| asked.into_iter().any(|question| affirms(plan, question, place))) {
                let message = format!("`{}` sets `{}` to a yes that nobody said", declared.name.text, slot_plan.name);
                let help = "let the caller's own answer fill it; a script may only set a no";
                findings.add(Code::ConsentPath, declared.name.at, message, help);
            }
        }
    }
}

/// Whether a value of a question is heard as an explicit yes.
fn affirms(plan: &Dialplan, question: &Question, value: usize) -> bool {
    let grammar = question.grammars.get(value).copied().flatten();
    grammar.is_some_and(|g| plan.grammars[g.index()].affirms)
}

/// Walks every path, `anywhere` and answering classes included, with what it has proven.
pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let claims = |state: &State| state.ending().is_some_and(|e| e.result.as_deref() == Some(GIVEN));
    if !plan.states.iter().any(claims) {
        return;
    }
    let mut seen = vec![[false; Proof::KINDS]; plan.states.len()];
    let mut told = vec![false; plan.states.len()];
    let mut open: Vec<(StateIx, Proof)> = plan.starts.iter().map(|s| (*s, Proof::NONE)).collect();
    open.extend(plan.anywhere.iter().map(|a| (a.next, Proof::NONE)));
    while let Some((at, proof)) = open.pop() {
        if std::mem::replace(&mut seen[at.index()][proof.place()], true) {
            continue;
        }
        let state = plan.state(at);
        if let (true, Some(lacking)) = (claims(state), proof.lacking())
            && !std::mem::replace(&mut told[at.index()], true)
        {
            let name = &script.states[at.index()].name;
            let message = format!("a path leads to the consent of `{}` without {lacking}", name.text);
            let help = "close that path: no silence, misunderstanding, key or class may stand for it";
            findings.add(Code::ConsentPath, name.at, message, help);
        }
        open.extend(successors(plan, state, proof));
    }
}

fn successors(plan: &Dialplan, state: &State, proof: Proof) -> Vec<(StateIx, Proof)> {
    match &state.step {
        Step::End(_) => Vec::new(),
        Step::Go(next) => {
            let after = Proof { heard: proof.heard || state.must_hear.is_some(), ..proof };
            let mut successors: Vec<_> = next.targets().into_iter().map(|to| (to, after)).collect();
            successors.extend(state.must_hear.map(|bound| (bound.next, proof)));
            successors
        }
        Step::Ask(question) => {
            let identifies = plan.slots[question.slot.index()].identifies;
            let answered = |yes: bool| match (yes, identifies) {
                (true, true) => Proof { identified: true, ..proof },
                (true, false) if proof.heard => Proof { yeses: (proof.yeses + 1).min(2), ..proof },
                (true, false) => proof,
                // Who takes it back has not said yes before.
                (false, _) => Proof { yeses: 0, ..proof },
            };
            let mut successors: Vec<_> =
                value_edges(plan, question).into_iter().map(|(to, yes)| (to, answered(yes))).collect();
            successors.extend([(question.no_input.next, proof), (question.no_match.next, proof)]);
            successors
        }
    }
}

/// Where each value of a question leads, and whether it is an explicit yes.
pub(super) fn value_edges(plan: &Dialplan, question: &Question) -> Vec<(StateIx, bool)> {
    let affirms = |value: usize| affirms(plan, question, value);
    if question.open.is_some() {
        // What cannot be listed is no yes.
        return question.next.targets().into_iter().map(|to| (to, false)).collect();
    }
    let values = 0..question.grammars.len();
    match &question.next {
        Next::To(to) => values.map(|v| (*to, affirms(v))).collect(),
        Next::ByValue(targets) => values.zip(targets).map(|(v, to)| (*to, affirms(v))).collect(),
        // A branch may look at anything: counts for a yes only where every value is one.
        Next::When(branches) => {
            let all = values.clone().all(affirms);
            branches.iter().map(|b| (b.to, all)).collect()
        }
    }
}
