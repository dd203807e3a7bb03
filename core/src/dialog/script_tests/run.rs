//! Runs a script's test on the dialog alone: texts and keys in, states and ends out.

use std::sync::Arc;

use super::{CallerStep, Came, Deed, ScriptTest, TestRun};
use crate::dialog::io::{Action, End, Event, Listen, Say};
use crate::dialog::machine::Dialog;
use crate::dialog::plan::Dialplan;
use crate::model::Evidence;
use crate::time::Micros;

/// No script needs so many turns; a caller who could make one do so would be a defect of ours.
const MOST_TURNS: usize = 2_000;

/// Runs one test; its call takes no time.
#[must_use]
pub fn run(plan: &Arc<Dialplan>, test: &ScriptTest) -> TestRun {
    let dialog = match test.dialog(plan) {
        Ok(dialog) => dialog,
        Err(unbound) => return unbound,
    };
    let mut caller =
        Caller { dialog, steps: &test.caller, path: Vec::new(), heard: Vec::new(), pending: Vec::new(), end: None };
    caller.call(test);
    caller.came().judge(test)
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

    fn came(self) -> Came {
        let answers = self.dialog.answers().into_iter().map(|(slot, answer)| (slot, answer.value)).collect();
        let not_reached = self.steps.first().map(|step| step.state.clone());
        Came { path: self.path, heard: self.heard, answers, end: self.end, not_reached, lasted: Micros::ZERO }
    }
}
