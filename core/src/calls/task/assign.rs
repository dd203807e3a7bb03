//! Who takes up a task.

use std::cmp::Reverse;

use super::TelecallerState;

/// Somebody who may take up a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The telecaller.
    pub id: &'a str,
    /// Where the telecaller stands: only who is available is given a task.
    pub state: TelecallerState,
    /// Tasks that are assigned to or worked on by the telecaller.
    pub open_tasks: u32,
    /// Since when the telecaller has been idle, in ms since 1970.
    pub idle_since_ms: u64,
}

/// Who takes up the next task: of those available, who has the fewest; of these, who has been idle for longest; of
/// these, who comes first by id.
#[must_use]
pub fn assignee<'a>(candidates: impl IntoIterator<Item = Candidate<'a>>) -> Option<Candidate<'a>> {
    candidates
        .into_iter()
        .filter(|c| c.state == TelecallerState::Available)
        .max_by_key(|c| (Reverse(c.open_tasks), Reverse(c.idle_since_ms), Reverse(c.id)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(id: &str, open_tasks: u32, idle_since_ms: u64) -> Candidate<'_> {
        Candidate { id, state: TelecallerState::Available, open_tasks, idle_since_ms }
    }

    #[test]
    fn ties_go_to_who_has_been_idle_for_longest_then_by_name() {
        let chosen = |candidates: &[Candidate<'static>]| assignee(candidates.iter().copied()).map(|c| c.id);
        assert_eq!(chosen(&[candidate("a", 2, 10), candidate("b", 1, 90)]), Some("b"));
        assert_eq!(chosen(&[candidate("a", 1, 50), candidate("b", 1, 20)]), Some("b"));
        assert_eq!(chosen(&[candidate("b", 1, 20), candidate("a", 1, 20)]), Some("a"));
        let away = Candidate { state: TelecallerState::WrapUp, ..candidate("a", 0, 0) };
        assert_eq!(chosen(&[away]), None);
        assert_eq!(chosen(&[]), None);
    }

    proptest! {
        /// Row 000-43: 1,000 tasks over 10 telecallers spread within one of each other, whatever the order and however
        /// long each has been idle; who is not available gets none.
        #[test]
        fn a_thousand_tasks_spread_evenly(
            idle in prop::collection::vec(0..1_000u64, 10),
            away in prop::sample::subsequence((0..10usize).collect::<Vec<_>>(), 0..10),
        ) {
            let names: Vec<String> = (0..10).map(|n| format!("agent-{n}")).collect();
            let mut team: Vec<_> = names.iter().zip(idle).map(|(name, idle)| candidate(name, 0, idle)).collect();
            for n in &away {
                team[*n].state = TelecallerState::Offline;
            }
            for task in 0..1_000u64 {
                let id = assignee(team.iter().copied()).unwrap().id;
                let chosen = team.iter_mut().find(|c| c.id == id).unwrap();
                chosen.open_tasks += 1;
                chosen.idle_since_ms = 1_000 + task;
            }
            let (there, gone): (Vec<_>, Vec<_>) =
                team.iter().copied().partition(|c: &Candidate| c.state == TelecallerState::Available);
            let loads: Vec<u32> = there.iter().map(|c: &Candidate| c.open_tasks).collect();
            prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1);
            prop_assert!(gone.iter().all(|c: &Candidate| c.open_tasks == 0));
        }
    }
}
