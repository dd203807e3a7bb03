//! States, and what is heard anywhere.

use super::asking::{self, BoundDecl, ListenDecl, NextDecl, SilenceDecl};
use super::fields::{Fields, entries};
use super::{Name, each, scalars};
use crate::dialog::document::{Entry, Node, Value};
use crate::dialog::finding::{Code, Findings};
use crate::dialog::io::BargeIn;
use crate::model::Disposition;
use crate::time::Micros;

/// One state.
#[derive(Clone, Debug)]
pub(crate) struct StateDecl {
    pub(crate) name: Name,
    pub(crate) say: Vec<Name>,
    pub(crate) reprompt: Vec<Name>,
    pub(crate) by_keys: Vec<Name>,
    pub(crate) must_hear: bool,
    pub(crate) listen: Option<ListenDecl>,
    pub(crate) barge_in: Option<BargeDecl>,
    pub(crate) no_input: Option<SilenceDecl>,
    pub(crate) no_match: Option<BoundDecl>,
    pub(crate) visits: Option<BoundDecl>,
    pub(crate) set: Vec<(Name, Name)>,
    pub(crate) next: Option<NextDecl>,
    pub(crate) end: Option<Disposition>,
    pub(crate) result: Option<Name>,
    pub(crate) queue: Option<Name>,
    pub(crate) after_beep: bool,
}

/// `barge_in`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BargeDecl {
    Never,
    After(BargeIn),
}

/// One entry of `anywhere`.
#[derive(Debug)]
pub(crate) struct AnywhereDecl {
    pub(crate) name: Name,
    pub(crate) hear: Option<Name>,
    pub(crate) keys: Vec<Name>,
    pub(crate) next: Option<Name>,
}

const EACH: &str = "each";
const KEYS: &[&str] = &[
    "say",
    EACH,
    "reprompt",
    "by_keys",
    "must_hear",
    "listen",
    "barge_in",
    "no_input",
    "no_match",
    "visits",
    "set",
    "next",
    "end",
    "result",
    "queue",
    "after",
];

pub(crate) fn states(node: &Node, findings: &mut Findings) -> Vec<StateDecl> {
    entries(node, "`states`", findings).iter().flat_map(|e| states_of(e, findings)).collect()
}

/// A state, or the states that it stands for.
fn states_of(entry: &Entry, findings: &mut Findings) -> Vec<StateDecl> {
    let Some(state) = state(entry, findings) else { return Vec::new() };
    let each = match &entry.value.value {
        Value::Map(fields) => fields.iter().find(|field| field.key == EACH),
        Value::Text(_) | Value::List(_) => None,
    };
    match each {
        Some(each) => each::expand(state, &each.value, findings),
        None => {
            if let Some(listen) = state.listen.as_ref().filter(|listen| listen.slot.is_none()) {
                let help = "add it, as in `slot: a_slot`";
                findings.add(Code::MissingField, listen.at, "`listen` has no `slot`", help);
            }
            vec![state]
        }
    }
}

fn state(entry: &Entry, findings: &mut Findings) -> Option<StateDecl> {
    let name = scalars::coined(entry, findings);
    let fields = Fields::open(&entry.value, "a state", KEYS, findings)?;
    let names =
        |key: &str, findings: &mut Findings| fields.node(key).map(|n| scalars::names(n, findings)).unwrap_or_default();
    let state = StateDecl {
        say: names("say", findings),
        reprompt: names("reprompt", findings),
        by_keys: names("by_keys", findings),
        must_hear: fields.flag("must_hear", findings).unwrap_or(false),
        listen: fields.node("listen").and_then(|n| asking::listen(n, findings)),
        barge_in: fields.node("barge_in").and_then(|n| barge_in(n, findings)),
        no_input: fields.node("no_input").and_then(|n| asking::silence(n, findings)),
        no_match: fields.node("no_match").and_then(|n| asking::bound(n, "`no_match`", findings)),
        visits: fields.node("visits").and_then(|n| asking::visits(n, findings)),
        set: fields.node("set").map(|n| asking::pairs(n, "`set`", findings)).unwrap_or_default(),
        next: fields.node("next").and_then(|n| asking::next(n, findings)),
        end: fields.node("end").and_then(|n| disposition(n, findings)),
        result: fields.name("result", findings),
        queue: fields.name("queue", findings),
        after_beep: fields.node("after").and_then(|n| scalars::choice(n, &[("beep", true)], findings)).unwrap_or(false),
        name,
    };
    refuse_contradictions(&state, &fields, findings);
    Some(state)
}

