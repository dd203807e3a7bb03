//! Rules for every kind: an opt-out everywhere, an honest first sentence, personal data only for its person.

use crate::dialog::finding::{Code, Findings};
use crate::dialog::grammar;
use crate::dialog::plan::{Dialplan, Ix, PromptIx, State, StateIx};
use crate::dialog::schema::Script;
use crate::model::{AnsweredBy, Disposition};

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    opt_out(script, plan, findings);
    disclosure(script, plan, findings);
    personal_data(script, plan, findings);
}

fn opt_out(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let is_opt_out = |next: StateIx| plan.state(next).ending().is_some_and(|e| e.disposition == Disposition::DoNotCall);
    let keys = |i: usize| !script.anywhere[i].keys.is_empty();
    let found = plan.anywhere.iter().enumerate().any(|(i, a)| is_opt_out(a.next) && a.hear.is_some() && keys(i));
    let listens = plan.states.iter().any(|s| s.question().is_some());
    if listens && !found {
        let help = "add to `anywhere`, as in `stop_calling: {hear: opt_out, keys: [\"9\", \"*9\"], next: opt_out}`, where state `opt_out` has `end: do-not-call`";
        findings.add(
            Code::NoOptOut,
            script.name.at,
            "a callee cannot opt out by voice and by a key in every listening state",
            help,
        );
    }
}

/// Who is spoken to first must learn that no person speaks.
fn disclosure(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let mut starts =
        [AnsweredBy::Human, AnsweredBy::Unknown, AnsweredBy::Screening].map(|who| plan.start(who)).to_vec();
    starts.dedup();
    starts.sort_unstable();
    starts.dedup();
    for start in starts {
        let state = plan.state(start);
        for (language, tag) in plan.languages.iter().enumerate() {
            let Some(words) = grammar::language(tag) else { continue };
            let said: String = state.say.iter().flat_map(|p| words_of(plan, *p, language)).collect();
            if !said.is_empty() && !words.discloses(&said) {
                let name = &script.states[start.index()].name;
                let message = format!("what `{}` says first in `{tag}` does not say that no person speaks", name.text);
                let help = format!("say one of: {}", words.phrases("disclosure").join(", "));
                findings.add(Code::UndisclosedAssistant, name.at, message, help);
            }
        }
    }
}

fn words_of(plan: &Dialplan, prompt: PromptIx, language: usize) -> Vec<&str> {
    use crate::dialog::plan::Piece;
    let pieces = plan.prompts[prompt.index()].spoken[language].pieces.iter();
    pieces.map(|p| if let Piece::Words(words) = p { words } else { " " }).chain([" "]).collect()
}

/// Walks the dialog with what is known of the person: before the identifying question was answered by a yes, only that
/// question itself may speak personal data; to a machine nothing may.
fn personal_data(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let mut seen = vec![[false; 2]; plan.states.len()];
    let mut open: Vec<(StateIx, bool)> = plan.starts.iter().map(|s| (*s, false)).collect();
    open.extend(plan.anywhere.iter().map(|a| (a.next, false)));
    while let Some((at, known)) = open.pop() {
        if std::mem::replace(&mut seen[at.index()][usize::from(known)], true) {
            continue;
        }
        let state = plan.state(at);
        for (to, yes) in identifying_edges(plan, state) {
            open.push((to, known || yes));
        }
    }
    let machine = plan.start(AnsweredBy::Machine);
    for (i, declared) in script.states.iter().enumerate() {
        let state = &plan.states[i];
        let Some(variable) = spoken_pii(plan, state) else { continue };
        let to_machine = state.to_machine || StateIx::new(i) == machine;
        let asks_who = state.question().is_some_and(|q| plan.slots[q.slot.index()].identifies);
        if to_machine || (seen[i][0] && !asks_who) {
            let listener = if to_machine { "a machine" } else { "somebody not identified yet" };
            let message = format!("`{}` speaks `{{{variable}}}` to {listener}", declared.name.text);
            let help = "say it after a question with an `identifies` slot was answered by a yes, or leave it out";
            findings.add(Code::PersonalData, declared.name.at, message, help);
        }
    }
}

/// The edges of a state, and whether taking one identifies the person.
fn identifying_edges(plan: &Dialplan, state: &State) -> Vec<(StateIx, bool)> {
    let Some(question) = state.question() else { return state.edges().into_iter().map(|to| (to, false)).collect() };
    let identifies = plan.slots[question.slot.index()].identifies;
    super::consent::value_edges(plan, question)
        .into_iter()
        .map(|(to, yes)| (to, identifies && yes))
        .chain([(question.no_input.next, false), (question.no_match.next, false)])
        .collect()
}

fn spoken_pii<'p>(plan: &'p Dialplan, state: &State) -> Option<&'p str> {
    let question = state.question();
    let more = question.iter().flat_map(|q| q.reprompt.iter().chain(&q.by_keys));
    let spoken = state.say.iter().chain(more).flat_map(|p| &plan.prompts[p.index()].spoken);
    let variable = spoken.flat_map(|s| s.variables()).map(|v| &plan.variables[v.index()]).find(|v| v.pii)?;
    Some(&variable.name)
}
