//! What a test came to, held against what it expects.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::{Expectation, ScriptTest};
use crate::dialog::io::End;
use crate::dialog::machine::Dialog;
use crate::dialog::plan::Dialplan;
use crate::time::Micros;

/// What a test came to.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// Every state entered, in order.
    pub path: Vec<Arc<str>>,
    /// How long its call would have lasted.
    pub lasted: Micros,
    /// Why it failed, if it did.
    pub failure: Option<TestFailure>,
}

/// Every way in which a test did not come to what it expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    /// At least one.
    pub differences: Vec<String>,
}

/// A call as its test looks at it.
#[derive(Debug)]
pub(crate) struct Came {
    /// Every state entered, in order.
    pub(crate) path: Vec<Arc<str>>,
    /// Prompts that were heard in full.
    pub(crate) heard: Vec<String>,
    /// By slot.
    pub(crate) answers: BTreeMap<String, String>,
    /// `None` where the call did not end.
    pub(crate) end: Option<End>,
    /// The state of the first step that the caller did not get to.
    pub(crate) not_reached: Option<String>,
    pub(crate) lasted: Micros,
}

impl ScriptTest {
    /// The dialog that the test is about, not begun.
    ///
    /// # Errors
    /// The test has failed where its variables do not fit the script.
    pub(crate) fn dialog(&self, plan: &Arc<Dialplan>) -> Result<Dialog, TestRun> {
        let mut variables = plan.examples();
        variables.extend(self.variables.clone());
        let bound = plan.bind(&self.language, &variables);
        bound.map(|binding| Dialog::new(Arc::clone(plan), binding, self.now)).map_err(|error| {
            let differences = vec![format!("{error}; or give the variable an `example`")];
            TestRun { path: Vec::new(), lasted: Micros::ZERO, failure: Some(TestFailure { differences }) }
        })
    }
}

impl Came {
    pub(crate) fn judge(self, test: &ScriptTest) -> TestRun {
        let differences = self.differences(&test.expect);
        let failure = (!differences.is_empty()).then_some(TestFailure { differences });
        TestRun { path: self.path, lasted: self.lasted, failure }
    }

    fn differences(&self, expect: &Expectation) -> Vec<String> {
        let mut found = Vec::new();
        let Some(end) = &self.end else { return vec!["the dialog did not end".to_owned()] };
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        differ(&mut found, "end", expect.end.map(|d| d.to_string()), end.disposition.to_string());
        let code = end.failure_code.map_or("none".to_owned(), |c| c.to_string());
        differ(&mut found, "failure_code", expect.failure_code.map(|c| c.to_string()), code);
        differ(&mut found, "result", expect.result.clone(), text(&end.result));
        differ(&mut found, "queue", expect.queue.clone(), text(&end.queue));
        differ(&mut found, "path", expect.path.as_ref().map(|p| p.join(" ")), self.path.join(" "));
        differ(&mut found, "answers", expect.answers.as_ref().map(listed), listed(&self.answers));
        for prompt in expect.heard.iter().flatten().filter(|p| !self.heard.contains(p)) {
            found.push(format!("heard: prompt `{prompt}` was not heard in full"));
        }
        if let Some(state) = &self.not_reached {
            let path = self.path.join(" ");
            found.push(format!("the caller's step in `{state}` was never reached; the path was {path}"));
        }
        found
    }
}

fn differ(found: &mut Vec<String>, what: &str, expected: Option<String>, came: String) {
    if let Some(expected) = expected.filter(|e| *e != came) {
        found.push(format!("{what}: expected {expected}, came {came}"));
    }
}

fn listed(answers: &BTreeMap<String, String>) -> String {
    answers.iter().fold(String::new(), |mut text, (slot, value)| {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}{slot}: {value}"); // writing to a String cannot fail
        text
    })
}
