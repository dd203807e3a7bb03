//! What is spoken of what was learned must have been learned, whichever way the dialog came.

use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, Ix, SlotIx, State, StateIx};
use crate::dialog::schema::Script;

/// By slot: whether it is surely filled.
type Filled = Box<[bool]>;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    if plan.prompts.iter().all(|p| p.spoken.iter().all(|s| s.slots().next().is_none())) {
        return;
    }
    let filled = on_entry(plan);
    for (declared, (state, filled)) in script.states.iter().zip(plan.states.iter().zip(&filled)) {
        let Some(filled) = filled else { continue };
        if let Some(slot) = spoken(plan, state).find(|slot| !filled[slot.index()]) {
            let name = &plan.slots[slot.index()].name;
            let message = format!("`{}` speaks `{{{name}}}`, which a path to it has not learned", declared.name.text);
            let help = "ask for it on every way there, or lead the others to a state with other words";
            findings.add(Code::UnfilledSlot, declared.name.at, message, help);
        }
    }
}

fn spoken<'p>(plan: &'p Dialplan, state: &'p State) -> impl Iterator<Item = SlotIx> + 'p {
    let question = state.question();
    let more = question.into_iter().flat_map(|q| q.reprompt.iter().chain(&q.by_keys));
    state.say.iter().chain(more).flat_map(|p| &plan.prompts[p.index()].spoken).flat_map(|s| s.slots())
}

/// What is filled whenever a state is entered; None where it is never entered. Meets over all ways until nothing changes.
fn on_entry(plan: &Dialplan) -> Vec<Option<Filled>> {
    let nothing: Filled = vec![false; plan.slots.len()].into();
    let mut filled: Vec<Option<Filled>> = vec![None; plan.states.len()];
    let mut open: Vec<(StateIx, Filled)> = plan.starts.iter().map(|s| (*s, nothing.clone())).collect();
    open.extend(plan.anywhere.iter().map(|a| (a.next, nothing.clone())));
    while let Some((at, here)) = open.pop() {
        let met = match &filled[at.index()] {
            Some(before) => before.iter().zip(&here).map(|(a, b)| *a && *b).collect(),
            None => here,
        };
        if filled[at.index()].as_ref() == Some(&met) {
            continue;
        }
        filled[at.index()] = Some(met.clone());
        open.extend(onward(plan.state(at), &met));
    }
    filled
}

/// Where a state leads, and what is filled then.
fn onward(state: &State, filled: &Filled) -> Vec<(StateIx, Filled)> {
    let mut after = filled.clone();
    state.set.iter().for_each(|(slot, _)| after[slot.index()] = true);
    let Some(question) = state.question() else {
        return state.edges().into_iter().map(|to| (to, after.clone())).collect();
    };
    let unanswered = [question.no_input.next, question.no_match.next].map(|to| (to, after.clone()));
    after[question.slot.index()] = true;
    let answered = question.next.targets().into_iter().map(|to| (to, after.clone()));
    answered.chain(unanswered).collect()
}
