//! Keys and key sequences.

use voxgate_media::dtmf::Key;

use super::matching::{Meant, allowed};
use super::{Dialog, Given, Stage};
use crate::dialog::io::Action;
use crate::dialog::plan::Meaning;
use crate::dialog::values::{self, Open};
use crate::model::AnswerSource;
use crate::time::Micros;

/// How long a key that may begin a sequence waits for the next one. People look for `*` with their eyes.
const NEXT_KEY: Micros = Micros::from_ms(2_000);

impl Dialog {
    pub(super) fn on_key(&mut self, key: Key) {
        if self.is_unasked() && !self.opens_anywhere(key) {
            return;
        }
        let Stage::In(visit) = &mut self.stage else { return };
        // `#` says that a number is complete, as everywhere on telephones.
        if key.as_char() == '#' && !visit.pressed.is_empty() {
            return self.on_keys_ended();
        }
        visit.pressed.push(key.as_char());
        if self.may_go_on() {
            self.actions.push_back(Action::AwaitKeys(NEXT_KEY));
        } else {
            self.on_keys_ended();
        }
    }

    pub(super) fn on_keys_ended(&mut self) {
        let meant = self.exactly();
        let keys = self.forget_keys();
        match meant {
            Some(meant) => self.act(meant, Given { source: AnswerSource::Keys, input: keys }),
            None if keys.is_empty() => {}
            // Only a question counts wrong keys.
            None => self.on_not_understood(),
        }
    }

    pub(super) fn forget_keys(&mut self) -> String {
        match &mut self.stage {
            Stage::In(visit) => std::mem::take(&mut visit.pressed),
            Stage::Fresh | Stage::Over => String::new(),
        }
    }

    /// Whether the present turn was not begun yet: nobody can have answered it.
    fn is_unasked(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Turn { .. }))
    }

    /// Whether a key begins something that may be meant at any time.
    fn opens_anywhere(&self, key: Key) -> bool {
        let Some(at) = self.at() else { return false };
        let state = self.plan.state(at);
        let pressed = |keys: &str| match &self.stage {
            Stage::In(visit) => keys.strip_prefix(&*visit.pressed).is_some_and(|rest| rest.starts_with(key.as_char())),
            Stage::Fresh | Stage::Over => false,
        };
        state.keys.iter().any(|(keys, meaning)| {
            matches!(meaning, Meaning::Anywhere(_)) && pressed(keys) && allowed(&self.plan, state, *meaning)
        })
    }

    /// Whether the keys pressed so far begin a longer sequence.
    fn may_go_on(&self) -> bool {
        let Stage::In(visit) = &self.stage else { return false };
        let state = self.plan.state(visit.at);
        if let Some(kind) = self.typing() {
            return !values::is_complete(kind, visit.pressed.len());
        }
        let mut open = state.keys.iter().filter(|(_, meaning)| allowed(&self.plan, state, *meaning));
        open.any(|(keys, _)| keys.len() > visit.pressed.len() && keys.starts_with(&visit.pressed))
    }

    /// What the keys pressed so far mean, if no more come.
    fn exactly(&self) -> Option<Meant> {
        let Stage::In(visit) = &self.stage else { return None };
        if let Some(kind) = self.typing() {
            return values::typed(kind, &visit.pressed, self.language(), self.now).map(Meant::Value);
        }
        let state = self.plan.state(visit.at);
        let found = state.keys.iter().find(|(keys, _)| **keys == *visit.pressed);
        found.map(|(_, meaning)| *meaning).filter(|meaning| allowed(&self.plan, state, *meaning)).map(Meant::Known)
    }

    /// The kind of value that is being typed, where one is.
    fn typing(&self) -> Option<Open> {
        let Stage::In(visit) = &self.stage else { return None };
        let open = self.plan.state(visit.at).question()?.open.filter(|open| *open != Open::Text)?;
        visit.pressed.bytes().all(|key| key.is_ascii_digit()).then_some(open)
    }
}
