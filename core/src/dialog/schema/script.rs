//! The whole of a script.

use super::asking::{self, BoundDecl, SilenceDecl};
use super::fields::{Fields, entries, list};
use super::slots::{self, SlotDecl};
use super::states::{self, AnywhereDecl, BargeDecl, StateDecl};
use super::tests::{self, TestDecl};
use super::texts::{self, GrammarDecl, PromptDecl};
use super::{Name, scalars};
use crate::dialog::document::{Entry, Node};
use crate::dialog::finding::{Code, Findings, Span};
use crate::dialog::plan::{Kind, Limits, Pipeline};
use crate::model::{AnsweredBy, Evidence};
use crate::time::Micros;

/// A script as it is written.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: Name,
    pub(crate) version: u32,
    pub(crate) kind: Kind,
    pub(crate) pipeline: Pipeline,
    pub(crate) languages: Vec<Name>,
    pub(crate) limits: Limits,
    /// Where they stand, or the script's name where they do not.
    pub(crate) limits_at: Span,
    /// The least evidence that counts as heard.
    pub(crate) evidence: Evidence,
    /// Where recordings are, with `{prompt}` and `{language}`.
    pub(crate) audio: Option<Name>,
    pub(crate) variables: Vec<VariableDecl>,
    pub(crate) slots: Vec<SlotDecl>,
    pub(crate) defaults: Defaults,
    pub(crate) answered_by: Option<AnsweredByDecl>,
    pub(crate) anywhere: Vec<AnywhereDecl>,
    pub(crate) states: Vec<StateDecl>,
    pub(crate) prompts: Vec<PromptDecl>,
    pub(crate) grammars: Vec<GrammarDecl>,
    pub(crate) tests: Vec<TestDecl>,
}

/// A variable.
#[derive(Debug)]
pub(crate) struct VariableDecl {
    pub(crate) name: Name,
    pub(crate) kind: VariableKind,
    pub(crate) pii: bool,
    /// Most characters.
    pub(crate) max: u32,
    pub(crate) example: Option<Name>,
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VariableKind {
    Text,
    Number,
    Digits,
    Date,
    Time,
    DateTime,
}

/// `defaults`.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    pub(crate) barge_in: Option<BargeDecl>,
    pub(crate) no_input: Option<SilenceDecl>,
    pub(crate) no_match: Option<BoundDecl>,
    pub(crate) must_hear: Option<BoundDecl>,
}

/// `answered_by`: class and state.
#[derive(Debug)]
pub(crate) struct AnsweredByDecl {
    pub(crate) of: Vec<(AnsweredBy, Name)>,
}

const KEYS: &[&str] = &[
    "dialplan",
    "version",
    "kind",
    "pipeline",
    "languages",
    "limits",
    "evidence",
    "audio",
    "variables",
    "slots",
    "defaults",
    "answered_by",
    "anywhere",
    "states",
    "prompts",
    "grammars",
    "tests",
];

/// Reads a script as far as it can be read; `None` only where it is no map.
pub(crate) fn read(root: &Node, findings: &mut Findings) -> Option<Script> {
    let f = &Fields::open(root, "a script", KEYS, findings)?;
    f.required("states", "{hello: {say: greet, end: completed}}", findings);
    f.required("prompts", "{greet: {en-US: \"Hello.\"}}", findings);
    Some(Script {
        name: name(f, root, findings),
        version: f
            .required("version", "1", findings)
            .and_then(|n| scalars::count(n, 1..=1_000_000, findings))
            .unwrap_or(1),
        kind: f
            .required("kind", "reminder", findings)
            .and_then(|n| scalars::choice(n, Kind::CHOICES, findings))
            .unwrap_or(Kind::Reminder),
        pipeline: f
            .node("pipeline")
            .and_then(|n| scalars::choice(n, Pipeline::CHOICES, findings))
            .unwrap_or(Pipeline::SttTts),
        languages: languages(f, findings),
        limits: f.node("limits").and_then(|n| limits(n, findings)).unwrap_or_default(),
        limits_at: f.entry("limits").map_or(root.at, |e| e.at),
        evidence: f
            .node("evidence")
            .and_then(|n| scalars::choice(n, EVIDENCE, findings))
            .unwrap_or(Evidence::Acknowledged),
        audio: f.name("audio", findings),
        variables: each(f, "variables", variable, findings),
        slots: each(f, "slots", slots::slot, findings),
        defaults: f.node("defaults").and_then(|n| defaults(n, findings)).unwrap_or_default(),
        answered_by: f
            .required(
                "answered_by",
                "{human: hello, unknown: hello, machine: message, screening: hello, fax: bye}",
                findings,
            )
            .and_then(|n| answered_by(n, findings)),
        anywhere: f.node("anywhere").map(|n| states::anywhere(n, findings)).unwrap_or_default(),
        states: f.node("states").map(|n| states::states(n, findings)).unwrap_or_default(),
        prompts: f.node("prompts").map(|n| texts::prompts(n, findings)).unwrap_or_default(),
        grammars: f.node("grammars").map(|n| texts::grammars(n, findings)).unwrap_or_default(),
        tests: f.node("tests").map(|n| tests::tests(n, findings)).unwrap_or_default(),
    })
}

