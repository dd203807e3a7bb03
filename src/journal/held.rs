//! Lines in memory that neither the ledger nor the spool takes now. They are not durable, and nobody is told that they are.

use std::collections::VecDeque;

use super::Line;

/// Lines that are held. A gateway that is not complete begins no calls, so those under way fill it at most.
const MOST: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Held(VecDeque<Line>);

impl Held {
    /// Holds lines behind the others; how many were let go of. Where there is no room, notes make place for facts.
    pub(super) fn hold(&mut self, lines: Vec<Line>) -> u64 {
        self.hold_at_most(MOST, lines)
    }

    fn hold_at_most(&mut self, most: usize, lines: Vec<Line>) -> u64 {
        self.0.extend(lines);
        let excess = self.0.len().saturating_sub(most);
        let mut left = excess;
        if left > 0 {
            self.0.retain(|line| {
                let goes = left > 0 && line.fact().is_none();
                left -= usize::from(goes);
                !goes
            });
        }
        if left > 0 {
            self.0.truncate(most);
            tracing::error!(facts = left, "the journal holds all that it can: facts are lost");
        }
        excess as u64
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.0.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use voxgate_core::model::AttemptId;

    use super::*;

    #[test]
    fn notes_make_place_for_facts() {
        let line = |id: &str, body: serde_json::Value| Line {
            id: id.to_owned(),
            attempt: AttemptId::new("att-1"),
            at_ms: 1,
            session_ms: 1,
            body: serde_json::value::to_raw_value(&body).unwrap(),
        };
        let fact = |id: &str| line(id, json!({"fact": "opt_out", "input": "9"}));
        let note = |id: &str| line(id, json!({"event": "key", "key": "9"}));
        let ids = |held: &Held| held.lines().map(|line| line.id.clone()).collect::<Vec<_>>();
        let mut held = Held::default();
        assert_eq!(held.hold_at_most(3, vec![fact("1"), note("2"), note("3"), fact("4")]), 1);
        assert_eq!(ids(&held), ["1", "3", "4"]);
        assert_eq!(held.hold_at_most(3, vec![fact("5"), fact("6"), note("7")]), 3);
        assert_eq!(ids(&held), ["1", "4", "5"]);
    }
}
