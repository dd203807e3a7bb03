//! What a state listens for, and where it goes.

use voxgate_media::dtmf::Key;

use super::fields::{Fields, entries, wrong_type};
use super::{Name, scalars};
use crate::dialog::document::{Node, Value};
use crate::dialog::finding::{Code, Findings, Span};
use crate::time::Micros;

/// `listen`.
#[derive(Clone, Debug)]
pub(crate) struct ListenDecl {
    pub(crate) slot: Option<Name>,
    /// Keys and the value that each stands for.
    pub(crate) keys: Vec<(Name, Name)>,
    /// Whether it listens to speech, where that is said; `anywhere` entries are heard in any case.
    pub(crate) speech: Option<bool>,
    pub(crate) at: Span,
}

/// `tries` and where to go when they are used up.
#[derive(Clone, Debug)]
pub(crate) struct BoundDecl {
    pub(crate) tries: u8,
    pub(crate) next: Option<Name>,
    pub(crate) at: Span,
}

/// `no_input`.
#[derive(Clone, Debug)]
pub(crate) struct SilenceDecl {
    pub(crate) after: Option<Micros>,
    pub(crate) bound: BoundDecl,
}

/// `next`.
#[derive(Clone, Debug)]
pub(crate) enum NextDecl {
    To(Name),
    ByValue(Vec<(Name, Name)>, Span),
    When(Vec<WhenDecl>),
}

/// One item of a branching `next`.
#[derive(Clone, Debug)]
pub(crate) struct WhenDecl {
    /// Slots or variables with the values of which one must hold; all must. None: otherwise.
    pub(crate) when: Vec<(Name, Vec<Name>)>,
    pub(crate) to: Name,
}

pub(crate) fn listen(node: &Node, findings: &mut Findings) -> Option<ListenDecl> {
    let fields = Fields::open(node, "`listen`", &["slot", "keys", "speech"], findings)?;
    let keys = fields.node("keys").map(|n| pairs(n, "`keys`", findings)).unwrap_or_default();
    for (key, _) in &keys {
        check_keys(key, SEQUENCE, findings);
    }
    Some(ListenDecl { slot: fields.name("slot", findings), keys, speech: fields.flag("speech", findings), at: node.at })
}

/// Keys that mean one thing together, at most.
pub(crate) const SEQUENCE: usize = 4;

/// Refuses what cannot be pressed, or not by anybody who remembers it.
pub(crate) fn check_keys(keys: &Name, most: usize, findings: &mut Findings) {
    let pressable = keys.text.len() <= most && keys.text.chars().all(|c| Key::new(c).is_some() && !c.is_alphabetic());
    if !pressable {
        let message = format!("`{}` cannot be pressed", keys.text);
        let help = format!("write one to {most} of 0-9, * and #, quoted, as in \"1\"");
        findings.add(Code::BadValue, keys.at, message, help);
    }
}

/// A map from the author's names to names.
pub(crate) fn pairs(node: &Node, what: &str, findings: &mut Findings) -> Vec<(Name, Name)> {
    let mut pairs = Vec::new();
    for entry in entries(node, what, findings) {
        let Some(value) = scalars::name(&entry.value, findings) else { continue };
        pairs.push((Name { text: entry.key.clone(), at: entry.at }, value));
    }
    pairs
}

const TRIES: std::ops::RangeInclusive<u32> = 1..=10;

pub(crate) fn bound(node: &Node, what: &'static str, findings: &mut Findings) -> Option<BoundDecl> {
    let fields = Fields::open(node, what, &["tries", "next"], findings)?;
    Some(bound_fields(&fields, node.at, findings))
}

/// How often a state is entered at most, and where it leads then.
pub(crate) fn visits(node: &Node, findings: &mut Findings) -> Option<BoundDecl> {
    let fields = Fields::open(node, "`visits`", &["most", "next"], findings)?;
    let most = scalars::count(fields.required("most", "3", findings)?, TRIES, findings)?;
    fields.required("next", "a_state", findings);
    Some(BoundDecl { tries: u8::try_from(most).unwrap_or(u8::MAX), next: fields.name("next", findings), at: node.at })
}

pub(crate) fn silence(node: &Node, findings: &mut Findings) -> Option<SilenceDecl> {
    let fields = Fields::open(node, "`no_input`", &["after", "tries", "next"], findings)?;
    let range = Micros::from_secs(1)..=Micros::from_secs(60);
    let after = fields.node("after").and_then(|n| scalars::duration(n, range, findings));
    Some(SilenceDecl { after, bound: bound_fields(&fields, node.at, findings) })
}

fn bound_fields(fields: &Fields<'_>, at: Span, findings: &mut Findings) -> BoundDecl {
    let tries = fields.node("tries").and_then(|n| scalars::count(n, TRIES, findings));
    BoundDecl { tries: tries.unwrap_or(2) as u8, next: fields.name("next", findings), at }
}

pub(crate) fn next(node: &Node, findings: &mut Findings) -> Option<NextDecl> {
    match &node.value {
        Value::Text(_) => scalars::name(node, findings).map(NextDecl::To),
        Value::Map(_) => Some(NextDecl::ByValue(pairs(node, "`next`", findings), node.at)),
        Value::List(items) => {
            let branches: Vec<_> = items.iter().filter_map(|n| branch(n, findings)).collect();
            let otherwise = branches.iter().position(|b| b.when.is_empty());
            if otherwise.is_none_or(|i| i + 1 != items.len()) {
                let help = "end the list with one item without `when`, as in `{to: thanks}`";
                findings.add(Code::MissingEdge, node.at, "these branches do not cover every case exactly", help);
            }
            Some(NextDecl::When(branches))
        }
    }
}

fn branch(node: &Node, findings: &mut Findings) -> Option<WhenDecl> {
    let fields = Fields::open(node, "a branch", &["when", "to"], findings)?;
    fields.required("to", "a_state", findings);
    let when = fields.node("when").map(|n| conditions(n, findings)).unwrap_or_default();
    Some(WhenDecl { when, to: fields.name("to", findings)? })
}

/// Slots or variables with the values of which one must hold.
pub(crate) fn conditions(node: &Node, findings: &mut Findings) -> Vec<(Name, Vec<Name>)> {
    let mut when = Vec::new();
    for entry in entries(node, "`when`", findings) {
        let values = scalars::names(&entry.value, findings);
        when.push((Name { text: entry.key.clone(), at: entry.at }, values));
    }
    if when.is_empty() {
        wrong_type(node, "a map of slots to values is needed, as in `{consent: agree}`,", findings);
    }
    when
}
