//! What a check finds: where, what is wrong, what to do.

use serde::Serialize;

/// Whether a finding keeps a script from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The script cannot be used.
    Error,
    /// The script can be used, and its author should look.
    Warning,
}

/// A place in a script. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// Line.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// How many characters of that line it takes; at least 1 when shown.
    pub width: u32,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $severity:ident $text:literal,)+) => {
        /// The stable code of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// How much a finding of this code matters.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// Not UTF-8, not YAML, or not one document.
    Syntax = Error "syntax",
    /// Larger or deeper than a script may be.
    TooLarge = Error "too-large",
    /// More findings than are worth reading at once.
    TooManyFindings = Error "too-many-findings",
    /// A tab.
    Tab = Error "tab",
    /// An anchor or an alias.
    Anchor = Error "anchor",
    /// A tag such as `!!str`.
    Tag = Error "tag",
    /// The same key twice in one map.
    DuplicateKey = Error "duplicate-key",
    /// A key that the language does not have.
    UnknownKey = Error "unknown-key",
    /// A key that must be there is not.
    MissingField = Error "missing-field",
    /// A value of another kind than the key takes.
    WrongType = Error "wrong-type",
    /// A value of the right kind that is out of bounds or off the list.
    BadValue = Error "bad-value",
    /// Two keys that exclude each other.
    Conflict = Error "conflict",
    /// A state that does not exist.
    UnknownState = Error "unknown-state",
    /// A prompt that does not exist.
    UnknownPrompt = Error "unknown-prompt",
    /// A grammar that neither the script nor the language has.
    UnknownGrammar = Error "unknown-grammar",
    /// A slot that does not exist.
    UnknownSlot = Error "unknown-slot",
    /// A value that its slot does not have.
    UnknownValue = Error "unknown-value",
    /// A variable that is not declared.
    UnknownVariable = Error "unknown-variable",
    /// A language that the script does not list.
    UnknownLanguage = Error "unknown-language",
    /// A name that the language keeps for itself.
    ReservedName = Error "reserved-name",
    /// A slot value that leads nowhere.
    MissingEdge = Error "missing-edge",
    /// `answered_by` leaves a class out.
    AnsweredByNotTotal = Error "answered-by-not-total",
    /// No-input or no-match is not covered.
    UnboundedListening = Error "unbounded-listening",
    /// A state that nothing leads to.
    UnreachableState = Error "unreachable-state",
    /// A state from which no end can be reached.
    NoWayToAnEnd = Error "no-way-to-an-end",
    /// States that follow each other in a circle and never listen.
    EndlessLoop = Error "endless-loop",
    /// A circle with a question in it that nothing bounds.
    UnboundedLoop = Error "unbounded-loop",
    /// The longest way takes longer than a call may.
    TooLong = Error "too-long",
    /// Two possibilities of one state share a key.
    SharedKey = Error "shared-key",
    /// Two possibilities of one state share a phrase.
    SharedPhrase = Error "shared-phrase",
    /// An `anywhere` entry has no key left in a state.
    NoFreeKey = Error "no-free-key",
    /// A language lacks a prompt.
    MissingPrompt = Error "missing-prompt",
    /// A language lacks a grammar.
    MissingGrammar = Error "missing-grammar",
    /// A prompt has other placeholders in another language.
    OtherPlaceholders = Error "other-placeholders",
    /// A variable cannot be spoken in a language.
    NoReadingRule = Error "no-reading-rule",
    /// There is no opt-out in every listening state.
    NoOptOut = Error "no-opt-out",
    /// The first words do not say that an automated assistant speaks.
    UndisclosedAssistant = Error "undisclosed-assistant",
    /// Personal data is spoken to a machine, or before the person is known.
    PersonalData = Error "personal-data",
    /// A path to a given consent lacks one of its proofs.
    ConsentPath = Error "consent-path",
    /// What is spoken may not have been learned.
    UnfilledSlot = Error "unfilled-slot",
    /// A survey stores no answer.
    NothingStored = Error "nothing-stored",
    /// A prompt, slot, variable or grammar that nothing uses.
    Unused = Warning "unused",
    /// A prompt that takes longer than 12 s.
    LongPrompt = Warning "long-prompt",
    /// A question that cannot be answered by keys.
    NoKeys = Warning "no-keys",
    /// A question with more than five choices.
    ManyChoices = Warning "many-choices",
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its stable code.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// Where it is.
    #[serde(flatten)]
    pub at: Span,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What was found so far in one script. Keeps the first [`Findings::MOST`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    dropped: usize,
}

impl Findings {
    /// Nobody reads more at once; bounds the work on a hopeless script.
    pub(crate) const MOST: usize = 200;

    pub(crate) fn add(&mut self, code: Code, at: Span, message: impl Into<String>, help: impl Into<String>) {
        if self.list.len() >= Self::MOST {
            self.dropped += 1;
            return;
        }
        let (message, help) = (message.into(), help.into());
        self.list.push(Finding { code, severity: code.severity(), at, message, help });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|f| f.severity == Severity::Error)
    }

    /// In the order of the file.
    pub(crate) fn into_sorted(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|f| (f.at, f.code));
        if self.dropped > 0 {
            let at = self.list.last().map(|f| f.at).unwrap_or_default();
            let message = format!("{} more findings are not shown", self.dropped);
            let help = "correct those above, then check again".to_owned();
            let code = Code::TooManyFindings;
            self.list.push(Finding { code, severity: code.severity(), at, message, help });
        }
        self.list
    }
}

