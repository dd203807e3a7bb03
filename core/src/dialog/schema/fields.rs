//! Maps as structs: known keys, nearest ones, required ones.

use super::{Name, scalars};
use crate::dialog::document::{Entry, Node, Value};
use crate::dialog::finding::{Code, Findings, Span, did_you_mean};

/// The fields of one map.
pub(crate) struct Fields<'d> {
    /// What the map is, as in "a state".
    what: &'static str,
    at: Span,
    entries: &'d [Entry],
}

impl<'d> Fields<'d> {
    /// Opens a map that has no keys but these.
    pub(crate) fn open(
        node: &'d Node,
        what: &'static str,
        known: &'static [&'static str],
        findings: &mut Findings,
    ) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            wrong_type(node, &format!("{what} is a map"), findings);
            return None;
        };
        for entry in entries.iter().filter(|e| !known.contains(&e.key.as_str())) {
            let help = did_you_mean(&entry.key, known.iter().copied());
            findings.add(Code::UnknownKey, entry.at, format!("{what} has no key `{}`", entry.key), help);
        }
        Some(Self { what, at: node.at, entries })
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&'d Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    pub(crate) fn node(&self, key: &str) -> Option<&'d Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// A field that must be there.
    pub(crate) fn required(&self, key: &str, example: &str, findings: &mut Findings) -> Option<&'d Node> {
        let node = self.node(key);
        if node.is_none() {
            let help = format!("add it, as in `{key}: {example}`");
            findings.add(Code::MissingField, self.at, format!("{} has no `{key}`", self.what), help);
        }
        node
    }

    pub(crate) fn name(&self, key: &str, findings: &mut Findings) -> Option<Name> {
        self.node(key).and_then(|n| scalars::name(n, findings))
    }

    pub(crate) fn flag(&self, key: &str, findings: &mut Findings) -> Option<bool> {
        self.node(key).and_then(|n| scalars::flag(n, findings))
    }
}

/// The entries of a map whose keys are the author's.
pub(crate) fn entries<'d>(node: &'d Node, what: &str, findings: &mut Findings) -> &'d [Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        Value::Text(_) | Value::List(_) => {
            wrong_type(node, &format!("{what} is a map"), findings);
            &[]
        }
    }
}

/// A list, or one item that stands for a list of one.
pub(crate) fn one_or_more(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        Value::Text(_) | Value::Map(_) => std::slice::from_ref(node),
    }
}

pub(crate) fn list<'d>(node: &'d Node, what: &str, findings: &mut Findings) -> &'d [Node] {
    match &node.value {
        Value::List(items) => items,
        Value::Text(_) | Value::Map(_) => {
            wrong_type(node, &format!("{what} is a list"), findings);
            &[]
        }
    }
}

pub(crate) fn wrong_type(node: &Node, expected: &str, findings: &mut Findings) {
    findings.add(Code::WrongType, node.at, format!("{} stands here", node.kind()), format!("{expected} in this place"));
}
