//! `tests`: what a caller does, and what must come of it.

use jiff::civil::DateTime;

use super::asking::pairs;
use super::fields::{Fields, list};
use super::{Name, scalars};
use crate::dialog::document::Node;
use crate::dialog::finding::{Code, Findings, Span};
use crate::time::Micros;

/// One test.
#[derive(Debug)]
pub(crate) struct TestDecl {
    pub(crate) name: Name,
    pub(crate) language: Option<Name>,
    pub(crate) now: Option<DateTime>,
    pub(crate) answered_by: Option<Name>,
    pub(crate) variables: Vec<(Name, Name)>,
    pub(crate) caller: Vec<StepDecl>,
    pub(crate) expect: ExpectDecl,
}

/// What a caller does once in a state.
#[derive(Debug)]
pub(crate) struct StepDecl {
    pub(crate) state: Name,
    pub(crate) after: Option<Micros>,
    pub(crate) does: DoDecl,
}

/// One deed of a caller.
#[derive(Debug)]
pub(crate) enum DoDecl {
    Say(Name),
    Keys(Name),
    Silence,
    HangUp,
    Mumble,
    MissPrompt,
    TurnOutToBe(Name),
}

/// What must come of it; what is not named is not checked.
#[derive(Debug, Default)]
pub(crate) struct ExpectDecl {
    pub(crate) end: Option<Name>,
    pub(crate) failure_code: Option<Name>,
    pub(crate) result: Option<Name>,
    pub(crate) queue: Option<Name>,
    pub(crate) path: Option<Vec<Name>>,
    pub(crate) heard: Option<Vec<Name>>,
    pub(crate) answers: Option<Vec<(Name, Name)>>,
    pub(crate) at: Span,
}

pub(crate) fn tests(node: &Node, findings: &mut Findings) -> Vec<TestDecl> {
    list(node, "`tests`", findings).iter().filter_map(|n| test(n, findings)).collect()
}

fn test(node: &Node, findings: &mut Findings) -> Option<TestDecl> {
    const KEYS: &[&str] = &["name", "language", "now", "answered_by", "variables", "caller", "expect"];
    let fields = Fields::open(node, "a test", KEYS, findings)?;
    let name = scalars::name(fields.required("name", "says yes", findings)?, findings)?;
    let expect = fields.required("expect", "{end: completed}", findings)?;
    let caller = fields.node("caller").map(|n| list(n, "`caller`", findings)).unwrap_or_default();
    Some(TestDecl {
        name,
        language: fields.name("language", findings),
        now: fields.node("now").and_then(|n| local_time(n, findings)),
        answered_by: fields.name("answered_by", findings),
        variables: fields.node("variables").map(|n| pairs(n, "`variables`", findings)).unwrap_or_default(),
        caller: caller.iter().filter_map(|n| step(n, findings)).collect(),
        expect: expected(expect, findings)?,
    })
}

fn local_time(node: &Node, findings: &mut Findings) -> Option<DateTime> {
    let text = scalars::name(node, findings)?;
    let parsed = text.text.parse().ok();
    if parsed.is_none() {
        let message = format!("`{}` is no date and time", text.text);
        findings.add(Code::BadValue, node.at, message, "write the local one, as in `2026-11-21T09:00`");
    }
    parsed
}

/// Keys that a caller presses in a step, at most.
const TYPED: usize = 24;

fn step(node: &Node, findings: &mut Findings) -> Option<StepDecl> {
    const DEEDS: [&str; 7] = ["say", "key", "silence", "hang_up", "mumble", "miss_prompt", "turns_out_to_be"];
    const KEYS: &[&str] =
        &["in", "after", "say", "key", "silence", "hang_up", "mumble", "miss_prompt", "turns_out_to_be"];
    let fields = Fields::open(node, "a caller's step", KEYS, findings)?;
    let state = scalars::name(fields.required("in", "hello", findings)?, findings)?;
    let range = Micros::ZERO..=Micros::from_secs(60);
    let after = fields.node("after").and_then(|n| scalars::duration(n, range, findings));
    let deeds: Vec<&str> = DEEDS.into_iter().filter(|d| fields.entry(d).is_some()).collect();
    let [deed] = deeds[..] else {
        findings.add(
            Code::Conflict,
            node.at,
            format!("a step has one deed, this has {}", deeds.len()),
            format!("give one of `{}`", DEEDS.join("`, `")),
        );
        return None;
    };
    let does = match deed {
        "say" => DoDecl::Say(fields.name(deed, findings)?),
        "key" => {
            let keys = fields.name(deed, findings)?;
            super::asking::check_keys(&keys, TYPED, findings);
            DoDecl::Keys(keys)
        }
        "turns_out_to_be" => DoDecl::TurnOutToBe(fields.name(deed, findings)?),
        "hang_up" => DoDecl::HangUp,
        "mumble" => DoDecl::Mumble,
        "miss_prompt" => DoDecl::MissPrompt,
        _ => DoDecl::Silence,
    };
    Some(StepDecl { state, after, does })
}

fn expected(node: &Node, findings: &mut Findings) -> Option<ExpectDecl> {
    const KEYS: &[&str] = &["end", "failure_code", "result", "queue", "path", "heard", "answers"];
    let fields = Fields::open(node, "`expect`", KEYS, findings)?;
    Some(ExpectDecl {
        end: fields.name("end", findings),
        failure_code: fields.name("failure_code", findings),
        result: fields.name("result", findings),
        queue: fields.name("queue", findings),
        path: fields.node("path").map(|n| scalars::names(n, findings)),
        heard: fields.node("heard").map(|n| scalars::names(n, findings)),
        answers: fields.node("answers").map(|n| pairs(n, "`answers`", findings)),
        at: node.at,
    })
}