const EVIDENCE: &[(&str, Evidence)] = &[("acknowledged", Evidence::Acknowledged), ("estimated", Evidence::Estimated)];

fn each<T>(f: &Fields<'_>, key: &str, read: fn(&Entry, &mut Findings) -> Option<T>, findings: &mut Findings) -> Vec<T> {
    let Some(node) = f.node(key) else { return Vec::new() };
    entries(node, &format!("`{key}`"), findings).iter().filter_map(|e| read(e, findings)).collect()
}

fn name(f: &Fields<'_>, root: &Node, findings: &mut Findings) -> Name {
    let named = f.required("dialplan", "a_name", findings).and_then(|n| scalars::name(n, findings));
    named.unwrap_or(Name { text: String::new(), at: root.at })
}

fn languages(f: &Fields<'_>, findings: &mut Findings) -> Vec<Name> {
    let Some(node) = f.required("languages", "[en-US]", findings) else { return Vec::new() };
    let languages: Vec<Name> =
        list(node, "`languages`", findings).iter().filter_map(|n| scalars::name(n, findings)).collect();
    for (i, language) in languages.iter().enumerate() {
        let plain = language.text.len() <= 35 && language.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain {
            let message = format!("`{}` is not a language tag", language.text);
            findings.add(Code::BadValue, language.at, message, "write one by BCP 47, as in `en-US`");
        }
        if languages[..i].iter().any(|l| l.text == language.text) {
            findings.add(Code::DuplicateKey, language.at, format!("`{}` is listed twice", language.text), "remove one");
        }
    }
    if languages.is_empty() {
        findings.add(Code::MissingField, node.at, "no language is listed", "list at least one, as in `[en-US]`");
    }
    languages
}

fn limits(node: &Node, findings: &mut Findings) -> Option<Limits> {
    let fields = Fields::open(node, "`limits`", &["call", "turns"], findings)?;
    let default = Limits::default();
    let range = Micros::from_secs(10)..=Micros::from_secs(3_600);
    let call = fields.node("call").and_then(|n| scalars::duration(n, range, findings));
    let turns = fields.node("turns").and_then(|n| scalars::count(n, 1..=500, findings));
    Some(Limits { call: call.unwrap_or(default.call), turns: turns.unwrap_or(default.turns) })
}

fn variable(entry: &Entry, findings: &mut Findings) -> Option<VariableDecl> {
    const KINDS: &[(&str, VariableKind)] = &[
        ("text", VariableKind::Text),
        ("number", VariableKind::Number),
        ("digits", VariableKind::Digits),
        ("date", VariableKind::Date),
        ("time", VariableKind::Time),
        ("datetime", VariableKind::DateTime),
    ];
    let name = scalars::coined(entry, findings);
    let fields = Fields::open(&entry.value, "a variable", &["type", "pii", "max", "example"], findings)?;
    let kind = fields.required("type", "text", findings).and_then(|n| scalars::choice(n, KINDS, findings));
    Some(VariableDecl {
        name,
        kind: kind.unwrap_or(VariableKind::Text),
        pii: fields.flag("pii", findings).unwrap_or(false),
        max: fields.node("max").and_then(|n| scalars::count(n, 1..=500, findings)).unwrap_or(80),
        example: fields.name("example", findings),
    })
}

fn defaults(node: &Node, findings: &mut Findings) -> Option<Defaults> {
    let fields = Fields::open(node, "`defaults`", &["barge_in", "no_input", "no_match", "must_hear"], findings)?;
    Some(Defaults {
        barge_in: fields.node("barge_in").and_then(|n| states::barge_in(n, findings)),
        no_input: fields.node("no_input").and_then(|n| asking::silence(n, findings)),
        no_match: fields.node("no_match").and_then(|n| asking::bound(n, "`no_match`", findings)),
        must_hear: fields.node("must_hear").and_then(|n| asking::bound(n, "`must_hear`", findings)),
    })
}

/// The classes of [`AnsweredBy`] by their names in scripts.
pub(crate) const CLASSES: [(&str, AnsweredBy); 5] = [
    ("human", AnsweredBy::Human),
    ("unknown", AnsweredBy::Unknown),
    ("machine", AnsweredBy::Machine),
    ("screening", AnsweredBy::Screening),
    ("fax", AnsweredBy::Fax),
];

fn answered_by(node: &Node, findings: &mut Findings) -> Option<AnsweredByDecl> {
    let fields = Fields::open(node, "`answered_by`", &["human", "unknown", "machine", "screening", "fax"], findings)?;
    let mut of = Vec::new();
    let mut missing = Vec::new();
    for (word, class) in CLASSES {
        if fields.entry(word).is_none() {
            missing.push(word);
        }
        of.extend(fields.name(word, findings).map(|state| (class, state)));
    }
    if !missing.is_empty() {
        let message = format!("`answered_by` does not say what to do for `{}`", missing.join("`, `"));
        findings.add(
            Code::AnsweredByNotTotal,
            node.at,
            message,
            "name a state for each class: whoever answers must be met",
        );
    }
    Some(AnsweredByDecl { of })
}
