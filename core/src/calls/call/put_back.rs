//! Deferrals: a call is put back, and no attempt is used.

use super::{Aftermath, CallContext, CallPolicy, CallState, LifecycleEvent, after};
use crate::calls::Verdict;
use crate::model::closed_list::closed_list;
use crate::model::{Disposition, FailureCode, Outcome};

closed_list! {
    /// Why a call is put back.
    DeferralCause {
        /// Somebody stopped all dialing, or this process is about to stop.
        StopDialing = "stop_dialing",
        /// Every slot is taken.
        NoSlot = "no_slot",
        /// The called party's calling hours have not begun.
        OutsideHours = "outside_hours",
        /// Its own time has not come.
        NotBefore = "not_before",
        /// The provider's breaker is open.
        BreakerOpen = "breaker_open",
        /// The provider had it queued for too long, and it was cancelled there.
        ProviderQueue = "provider_queue",
    }
}

impl DeferralCause {
    /// Whether such a deferral counts towards [`DeferralPolicy::max`]. An operator's stop, the order's own time and the
    /// wait for a slot, which whoever ordered the call chose, last as long as they last: `not_after` bounds them.
    ///
    /// [`DeferralPolicy::max`]: super::DeferralPolicy::max
    #[must_use]
    pub const fn is_capped(self) -> bool {
        match self {
            Self::OutsideHours | Self::BreakerOpen | Self::ProviderQueue => true,
            Self::StopDialing | Self::NoSlot | Self::NotBefore => false,
        }
    }
}

/// What becomes of a call that is put back or turned away, and no attempt is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// What its attempt came to, where it had one.
    pub outcome: Outcome,
    /// What becomes of the call. The event is its attempt's, where it had one.
    pub aftermath: Aftermath,
}

/// Puts a call back until `until_ms` (ms since 1970), or for as long as the policy says. Where the deferrals are used
/// up it fails as `circuit_open`, with all that the table says of that.
#[must_use]
pub fn put_back(cause: DeferralCause, until_ms: Option<u64>, context: &CallContext, policy: &CallPolicy) -> PutBack {
    if cause.is_capped() && context.deferrals >= policy.deferral.max {
        let outcome = Outcome::failed(FailureCode::CircuitOpen);
        let aftermath = Aftermath { counted: false, ..after(&outcome, context, policy) };
        return PutBack { outcome, aftermath };
    }
    let wait = policy.deferral.backoff.wait_ms(context.deferrals).max(context.provider_wait_ms.unwrap_or(0));
    let due = until_ms.unwrap_or(context.now_ms.saturating_add(wait)).max(context.now_ms);
    let aftermath = Aftermath {
        due_at_ms: Some(due),
        counted: false,
        deferral: cause.is_capped(),
        ..Aftermath::of(CallState::Deferred, LifecycleEvent::Failed)
    };
    PutBack { outcome: Outcome::unanswered(Disposition::Canceled), aftermath }
}

/// What becomes of a call by the gate's verdict, at pick-up or right before the dial; `None` where it may be dialed.
#[must_use]
pub fn turned_away(verdict: Verdict, context: &CallContext, policy: &CallPolicy) -> Option<PutBack> {
    let (call, task) = match verdict {
        Verdict::Allow => return None,
        Verdict::Defer { cause, until_ms } => return Some(put_back(cause, Some(until_ms), context, policy)),
        Verdict::Suppress { reason } => (reason.call_state(), reason.task()),
        Verdict::Expire => (CallState::Expired, None),
    };
    let aftermath = Aftermath {
        counted: false,
        task: task.map(|reason| policy.priorities.draft(reason)),
        ..Aftermath::of(call, LifecycleEvent::Failed)
    };
    Some(PutBack { outcome: Outcome::unanswered(Disposition::Canceled), aftermath })
}