fn refuse_contradictions(state: &StateDecl, fields: &Fields<'_>, findings: &mut Findings) {
    let excludes: [(&str, &str, &str); 7] = [
        ("end", "next", "a state that ends goes nowhere: remove one of the two"),
        ("end", "listen", "a state that ends does not listen: ask in a state before it"),
        ("end", "must_hear", "what must be heard leads to a state: let that one end"),
        ("must_hear", "listen", "say it in one state and ask in the next, so that it is left only when it was heard"),
        ("after", "listen", "a machine does not answer: remove one of the two"),
        ("result", "next", "only a state that ends has a result"),
        ("queue", "next", "only a state that ends sends the call to a queue"),
    ];
    for (one, other, help) in excludes {
        if let (Some(_), Some(at)) = (fields.entry(one), fields.entry(other)) {
            findings.add(Code::Conflict, at.at, format!("`{other}` and `{one}` exclude each other"), help);
        }
    }
    for key in ["reprompt", "by_keys", "barge_in", "no_input", "no_match"] {
        let Some(entry) = fields.entry(key).filter(|_| fields.entry("listen").is_none()) else { continue };
        findings.add(
            Code::Conflict,
            entry.at,
            format!("`{key}` in a state that does not listen"),
            "remove it, or add `listen`",
        );
    }
    if fields.entry("next").is_none() && fields.entry("end").is_none() {
        let message = format!("state `{}` has neither `next` nor `end`", state.name.text);
        findings.add(
            Code::MissingField,
            state.name.at,
            message,
            "say where it leads, as in `next: thanks`, or how it ends, as in `end: completed`",
        );
    }
    if state.must_hear && state.say.is_empty() {
        findings.add(Code::MissingField, state.name.at, "there is nothing to hear in this state", "add `say`");
    }
}

fn disposition(node: &Node, findings: &mut Findings) -> Option<Disposition> {
    /// What an end of a dialog may come to: the others happen before anybody is spoken to, or are not the script's.
    const ENDS: [Disposition; 7] = [
        Disposition::Completed,
        Disposition::Transferred,
        Disposition::DoNotCall,
        Disposition::Rescheduled,
        Disposition::Voicemail,
        Disposition::PartiallyCompleted,
        Disposition::Failed,
    ];
    let text = scalars::name(node, findings)?;
    if let Some(end) = text.text.parse().ok().filter(|d| ENDS.contains(d)) {
        return Some(end);
    }
    let choices = ENDS.map(|d| (d.as_str(), d));
    scalars::choice(node, &choices, findings)
}

pub(crate) fn barge_in(node: &Node, findings: &mut Findings) -> Option<BargeDecl> {
    if let crate::dialog::document::Value::Text(text) = &node.value
        && text == "false"
    {
        return Some(BargeDecl::Never);
    }
    let fields = Fields::open(node, "`barge_in`", &["confirm"], findings)?;
    let range = Micros::from_ms(100)..=Micros::from_secs(3);
    let confirm = scalars::duration(fields.required("confirm", "300ms", findings)?, range, findings)?;
    Some(BargeDecl::After(BargeIn { confirm }))
}

pub(crate) fn anywhere(node: &Node, findings: &mut Findings) -> Vec<AnywhereDecl> {
    entries(node, "`anywhere`", findings).iter().filter_map(|e| anywhere_entry(e, findings)).collect()
}

fn anywhere_entry(entry: &Entry, findings: &mut Findings) -> Option<AnywhereDecl> {
    let name = scalars::coined(entry, findings);
    let fields = Fields::open(&entry.value, "an `anywhere` entry", &["hear", "keys", "next"], findings)?;
    fields.required("next", "a_state", findings);
    let keys = fields.node("keys").map(|n| scalars::names(n, findings)).unwrap_or_default();
    keys.iter().for_each(|k| asking::check_keys(k, asking::SEQUENCE, findings));
    if fields.entry("hear").is_none() && keys.is_empty() {
        findings.add(
            Code::MissingField,
            name.at,
            "nothing is listened for",
            "add `hear` with a grammar, or `keys`, or both",
        );
    }
    Some(AnywhereDecl { name, hear: fields.name("hear", findings), keys, next: fields.name("next", findings) })
}
