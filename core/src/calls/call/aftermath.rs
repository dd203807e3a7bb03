//! The disposition table: what becomes of a call after an attempt.

use super::{CallPolicy, CallState, LifecycleEvent, RedialCause, RedialCounts};
use crate::calls::{TaskDraft, TaskReason};
use crate::dialog::Kind;
use crate::model::{Disposition, FailureCode, Outcome};

/// What of a call matters to what becomes of it.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// What its script is for.
    pub kind: Kind,
    /// Attempts that counted, without the one that ended.
    pub attempts_used: u32,
    /// Redials that were used, by cause.
    pub redials: RedialCounts,
    /// Deferrals that counted.
    pub deferrals: u32,
    /// Not to be dialed after this, in ms since 1970.
    pub not_after_ms: Option<u64>,
    /// The time that was agreed on, in ms since 1970.
    pub rescheduled_to_ms: Option<u64>,
    /// How long the provider asked us to wait, in ms. It wins where it is longer.
    pub provider_wait_ms: Option<u64>,
    /// Now, in ms since 1970.
    pub now_ms: u64,
}

/// What becomes of a call. All of it is one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aftermath {
    /// The call's next state.
    pub call: CallState,
    /// When it may be picked up, in ms since 1970. `None` exactly when the state is terminal.
    pub due_at_ms: Option<u64>,
    /// Whether the attempt counts.
    pub counted: bool,
    /// The redial that was decided on: it counts as used from now.
    pub redial: Option<RedialCause>,
    /// Whether a deferral counts as used from now.
    pub deferral: bool,
    /// The task for a person.
    pub task: Option<TaskDraft>,
    /// Whether the number goes on the do-not-call list.
    pub opt_out: bool,
    /// The attempt's terminal event.
    pub lifecycle: LifecycleEvent,
}

impl Aftermath {
    /// An attempt that counted and leaves nothing to do.
    pub(super) const fn of(call: CallState, lifecycle: LifecycleEvent) -> Self {
        Self {
            call,
            due_at_ms: None,
            counted: true,
            redial: None,
            deferral: false,
            task: None,
            opt_out: false,
            lifecycle,
        }
    }

    /// The same for a call that somebody asked to stop: it is not dialed again, and no person takes it up. What was
    /// learned before it stopped stays.
    #[must_use]
    pub fn of_canceled(self, disposition: Disposition) -> Self {
        match disposition {
            Disposition::Completed
            | Disposition::Transferred
            | Disposition::DoNotCall
            | Disposition::PartiallyCompleted => self,
            Disposition::Rescheduled
            | Disposition::Voicemail
            | Disposition::NoAnswer
            | Disposition::Busy
            | Disposition::Declined
            | Disposition::Failed
            | Disposition::Canceled => {
                Self { call: CallState::Canceled, due_at_ms: None, redial: None, task: None, deferral: false, ..self }
            }
        }
    }

    /// Whether the call is dialed anew.
    #[must_use]
    pub fn will_redial(&self) -> bool {
        self.redial.is_some()
    }
}

/// What becomes of a call whose attempt came to this outcome.
#[must_use]
pub fn after(outcome: &Outcome, context: &CallContext, policy: &CallPolicy) -> Aftermath {
    let failed = Aftermath::of(CallState::Failed, LifecycleEvent::Failed);
    let with_task = |reason| Some(policy.priorities.draft(reason));
    match outcome.disposition {
        Disposition::Completed | Disposition::Transferred => {
            Aftermath::of(CallState::Completed, LifecycleEvent::Completed)
        }
        Disposition::DoNotCall => {
            Aftermath { opt_out: true, ..Aftermath::of(CallState::Completed, LifecycleEvent::Completed) }
        }
        Disposition::Rescheduled => rescheduled(context, policy),
        Disposition::Voicemail => voicemail(outcome, context, policy),
        Disposition::NoAnswer => redial_or(TaskReason::NoAnswer, RedialCause::NoAnswer, failed, context, policy),
        Disposition::Busy => redial_or(TaskReason::Busy, RedialCause::Busy, failed, context, policy),
        Disposition::PartiallyCompleted => Aftermath {
            task: with_task(wish(outcome)),
            ..Aftermath::of(CallState::Failed, LifecycleEvent::PartiallyCompleted)
        },
        Disposition::Declined => Aftermath { task: with_task(TaskReason::Declined), ..failed },
        Disposition::Failed => match outcome.failure_code.unwrap_or(FailureCode::InternalError) {
            code if code.is_transient() => redial_or(code.into(), RedialCause::Transient, failed, context, policy),
            code => Aftermath { task: with_task(code.into()), ..failed },
        },
        Disposition::Canceled => Aftermath::of(CallState::Canceled, LifecycleEvent::Failed),
    }
}

/// Who leaves a call without a success may have asked for a person: that task comes first.
fn wish(outcome: &Outcome) -> TaskReason {
    match outcome.dialog_result.as_deref() {
        Some("wants_person") => TaskReason::AskedForPerson,
        Some(_) | None => TaskReason::PartiallyCompleted,
    }
}

/// A time that the order does not allow, or that nobody knows, is a person's to keep.
fn rescheduled(context: &CallContext, policy: &CallPolicy) -> Aftermath {
    let agreed = context.rescheduled_to_ms.filter(|at| context.not_after_ms.is_none_or(|last| *at <= last));
    let over = Aftermath { counted: false, ..Aftermath::of(CallState::Failed, LifecycleEvent::Rescheduled) };
    match agreed {
        Some(at) => Aftermath { call: CallState::Scheduled, due_at_ms: Some(at.max(context.now_ms)), ..over },
        None => Aftermath { task: Some(policy.priorities.draft(TaskReason::Rescheduled)), ..over },
    }
}

/// A message that was left does what a reminder is for; other scripts need an answer.
fn voicemail(outcome: &Outcome, context: &CallContext, policy: &CallPolicy) -> Aftermath {
    let event = if outcome.message_left { LifecycleEvent::LeftVoicemail } else { LifecycleEvent::Failed };
    if outcome.message_left && context.kind == Kind::Reminder {
        return Aftermath::of(CallState::Completed, event);
    }
    redial_or(TaskReason::Voicemail, RedialCause::NoAnswer, Aftermath::of(CallState::Failed, event), context, policy)
}

/// A redial where one is left and its time is within the order's; else a task.
fn redial_or(
    reason: TaskReason,
    cause: RedialCause,
    failed: Aftermath,
    context: &CallContext,
    policy: &CallPolicy,
) -> Aftermath {
    match redial_at(cause, context, policy) {
        Some(at) => Aftermath { call: CallState::RedialWait, due_at_ms: Some(at), redial: Some(cause), ..failed },
        None => Aftermath { task: Some(policy.priorities.draft(reason)), ..failed },
    }
}

fn redial_at(cause: RedialCause, context: &CallContext, policy: &CallPolicy) -> Option<u64> {
    let (rule, used) = (policy.redial.of(cause), context.redials.of(cause));
    let attempts = context.attempts_used.saturating_add(1);
    if used >= rule.max || attempts >= policy.max_attempts {
        return None;
    }
    let wait = rule.backoff.wait_ms(used).max(context.provider_wait_ms.unwrap_or(0));
    let at = context.now_ms.saturating_add(wait);
    context.not_after_ms.is_none_or(|last| at <= last).then_some(at)
}
