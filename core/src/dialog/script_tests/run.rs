//! Runs a script's test on the dialog alone: texts and keys in, states and ends out.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::{CallerStep, Deed, ScriptTest};
use crate::dialog::io::{Action, End, Event, Listen, Say};
use crate::dialog::machine::Dialog;
use crate::dialog::plan::Dialplan;
use crate::model::Evidence;

/// What a test came to.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// Every state entered, in order.
    pub path: Vec<Arc<str>>,
    /// Why it failed, if it did.
    pub failure: Option<TestFailure>,
}

/// Every way in which a test did not come to what it expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    /// At least one.
    pub differences: Vec<String>,
}

/// No script needs so many turns; a caller who could make one do so would be a defect of ours.
const MOST_TURNS: usize = 2_000;

/// Runs one test.
#[must_use]
pub fn run(plan: &Arc<Dialplan>, test: &ScriptTest) -> TestRun {
    let mut variables = plan.examples();
    variables.extend(test.variables.clone());
    let binding = match plan.bind(&test.language, &variables) {
        Ok(binding) => binding,
        Err(error) => {
            let differences = vec![format!("{error}; or give the variable an `example`")];
            return TestRun { path: Vec::new(), failure: Some(TestFailure { differences }) };
        }
    };
    let mut caller = Caller {
        dialog: Dialog::new(Arc::clone(plan), binding),
        steps: &test.caller,
        path: Vec::new(),
        heard: Vec::new(),
        pending: Vec::new(),
        end: None,
    };
    caller.call(test);
    let differences = caller.differences(test);
    let failure = (!differences.is_empty()).then_some(TestFailure { differences });
    TestRun { path: caller.path, failure }
}

struct Caller<'t> {
    dialog: Dialog,
    steps: &'t [CallerStep],
    path: Vec<Arc<str>>,
    heard: Vec<String>,
    /// What the dialog wants done and was not done yet.
    pending: Vec<Action>,
    end: Option<End>,
}

impl Caller<'_> {
    fn call(&mut self, test: &ScriptTest) {
        self.dialog.handle_event(Event::AnsweredBy(test.answered_by));
        for _ in 0..MOST_TURNS {
            let Some((state, say, listen)) = self.next_turn() else { return };
            self.answer(&state, say, listen);
        }
    }

    /// The next turn, the actions before it done.
    fn next_turn(&mut self) -> Option<(Arc<str>, Option<Say>, Option<Listen>)> {
        let mut turn = None;
        self.pending.extend(std::iter::from_fn(|| self.dialog.poll_action()));
        for action in std::mem::take(&mut self.pending) {
            match action {
                Action::Commit(fact) => {
                    if let crate::model::Fact::Checkpoint { state } = fact {
                        self.path.push(state.into());
                    }
                }
                Action::Turn { state, say, listen, .. } => turn = Some((state, say, listen)),
                // Keys of one step come without a pause, and then no more.
                Action::AwaitKeys(_) => {}
                Action::End(end) => {
                    self.end = Some(end);
                    return None;
                }
            }
        }
        turn
    }

    fn answer(&mut self, state: &str, say: Option<Say>, listen: Option<Listen>) {
        let step = self.steps.first().filter(|s| s.state == state);
        let Some(step) = step else {
            self.hear(say, Evidence::Acknowledged);
            if listen.is_some() {
                self.dialog.handle_event(Event::NoInput);
            }
            return;
        };
        self.steps = &self.steps[1..];
        if let Deed::MissPrompt = step.does {
            return self.hear(say, Evidence::NotHeard);
        }
        let mut said = say;
        if step.after.is_none() && listen.is_some() {
            self.hear(said.take(), Evidence::Acknowledged);
        }
        match &step.does {
            Deed::Say(text) => self.dialog.handle_event(Event::Heard { text: text.clone() }),
            Deed::Keys(keys) => {
                keys.iter().for_each(|key| self.dialog.handle_event(Event::Key(*key)));
                self.dialog.handle_event(Event::KeysEnded);
            }
            Deed::Silence | Deed::MissPrompt => self.dialog.handle_event(Event::NoInput),
            Deed::HangUp => self.dialog.handle_event(Event::Gone),
            Deed::Mumble => self.dialog.handle_event(Event::NotUnderstood),
            Deed::TurnOutToBe(who) => self.dialog.handle_event(Event::AnsweredBy(*who)),
        }
        self.listen_on(said, listen);
    }

    /// A deed that changed nothing leaves the caller listening, and then silent.
    fn listen_on(&mut self, say: Option<Say>, listen: Option<Listen>) {
        self.pending.extend(std::iter::from_fn(|| self.dialog.poll_action()));
        if self.pending.iter().any(|a| matches!(a, Action::Turn { .. } | Action::End(_))) {
            return;
        }
        if say.is_some() || listen.is_none() {
            self.hear(say, Evidence::Acknowledged);
        }
        if listen.is_some() {
            self.dialog.handle_event(Event::NoInput);
        }
    }

    fn hear(&mut self, say: Option<Say>, heard: Evidence) {
        if heard == Evidence::Acknowledged {
            self.heard.extend(say.iter().flat_map(|s| &s.prompts).map(|p| p.name.clone()));
        }
        self.dialog.handle_event(Event::SayEnded { heard });
    }

    fn differences(&self, test: &ScriptTest) -> Vec<String> {
        let expect = &test.expect;
        let mut found = Vec::new();
        let Some(end) = &self.end else { return vec!["the dialog did not end".to_owned()] };
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        differ(&mut found, "end", expect.end.map(|d| d.to_string()), end.disposition.to_string());
        let code = end.failure_code.map_or("none".to_owned(), |c| c.to_string());
        differ(&mut found, "failure_code", expect.failure_code.map(|c| c.to_string()), code);
        differ(&mut found, "result", expect.result.clone(), text(&end.result));
        differ(&mut found, "queue", expect.queue.clone(), text(&end.queue));
        differ(&mut found, "path", expect.path.as_ref().map(|p| p.join(" ")), self.path.join(" "));
        let answers: BTreeMap<String, String> =
            self.dialog.answers().iter().map(|(slot, a)| (slot.clone(), a.value.clone())).collect();
        differ(&mut found, "answers", expect.answers.as_ref().map(listed), listed(&answers));
        for prompt in expect.heard.iter().flatten().filter(|p| !self.heard.contains(p)) {
            found.push(format!("heard: prompt `{prompt}` was not heard in full"));
        }
        if let Some(step) = self.steps.first() {
            found.push(format!(
                "the caller's step in `{}` was never reached; the path was {}",
                step.state,
                self.path.join(" ")
            ));
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
