//! Whole calls by random histories: picked up, asked about at the gate, dialed, put back, dialed anew, until they end.

use proptest::prelude::*;

use super::tests::{NOW, context, some_outcome};
use super::*;
use crate::calls::{CallingHours, Moving, Question, Rules, decide, transition};
use crate::model::{Disposition, Outcome};

const HOUR: u64 = 3_600_000;

/// A call as its row keeps it, with what it has caused.
struct Life {
    state: CallState,
    context: CallContext,
    due_at_ms: u64,
    dials: u32,
    uncounted: u32,
    tasks: u32,
    opted_out: bool,
}

impl Life {
    fn new(not_after_ms: Option<u64>) -> Self {
        Self {
            state: CallState::Scheduled,
            context: CallContext { not_after_ms, ..context() },
            due_at_ms: NOW,
            dials: 0,
            uncounted: 0,
            tasks: 0,
            opted_out: false,
        }
    }

    fn go(&mut self, to: CallState) {
        transition(self.state, to).unwrap();
        self.state = to;
    }

    fn follow(&mut self, aftermath: &Aftermath) {
        self.go(aftermath.call);
        self.context.attempts_used += u32::from(aftermath.counted);
        self.context.deferrals += u32::from(aftermath.deferral);
        if let Some(cause) = aftermath.redial {
            self.context.redials.add(cause);
        }
        self.tasks += u32::from(aftermath.task.is_some());
        self.opted_out |= aftermath.opt_out;
        self.due_at_ms = aftermath.due_at_ms.unwrap_or(self.due_at_ms);
    }

    /// The gate's word; true where it turned the call away.
    fn turned_away(&mut self, policy: &CallPolicy, rules: &Rules) -> bool {
        let number = "+12065550110".parse().unwrap();
        let question = Question {
            number: &number,
            time_zone: None,
            now_ms: self.context.now_ms,
            not_before_ms: None,
            not_after_ms: self.context.not_after_ms,
            attempts_used: self.context.attempts_used,
            stop_dialing: false,
            on_dnc: self.opted_out,
            live: true,
            on_allow_list: false,
        };
        let away = turned_away(decide(rules, &question).verdict, &self.context, policy);
        if let Some(PutBack { aftermath, .. }) = &away {
            self.follow(aftermath);
        }
        away.is_some()
    }

    /// From one time at which it is due to the next.
    fn turn(&mut self, late: u64, queue: bool, outcome: &Outcome, policy: &CallPolicy, rules: &Rules) {
        self.context.now_ms = self.due_at_ms + late;
        self.go(CallState::Pending);
        if self.turned_away(policy, rules) {
            return;
        }
        self.go(CallState::InProgress);
        if queue {
            let back = put_back(DeferralCause::ProviderQueue, None, &self.context, policy);
            return self.follow(&back.aftermath);
        }
        self.dials += 1;
        assert!(self.context.not_after_ms.is_none_or(|last| self.context.now_ms <= last), "dialed too late");
        self.context.rescheduled_to_ms =
            (outcome.disposition == Disposition::Rescheduled).then_some(self.context.now_ms + 9 * HOUR);
        let aftermath = after(outcome, &self.context, policy);
        self.uncounted += u32::from(!aftermath.counted);
        self.follow(&aftermath);
    }
}

proptest! {
    /// Every call comes to an end by legal moves alone, is dialed no more often than the policy allows, never after its
    /// time and never after an opt-out, and leaves a task exactly where it failed.
    #[test]
    fn every_call_ends_as_the_policy_says(
        turns in prop::collection::vec((0..3 * HOUR, 0..10u8, some_outcome()), 200),
        hours in prop::option::of(1..400u64),
        max_attempts in 1..8u32,
    ) {
        let policy = CallPolicy { max_attempts, ..CallPolicy::default() };
        let rules = Rules { countries: Vec::new(), hours: CallingHours::default(), max_attempts };
        let mut life = Life::new(hours.map(|h| NOW + h * HOUR));
        for (late, queue, outcome) in &turns {
            if life.state.is_terminal() {
                break;
            }
            life.turn(*late, *queue < 4, outcome, &policy, &rules);
        }
        prop_assert!(life.state.is_terminal(), "{} after {} turns", life.state, turns.len());
        prop_assert!(life.dials <= policy.most_attempts() + life.uncounted);
        prop_assert_eq!(life.tasks, u32::from(life.state == CallState::Failed));
        prop_assert!(!life.opted_out || life.state == CallState::Completed);
    }
}
