//! The graph: what can be reached, what can end, what goes round.

use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, Ix, State, StateIx, Step};
use crate::dialog::schema::Script;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let reached = reached(plan);
    let ending = ending(plan);
    for (i, declared) in script.states.iter().enumerate() {
        let (name, at) = (&declared.name.text, declared.name.at);
        if !reached[i] {
            findings.add(
                Code::UnreachableState,
                at,
                format!("nothing leads to state `{name}`"),
                "lead to it, or remove it",
            );
        } else if !ending[i] {
            let help = "lead from it to a state with `end`";
            findings.add(Code::NoWayToAnEnd, at, format!("from state `{name}` no end can be reached"), help);
        }
    }
    if let Some(state) = silent_circle(plan) {
        let declared = &script.states[state.index()].name;
        let message = format!("state `{}` comes back to itself without listening", declared.text);
        findings.add(Code::EndlessLoop, declared.at, message, "break the circle with a state that listens or ends");
    }
}

fn reached(plan: &Dialplan) -> Vec<bool> {
    let mut reached = vec![false; plan.states.len()];
    let mut open: Vec<StateIx> = plan.starts.to_vec();
    open.extend(plan.anywhere.iter().map(|a| a.next));
    while let Some(state) = open.pop() {
        if !std::mem::replace(&mut reached[state.index()], true) {
            open.extend(plan.state(state).edges());
        }
    }
    reached
}

/// Which states lead to an end by their own edges. An opt-out is no way out that a script may count on.
fn ending(plan: &Dialplan) -> Vec<bool> {
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); plan.states.len()];
    let mut open = Vec::new();
    for (i, state) in plan.states.iter().enumerate() {
        state.edges().iter().for_each(|to| from[to.index()].push(i));
        if state.ending().is_some() {
            open.push(i);
        }
    }
    let mut ending = vec![false; plan.states.len()];
    while let Some(i) = open.pop() {
        if !std::mem::replace(&mut ending[i], true) {
            open.extend(&from[i]);
        }
    }
    ending
}

/// A state on a circle of states of which none listens. Circles with a question in them are bounded by the turns.
fn silent_circle(plan: &Dialplan) -> Option<StateIx> {
    let silent = |s: &State| matches!(s.step, Step::Go(_));
    let mut waiting: Vec<usize> = vec![0; plan.states.len()];
    for state in plan.states.iter().filter(|s| silent(s)) {
        state.edges().iter().for_each(|to| waiting[to.index()] += 1);
    }
    // Takes away, again and again, silent states that no silent state leads to: what stays is on or behind a circle.
    let mut open: Vec<usize> = (0..plan.states.len()).filter(|&i| silent(&plan.states[i]) && waiting[i] == 0).collect();
    let mut taken = vec![false; plan.states.len()];
    while let Some(i) = open.pop() {
        taken[i] = true;
        for to in plan.states[i].edges() {
            waiting[to.index()] -= 1;
            if waiting[to.index()] == 0 && silent(&plan.states[to.index()]) {
                open.push(to.index());
            }
        }
    }
    (0..plan.states.len()).find(|&i| silent(&plan.states[i]) && !taken[i]).map(StateIx::new)
}
