//! The script's own tests.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, date};
use voxgate_media::dtmf::Key;

use super::Builder;
use crate::dialog::finding::{Code, Findings, did_you_mean};
use crate::dialog::schema::{CLASSES, DoDecl, ExpectDecl, Name, StepDecl, TestDecl};
use crate::dialog::script_tests::{CallerStep, Deed, Expectation, ScriptTest};
use crate::model::{AnsweredBy, Disposition, FailureCode};

/// When a test's call takes place, unless it says otherwise.
const MONDAY: DateTime = date(2026, 1, 5).at(9, 0, 0, 0);

impl Builder<'_, '_> {
    pub(super) fn script_tests(&mut self) -> Vec<ScriptTest> {
        let script = self.script;
        script.tests.iter().map(|t| self.script_test(t)).collect()
    }

    fn script_test(&mut self, declared: &TestDecl) -> ScriptTest {
        let default = self.script.languages.first().map(|l| l.text.clone()).unwrap_or_default();
        if let Some(language) = &declared.language
            && !self.script.languages.iter().any(|l| l.text == language.text)
        {
            let help = did_you_mean(language.as_str(), self.script.languages.iter().map(Name::as_str));
            self.findings.add(
                Code::UnknownLanguage,
                language.at,
                format!("the script has no language `{}`", language.text),
                help,
            );
        }
        let mut variables = BTreeMap::new();
        for (name, value) in &declared.variables {
            self.variables.find(name, self.findings);
            variables.insert(name.text.clone(), value.text.clone());
        }
        ScriptTest {
            name: declared.name.text.clone(),
            line: declared.name.at.line,
            language: declared.language.as_ref().map_or(default, |l| l.text.clone()),
            now: declared.now.unwrap_or(MONDAY),
            answered_by: declared.answered_by.as_ref().map_or(AnsweredBy::Human, |n| answered_by(n, self.findings)),
            variables,
            caller: declared.caller.iter().map(|s| self.caller_step(s)).collect(),
            expect: self.expectation(&declared.expect),
        }
    }

    fn caller_step(&mut self, declared: &StepDecl) -> CallerStep {
        self.states.find(&declared.state, self.findings);
        let does = match &declared.does {
            DoDecl::Say(text) => Deed::Say(text.text.clone()),
            DoDecl::Keys(keys) => Deed::Keys(keys.text.chars().filter_map(Key::new).collect()),
            DoDecl::Silence => Deed::Silence,
            DoDecl::HangUp => Deed::HangUp,
            DoDecl::Mumble => Deed::Mumble,
            DoDecl::MissPrompt => Deed::MissPrompt,
            DoDecl::TurnOutToBe(who) => Deed::TurnOutToBe(answered_by(who, self.findings)),
        };
        CallerStep { state: declared.state.text.clone(), after: declared.after, does }
    }

    fn expectation(&mut self, declared: &ExpectDecl) -> Expectation {
        let text = |name: &Option<Name>| name.as_ref().map(|n| n.text.clone());
        let texts = |names: &Option<Vec<Name>>| names.as_ref().map(|n| n.iter().map(|n| n.text.clone()).collect());
        for state in declared.path.iter().flatten() {
            self.states.find(state, self.findings);
        }
        for prompt in declared.heard.iter().flatten() {
            self.prompts.find(prompt, self.findings);
        }
        for (slot, _) in declared.answers.iter().flatten() {
            self.slots.find(slot, self.findings);
        }
        let dispositions = Disposition::ALL.iter().map(|d| (d.as_str(), *d));
        let codes = FailureCode::ALL.iter().map(|c| (c.as_str(), *c));
        if declared.end.is_none() {
            self.findings.add(
                Code::MissingField,
                declared.at,
                "`expect` has no `end`",
                "add it, as in `end: completed`",
            );
        }
        Expectation {
            end: declared.end.as_ref().and_then(|n| listed(n, dispositions, self.findings)),
            failure_code: declared.failure_code.as_ref().and_then(|n| listed(n, codes, self.findings)),
            result: text(&declared.result),
            queue: text(&declared.queue),
            path: texts(&declared.path),
            heard: texts(&declared.heard),
            answers: declared
                .answers
                .as_ref()
                .map(|pairs| pairs.iter().map(|(slot, value)| (slot.text.clone(), value.text.clone())).collect()),
        }
    }
}

fn answered_by(name: &Name, findings: &mut Findings) -> AnsweredBy {
    listed(name, CLASSES.into_iter(), findings).unwrap_or(AnsweredBy::Human)
}

fn listed<T: Copy>(
    name: &Name,
    known: impl Iterator<Item = (&'static str, T)> + Clone,
    findings: &mut Findings,
) -> Option<T> {
    let wanted = name.text.replace('_', "-");
    let found = known.clone().find(|(word, _)| *word == name.text || *word == wanted);
    if found.is_none() {
        let help = did_you_mean(name.as_str(), known.map(|(word, _)| word));
        findings.add(Code::BadValue, name.at, format!("`{}` is not one of the choices", name.text), help);
    }
    found.map(|(_, value)| value)
}
