//! A script's own tests on a session.

use std::sync::Arc;

use super::{Callee, Move, Rehearsed, rehearse};
use crate::dialog::script_tests::{CallerStep, Came, ScriptTest, TestRun};
use crate::dialog::{Dialplan, End};

/// Runs one test on a session. What a caller says in a turn that hears no speech, as over a prompt that must be heard, is
/// lost, as it would be in a call.
#[must_use]
pub fn run(plan: &Arc<Dialplan>, test: &ScriptTest) -> TestRun {
    let dialog = match test.dialog(plan) {
        Ok(dialog) => dialog,
        Err(unbound) => return unbound,
    };
    let mut caller = Caller { steps: &test.caller };
    let rehearsed = rehearse(dialog, test.answered_by, &mut caller);
    came(rehearsed, caller.steps).judge(test)
}

struct Caller<'t> {
    steps: &'t [CallerStep],
}

impl Callee for Caller<'_> {
    fn on_turn(&mut self, state: &str) -> Option<Move> {
        let (step, rest) = self.steps.split_first().filter(|(step, _)| step.state == state)?;
        self.steps = rest;
        Some(Move { after: step.after, does: step.does.clone() })
    }
}

fn came(rehearsed: Rehearsed, steps: &[CallerStep]) -> Came {
    let Rehearsed { outcome, path, heard, lasted, .. } = rehearsed;
    let answers = outcome.iter().flat_map(|o| &o.answers).map(|(slot, a)| (slot.clone(), a.value.clone())).collect();
    let end = outcome.map(|o| End {
        disposition: o.disposition,
        failure_code: o.failure_code,
        result: o.dialog_result,
        queue: o.queue,
    });
    Came { path, heard, answers, end, not_reached: steps.first().map(|step| step.state.clone()), lasted }
}