/// What a check of one script came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The script, as it was named to the check.
    pub file: String,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the script cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// The findings for a terminal, each under its line of `source`.
    #[must_use]
    pub fn render(&self, source: &str) -> String {
        let lines: Vec<&str> = source.lines().collect();
        self.findings.iter().map(|f| self.render_one(f, &lines)).collect::<Vec<_>>().join("\n")
    }

    fn render_one(&self, finding: &Finding, lines: &[&str]) -> String {
        let Span { line, column, width } = finding.at;
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let mut text = format!("{severity}[{}]: {}\n", finding.code.as_str(), finding.message);
        text += &format!("{gutter}--> {}:{line}:{column}\n", self.file);
        if let Some(shown) = lines.get((line as usize).saturating_sub(1)) {
            let before = " ".repeat((column as usize).saturating_sub(1));
            let carets = "^".repeat(width.max(1) as usize);
            text += &format!("{gutter} |\n{number} | {}\n{gutter} | {before}{carets}\n", shown.replace('\t', " "));
        }
        text + &format!("{gutter} = help: {}\n", finding.help)
    }
}

/// The candidate nearest to `name`, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let bound = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|c| c.len().abs_diff(name.len()) <= 4 * bound)
        .map(|c| (strsim::osa_distance(name, c), c))
        .filter(|&(distance, _)| distance <= bound)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, c)| c)
}

/// Help for a name that is not there: the nearest one, or the first few of all.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    known(candidates)
}

/// Help for a name that is like no other: the first few of all.
pub(crate) fn known<'a>(candidates: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = candidates.take(9).collect();
    match known.len() {
        0 => "none is declared".to_owned(),
        9 => {
            known.pop();
            format!("known ones are `{}`, …", known.join("`, `"))
        }
        _ => format!("known ones are `{}`", known.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let names = ["refused", "read_back", "given"];
        assert_eq!(nearest("refsued", names), Some("refused"));
        assert_eq!(nearest("readback", names), Some("read_back"));
        assert_eq!(nearest("goodbye", names), None);
    }

    #[test]
    fn a_finding_is_shown_under_its_line() {
        let at = Span { line: 2, column: 4, width: 3 };
        let mut findings = Findings::default();
        findings.add(Code::UnknownState, at, "no state is named `abc`", "did you mean `abd`?");
        let report = Report { file: "x.yaml".into(), findings: findings.into_sorted() };
        assert_eq!(
            report.render("one\nto abc\n"),
            "error[unknown-state]: no state is named `abc`\n --> x.yaml:2:4\n  |\n2 | to abc\n  |    ^^^\n  = help: did you mean `abd`?\n"
        );
    }

    #[test]
    fn a_hopeless_script_gives_a_bounded_report() {
        let mut findings = Findings::default();
        for line in 0..100_000 {
            findings.add(Code::Anchor, Span { line, column: 1, width: 1 }, "", "");
        }
        let list = findings.into_sorted();
        assert_eq!(list.len(), Findings::MOST + 1);
        assert!(list[Findings::MOST].message.starts_with("99800 more"));
    }
}
