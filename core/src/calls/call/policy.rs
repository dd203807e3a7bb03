//! Settings of how a call goes on: redials, deferrals, priorities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calls::TaskPriorities;
use crate::model::closed_list::closed_list;

/// Growing waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Before the first repetition, in ms.
    pub first_ms: u64,
    /// Each further wait is this many times the one before; below 1 counts as 1.
    pub factor: f64,
    /// No wait is longer, in ms.
    pub longest_ms: u64,
}

impl Backoff {
    /// The wait before repetition number `n`, counted from 0, in ms.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a saturating cast is what is meant")]
    #[expect(clippy::cast_precision_loss, reason = "waits are far below 2^53 ms")]
    pub fn wait_ms(&self, n: u32) -> u64 {
        let growth = self.factor.max(1.0).powf(f64::from(n));
        ((self.first_ms as f64 * growth) as u64).min(self.longest_ms)
    }
}

closed_list! {
    /// Why a call is dialed anew. Each has redials of its own.
    RedialCause {
        /// Nobody answered, or a machine did and no message was owed or left.
        NoAnswer = "no-answer",
        /// The line was busy.
        Busy = "busy",
        /// It failed by a transient failure code.
        Transient = "transient",
    }
}

/// How many redials of each cause a call has used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedialCounts(pub BTreeMap<RedialCause, u32>);

impl RedialCounts {
    /// How many of this cause.
    #[must_use]
    pub fn of(&self, cause: RedialCause) -> u32 {
        self.0.get(&cause).copied().unwrap_or(0)
    }

    /// One more of this cause.
    pub fn add(&mut self, cause: RedialCause) {
        let count = self.0.entry(cause).or_default();
        *count = count.saturating_add(1);
    }
}

/// How often and when a call is dialed anew for one cause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RedialRule {
    /// Redials at most.
    pub max: u32,
    /// When.
    pub backoff: Backoff,
}

/// How often and when a call is dialed anew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RedialPolicy {
    /// After no answer and after a voicemail.
    pub no_answer: RedialRule,
    /// After a busy line.
    pub busy: RedialRule,
    /// After a transient failure.
    pub transient: RedialRule,
}

impl RedialPolicy {
    /// The rule for this cause.
    #[must_use]
    pub const fn of(&self, cause: RedialCause) -> RedialRule {
        match cause {
            RedialCause::NoAnswer => self.no_answer,
            RedialCause::Busy => self.busy,
            RedialCause::Transient => self.transient,
        }
    }

    /// The most redials that one call can cause by them all.
    #[must_use]
    pub fn most_redials(&self) -> u32 {
        RedialCause::ALL.iter().fold(0, |sum, cause| sum.saturating_add(self.of(*cause).max))
    }
}

const MINUTE_MS: u64 = 60_000;
const MONTH_MS: u64 = 30 * 24 * 60 * MINUTE_MS;

impl Default for RedialPolicy {
    /// No answer and busy: 2 each, the first after 15 min, the second after 30. Transient failures: 1 after 5 min.
    fn default() -> Self {
        let after = |minutes| Backoff { first_ms: minutes * MINUTE_MS, factor: 2.0, longest_ms: MONTH_MS };
        Self {
            no_answer: RedialRule { max: 2, backoff: after(15) },
            busy: RedialRule { max: 2, backoff: after(15) },
            transient: RedialRule { max: 1, backoff: after(5) },
        }
    }
}

/// How often and for how long a call is put back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeferralPolicy {
    /// Deferrals at most that count; then the call fails as `circuit_open`.
    pub max: u32,
    /// For how long, where the cause says nothing of it.
    pub backoff: Backoff,
}

impl Default for DeferralPolicy {
    /// 20, from half a minute to a quarter of an hour: some four hours in all.
    fn default() -> Self {
        Self { max: 20, backoff: Backoff { first_ms: MINUTE_MS / 2, factor: 2.0, longest_ms: 15 * MINUTE_MS } }
    }
}

/// How a call goes on after an attempt, or without one.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPolicy {
    /// Redials by cause.
    pub redial: RedialPolicy,
    /// Deferrals.
    pub deferral: DeferralPolicy,
    /// Attempts at most, whatever their causes.
    pub max_attempts: u32,
    /// Priorities of manual tasks, where they differ from the table.
    pub priorities: TaskPriorities,
}

impl Default for CallPolicy {
    /// The table's redials, and 6 attempts: the first and every redial that it allows.
    fn default() -> Self {
        Self {
            redial: RedialPolicy::default(),
            deferral: DeferralPolicy::default(),
            max_attempts: 6,
            priorities: TaskPriorities::default(),
        }
    }
}

impl CallPolicy {
    /// The most attempts that one call can cause, but for those after a reschedule, which are not counted.
    #[must_use]
    pub fn most_attempts(&self) -> u32 {
        self.redial.most_redials().saturating_add(1).min(self.max_attempts)
    }
}
