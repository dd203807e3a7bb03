//! Slots: what a script learns.

use super::fields::Fields;
use super::{Name, scalars};
use crate::dialog::document::{Entry, Node};
use crate::dialog::finding::{Code, Findings, Span};
use crate::dialog::values::Open;

/// A slot.
#[derive(Debug)]
pub(crate) struct SlotDecl {
    pub(crate) name: Name,
    pub(crate) holds: HoldsDecl,
    pub(crate) identifies: bool,
    /// Whether what fills it is an answer, or only steers.
    pub(crate) store: bool,
}

/// What a slot can hold.
#[derive(Debug)]
pub(crate) enum HoldsDecl {
    /// One of these, each heard by the grammar of its name.
    Values(Vec<Name>),
    /// One of these whole numbers.
    Scale(Vec<Name>),
    /// Whatever is of its kind.
    Open(Open),
}

impl SlotDecl {
    /// Its values, where they are listed.
    pub(crate) fn values(&self) -> &[Name] {
        match &self.holds {
            HoldsDecl::Values(values) | HoldsDecl::Scale(values) => values,
            HoldsDecl::Open(_) => &[],
        }
    }

    pub(crate) fn open(&self) -> Option<Open> {
        match self.holds {
            HoldsDecl::Open(open) => Some(open),
            HoldsDecl::Values(_) | HoldsDecl::Scale(_) => None,
        }
    }
}

/// What stands for `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    YesNo,
    Digits,
    Number,
    Date,
    Time,
    DateTime,
    Text,
}

const TYPES: &[(&str, Type)] = &[
    ("yes_no", Type::YesNo),
    ("digits", Type::Digits),
    ("number", Type::Number),
    ("date", Type::Date),
    ("time", Type::Time),
    ("datetime", Type::DateTime),
    ("text", Type::Text),
];

const KEYS: &[&str] = &["values", "scale", "type", "length", "from", "to", "identifies", "store"];

pub(super) fn slot(entry: &Entry, findings: &mut Findings) -> Option<SlotDecl> {
    let name = scalars::coined(entry, findings);
    let fields = Fields::open(&entry.value, "a slot", KEYS, findings)?;
    let identifies = fields.flag("identifies", findings).unwrap_or(false);
    let holds = match (fields.node("values"), fields.node("scale"), fields.node("type")) {
        (Some(values), None, None) => HoldsDecl::Values(scalars::names(values, findings)),
        (None, Some(scale), None) => HoldsDecl::Scale(self::scale(scale, findings)?),
        (None, None, Some(kind)) => typed(scalars::choice(kind, TYPES, findings)?, &fields, entry.at, findings)?,
        _ => {
            let help = "give one of them, as in `values: [agree, refuse]`, `scale: 1-5` or `type: date`";
            findings.add(Code::Conflict, entry.at, "a slot has one of `values`, `scale` and `type`", help);
            return None;
        }
    };
    let store = fields.flag("store", findings).unwrap_or(!identifies);
    Some(SlotDecl { name, holds, identifies, store })
}

fn typed(kind: Type, fields: &Fields<'_>, at: Span, findings: &mut Findings) -> Option<HoldsDecl> {
    let only_for = |key: &str, of: Type, findings: &mut Findings| {
        if let Some(entry) = fields.entry(key).filter(|_| kind != of) {
            let message = format!("`{key}` means nothing for this type");
            findings.add(Code::Conflict, entry.at, message, "remove it");
        }
    };
    only_for("length", Type::Digits, findings);
    only_for("from", Type::Number, findings);
    only_for("to", Type::Number, findings);
    Some(HoldsDecl::Open(match kind {
        Type::YesNo => {
            let value = |text: &str| Name { text: text.to_owned(), at };
            return Some(HoldsDecl::Values(vec![value("yes"), value("no")]));
        }
        Type::Digits => length(fields.required("length", "4", findings)?, findings)?,
        Type::Number => bounds(fields, at, findings)?,
        Type::Date => Open::Date,
        Type::Time => Open::Time,
        Type::DateTime => Open::DateTime,
        Type::Text => Open::Text,
    }))
}

/// `4`, or `4-6`.
fn length(node: &Node, findings: &mut Findings) -> Option<Open> {
    let text = scalars::name(node, findings)?;
    let (least, most) = text.text.split_once('-').unwrap_or((&text.text, &text.text));
    let number = |text: &str| text.parse().ok().filter(|n| (1..=20).contains(n));
    if let (Some(least), Some(most)) = (number(least), number(most))
        && least <= most
    {
        return Some(Open::Digits { least, most });
    }
    let help = "write a number of 1 to 20, or two, as in `4` or `4-6`";
    findings.add(Code::BadValue, node.at, format!("`{}` is no length", text.text), help);
    None
}

fn bounds(fields: &Fields<'_>, at: Span, findings: &mut Findings) -> Option<Open> {
    let mut bound = |key: &str, example: &str| {
        let node = fields.required(key, example, findings)?;
        scalars::count(node, 0..=999_999, findings)
    };
    let (from, to) = (bound("from", "1")?, bound("to", "12")?);
    if from >= to {
        findings.add(Code::BadValue, at, "`from` is not below `to`", "write the smaller number first");
        return None;
    }
    Some(Open::Number { from, to })
}

/// The whole numbers of `1-5`.
fn scale(node: &Node, findings: &mut Findings) -> Option<Vec<Name>> {
    let text = scalars::name(node, findings)?;
    let ends = text.text.split_once('-').and_then(|(a, b)| Some((a.parse::<u8>().ok()?, b.parse::<u8>().ok()?)));
    let Some((low, high)) = ends.filter(|(low, high)| low < high && *high <= 10) else {
        findings.add(
            Code::BadValue,
            node.at,
            format!("`{}` is not a scale", text.text),
            "write two numbers of 0 to 10, as in `1-5` or `0-10`",
        );
        return None;
    };
    Some((low..=high).map(|n| Name { text: n.to_string(), at: node.at }).collect())
}
