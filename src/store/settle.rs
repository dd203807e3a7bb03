//! What becomes of a call, as it was decided: its next state, its counts, its task, the do-not-call list.

use voxgate_core::calls::Aftermath;
use voxgate_core::model::Outcome;

use super::call_row::Go;
use super::dnc::{self, NewDnc};
use super::tasks::{self, LeftTask, NewTask};
use super::tx::Tx;
use super::{AttemptRow, CallRow, StoreError};

/// A decision with what it rests on.
pub(super) struct Settlement<'a> {
    pub(super) aftermath: &'a Aftermath,
    /// What the attempt came to, where there was one.
    pub(super) attempt: Option<(&'a AttemptRow, &'a Outcome)>,
    pub(super) reason: &'a str,
    pub(super) actor: &'a str,
    pub(super) now_ms: u64,
}

/// Does all of it; the task, where there is one.
pub(super) async fn settle(
    tx: &mut Tx<'_>,
    call: &mut CallRow,
    settlement: &Settlement<'_>,
) -> Result<Option<LeftTask>, StoreError> {
    let Settlement { aftermath, attempt, reason, actor, now_ms } = *settlement;
    call.attempts_used += u32::from(aftermath.counted && attempt.is_some());
    call.deferrals += u32::from(aftermath.deferral);
    if let Some(cause) = aftermath.redial {
        call.redials.add(cause);
    }
    let due_at_ms = aftermath.due_at_ms.filter(|_| aftermath.call.is_waiting());
    call.go(tx, Go { to: aftermath.call, due_at_ms, reason, actor, now_ms }).await?;
    if aftermath.opt_out {
        let attempt = attempt.map(|(attempt, _)| attempt.id.as_str());
        let (number, reason) = (&call.order.to, "opted out");
        dnc::add(tx, &NewDnc { number, reason, source: "dialog", actor, attempt }, now_ms).await?;
    }
    match aftermath.task {
        Some(draft) => {
            let id = tasks::add(tx, NewTask { call, attempt, draft, now_ms }).await?;
            Ok(Some(LeftTask { id, reason: draft.reason }))
        }
        None => Ok(None),
    }
}
