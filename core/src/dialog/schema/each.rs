//! One state for several questions: it is written once, and stands for a state for each of them.
//!
//! `rate: {each: {wait: ask_wait, staff: ask_staff}, listen: {…}, next: thanks}` becomes `rate`, which says nothing and
//! leads on, `rate.wait` and `rate.staff`. Whatever looks at a script sees plain states.

use super::asking::{ListenDecl, NextDecl, WhenDecl, conditions};
use super::fields::{Fields, entries};
use super::states::StateDecl;
use super::{Name, scalars};
use crate::dialog::document::{Entry, Node, Value};
use crate::dialog::finding::{Code, Findings};

/// One question of several.
struct Item {
    slot: Name,
    say: Vec<Name>,
    /// When it is asked; empty: always.
    when: Vec<(Name, Vec<Name>)>,
}

/// The states that a state with `each` stands for.
pub(super) fn expand(state: StateDecl, each: &Node, findings: &mut Findings) -> Vec<StateDecl> {
    let items: Vec<Item> = entries(each, "`each`", findings).iter().filter_map(|e| item(e, findings)).collect();
    let Some(next) = destination(&state, each, findings) else { return vec![state] };
    let Some(listen) = state.listen.clone().filter(|_| !items.is_empty()) else {
        let help = "give it questions, and `listen` without a `slot`, as in `listen: {}`";
        findings.add(Code::MissingField, each.at, "`each` asks nothing", help);
        return vec![state];
    };
    let name = |item: &Item| Name { text: format!("{}.{}", state.name.text, item.slot.text), at: item.slot.at };
    let mut states = vec![StateDecl { next: Some(onward(&items, &name, &next)), ..silent(&state) }];
    for (i, item) in items.iter().enumerate() {
        states.push(StateDecl {
            name: name(item),
            say: item.say.clone(),
            listen: Some(ListenDecl { slot: Some(item.slot.clone()), ..listen.clone() }),
            next: Some(onward(&items[i + 1..], &name, &next)),
            ..state.clone()
        });
    }
    states
}

fn item(entry: &Entry, findings: &mut Findings) -> Option<Item> {
    let slot = Name { text: entry.key.clone(), at: entry.at };
    if let Value::Text(_) | Value::List(_) = &entry.value.value {
        return Some(Item { slot, say: scalars::names(&entry.value, findings), when: Vec::new() });
    }
    let fields = Fields::open(&entry.value, "a question of `each`", &["say", "when"], findings)?;
    let say = scalars::names(fields.required("say", "a_prompt", findings)?, findings);
    let when = fields.node("when").map(|n| conditions(n, findings)).unwrap_or_default();
    Some(Item { slot, say, when })
}

/// Where the last question leads.
fn destination(state: &StateDecl, each: &Node, findings: &mut Findings) -> Option<Name> {
    let next = match &state.next {
        Some(NextDecl::To(to)) => Some(to.clone()),
        Some(NextDecl::ByValue(..) | NextDecl::When(_)) | None => None,
    };
    if next.is_none() {
        let help = "lead to one state, and branch there";
        findings.add(Code::Conflict, each.at, "`each` leads to one state when all is asked", help);
    }
    if let Some(say) = state.say.first() {
        findings.add(Code::Conflict, say.at, "`say` and `each` exclude each other", "each question has its own prompt");
    }
    next
}

/// To the next of these questions that is to be asked.
fn onward(items: &[Item], name: &impl Fn(&Item) -> Name, last: &Name) -> NextDecl {
    let mut branches: Vec<WhenDecl> = Vec::new();
    for item in items {
        branches.push(WhenDecl { when: item.when.clone(), to: name(item) });
        if item.when.is_empty() {
            break;
        }
    }
    if branches.last().is_none_or(|branch| !branch.when.is_empty()) {
        branches.push(WhenDecl { when: Vec::new(), to: last.clone() });
    }
    match &branches[..] {
        [only] => NextDecl::To(only.to.clone()),
        _ => NextDecl::When(branches),
    }
}

/// The state under the author's own name: it leads to the first question.
fn silent(state: &StateDecl) -> StateDecl {
    StateDecl {
        reprompt: Vec::new(),
        by_keys: Vec::new(),
        listen: None,
        barge_in: None,
        no_input: None,
        no_match: None,
        visits: None,
        set: Vec::new(),
        ..state.clone()
    }
}
