//! What a dialog comes to. The table is MODEL.md's.

use super::{Dialog, Stage};
use crate::dialog::io::{Action, End};
use crate::dialog::plan::Ending;
use crate::model::{AnsweredBy, Disposition, FailureCode};

impl Dialog {
    /// The end that a state declares.
    pub(super) fn conclude(&mut self, ending: &Ending) {
        let nothing = ending.disposition == Disposition::PartiallyCompleted && !self.captured();
        let disposition = if nothing { Disposition::Failed } else { ending.disposition };
        self.finish(disposition, ending.queue.clone());
    }

    /// The callee is gone, or time is up. An end that was decided stands.
    pub(super) fn on_gone(&mut self) {
        if matches!(self.stage, Stage::Over) {
            return;
        }
        // What is durable must stay so; nothing more can be said.
        self.actions.retain(|a| matches!(a, Action::Commit(_)));
        let plan = std::sync::Arc::clone(&self.plan);
        if let Some(ending) = self.at().and_then(|at| plan.state(at).ending()) {
            return self.conclude(ending);
        }
        let disposition = if self.opted_out {
            Disposition::DoNotCall
        } else if self.captured() {
            Disposition::PartiallyCompleted
        } else if self.who == AnsweredBy::Machine {
            Disposition::Voicemail
        } else {
            Disposition::Failed
        };
        self.finish(disposition, None);
    }

    /// An answer, or the wish for a person.
    fn captured(&self) -> bool {
        !self.answers.is_empty() || self.wants_person
    }

    fn finish(&mut self, disposition: Disposition, queue: Option<String>) {
        // A dialog that fails was answered and captured nothing; other codes are not its to know.
        let failure_code = (disposition == Disposition::Failed).then_some(FailureCode::HangupEarly);
        let result = self.result.take();
        self.end(End { disposition, failure_code, result, queue });
    }
}
