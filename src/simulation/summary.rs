//! What a simulated campaign came to.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use jiff::Timestamp;
use serde::Serialize;
use voxgate_core::calls::{CallState, DeferralCause, SuppressReason, TaskReason};
use voxgate_core::model::{Disposition, FailureCode, Outcome};

/// What a campaign came to. Counts are by the names of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Calls that were ordered.
    pub calls: usize,
    /// Calls by the state in which they ended.
    pub ended: BTreeMap<CallState, u64>,
    /// Calls by how often they were dialed.
    pub dials_per_call: BTreeMap<u32, u64>,
    /// Attempts by their disposition.
    pub attempts: BTreeMap<Disposition, u64>,
    /// Failed attempts by their failure code.
    pub failures: BTreeMap<FailureCode, u64>,
    /// Times that a call was put back.
    pub deferrals: BTreeMap<DeferralCause, u64>,
    /// Calls that the gate did not let pass.
    pub suppressed: BTreeMap<SuppressReason, u64>,
    /// Tasks for people.
    pub tasks: BTreeMap<TaskReason, u64>,
    /// Dials in all.
    pub dials: u64,
    /// The most slots that were taken at once.
    pub peak_slots: u32,
    /// The most dials in one hour of the clock.
    pub peak_dials_per_hour: u64,
    /// The first dial, in ms since 1970.
    pub first_dial_ms: Option<u64>,
    /// When the last call ended, in ms since 1970.
    pub last_end_ms: Option<u64>,
    #[serde(skip)]
    hour: (u64, u64),
}

impl Summary {
    pub(super) fn of(calls: usize) -> Self {
        Self { calls, ..Self::default() }
    }

    pub(super) fn dialed(&mut self, now_ms: u64) {
        self.dials += 1;
        self.first_dial_ms.get_or_insert(now_ms);
        let hour = now_ms / 3_600_000;
        let before = if self.hour.0 == hour { self.hour.1 } else { 0 };
        self.hour = (hour, before + 1);
        self.peak_dials_per_hour = self.peak_dials_per_hour.max(before + 1);
    }

    pub(super) fn attempt(&mut self, outcome: &Outcome) {
        *self.attempts.entry(outcome.disposition).or_default() += 1;
        if let Some(code) = outcome.failure_code {
            *self.failures.entry(code).or_default() += 1;
        }
    }

    pub(super) fn deferred(&mut self, cause: DeferralCause) {
        *self.deferrals.entry(cause).or_default() += 1;
    }

    pub(super) fn suppressed(&mut self, reason: SuppressReason) {
        *self.suppressed.entry(reason).or_default() += 1;
    }

    pub(super) fn ended(&mut self, state: CallState, dials: u32, task: Option<TaskReason>, now_ms: u64) {
        *self.ended.entry(state).or_default() += 1;
        *self.dials_per_call.entry(dials).or_default() += 1;
        if let Some(reason) = task {
            *self.tasks.entry(reason).or_default() += 1;
        }
        self.last_end_ms = Some(now_ms);
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} calls, {} dials, at most {} at once", self.calls, self.dials, self.peak_slots)?;
        if let (Some(first), Some(last)) = (self.first_dial_ms, self.last_end_ms) {
            writeln!(
                f,
                "first dial {}, last call over {}, at most {} dials in an hour",
                at(first),
                at(last),
                self.peak_dials_per_hour
            )?;
        }
        counts(f, "calls that ended", &self.ended)?;
        counts(f, "calls by their dials", &self.dials_per_call)?;
        counts(f, "attempts", &self.attempts)?;
        counts(f, "failures", &self.failures)?;
        counts(f, "put back", &self.deferrals)?;
        counts(f, "not let pass", &self.suppressed)?;
        counts(f, "tasks for people", &self.tasks)
    }
}

fn at(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| format!("{ms} ms"), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// The most frequent first.
fn counts<K: Display>(f: &mut fmt::Formatter<'_>, title: &str, counts: &BTreeMap<K, u64>) -> fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    writeln!(f, "\n{title}")?;
    for (name, count) in counts {
        writeln!(f, "  {:<26}{count:>8}", name.to_string())?;
    }
    Ok(())
}
