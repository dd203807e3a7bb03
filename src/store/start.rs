//! Orders that are begun at once or refused: nothing of them waits.

use voxgate_core::calls::TaskReason;

use super::attempts::{Begin, begin};
use super::call_row::insert_call;
use super::gate;
use super::idempotency::{self, Claim};
use super::pick_up::refuse;
use super::slots::Free;
use super::tx::Tx;
use super::{CallRow, GateFacts, Idempotent, NewCall, Reply, Ruling, SlotLimits, Store, StoreError, Underway, Verdict};

/// With what an order is begun at once.
#[derive(Clone, Debug)]
pub struct StartNow {
    /// Now, in ms since 1970.
    pub now_ms: u64,
    /// When a call that is begun now is surely over, in ms since 1970.
    pub slot_until_ms: u64,
    /// How many calls may be under way.
    pub limits: SlotLimits,
}

/// What became of an order that does not want to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartedNow {
    /// It has a slot and an attempt that nobody owns yet: wake a scheduler, which adopts it.
    Started(Box<Underway>),
    /// The gate did not allow it. The call stands where the decision said; why people were left a task, if they were.
    Refused(Box<CallRow>, Option<TaskReason>),
    /// The same request came before: this was said to it.
    Before(Reply),
}

impl Store {
    /// Makes a call and begins it in one transaction, or stores nothing of it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `session_limit_exceeded` where every slot is taken, `number_busy` where another attempt to
    /// the number is live, `idempotency_key_reused` as [`Store::create_call`].
    pub async fn create_and_start<F, R>(
        &self,
        new: &NewCall,
        once: Option<&Idempotent>,
        with: &StartNow,
        decide: F,
        reply: R,
    ) -> Result<StartedNow, StoreError>
    where
        F: FnOnce(&CallRow, &GateFacts) -> Ruling + Send + 'static,
        R: FnOnce(&CallRow) -> Reply + Send + 'static,
    {
        let (new, once, with) = (new.clone(), once.cloned(), with.clone());
        self.write(move |tx| Box::pin(create_and_start(tx, new, once, with, decide, reply))).await
    }
}

async fn create_and_start<F, R>(
    mut tx: Tx<'_>,
    new: NewCall,
    once: Option<Idempotent>,
    with: StartNow,
    decide: F,
    reply: R,
) -> Result<StartedNow, StoreError>
where
    F: FnOnce(&CallRow, &GateFacts) -> Ruling + Send,
    R: FnOnce(&CallRow) -> Reply + Send,
{
    let tx = &mut tx;
    if let Some(once) = &once
        && let Claim::Taken(reply) = idempotency::claim(tx, once, with.now_ms).await?
    {
        return Ok(StartedNow::Before(reply));
    }
    let free = Free::count(tx, &with.limits).await?;
    let mut call = insert_call(tx, new, with.now_ms).await?;
    let facts = gate::facts(tx, &call.order.to, None).await?;
    let ruling = decide(&call, &facts);
    let result = match ruling.verdict {
        Verdict::Allow => {
            check(&call, &facts, &free, &with.limits)?;
            let begun =
                Begin { owner: None, lease_until_ms: 0, slot_until_ms: with.slot_until_ms, now_ms: with.now_ms };
            let attempt = begin(tx, &mut call, &ruling, &begun).await?;
            StartedNow::Started(Box::new(Underway { call: call.clone(), attempt }))
        }
        Verdict::Refuse(_) => {
            let escalated = refuse(tx, &mut call, &ruling, with.now_ms).await?;
            StartedNow::Refused(Box::new(call.clone()), escalated)
        }
    };
    if let Some(once) = &once {
        idempotency::settle(tx, once, &reply(&call)).await?;
    }
    Ok(result)
}

/// An error undoes all that the transaction did.
fn check(call: &CallRow, facts: &GateFacts, free: &Free, limits: &SlotLimits) -> Result<(), StoreError> {
    if free.of(&call.order.provider) == 0 {
        let limit = limits.providers.get(&call.order.provider).copied().flatten();
        let limit = limit.map_or(limits.deployment, |own| own.min(limits.deployment));
        let detail = format!("every one of {limit} slots is taken; try later, or order with when_full: \"wait\"");
        return Err(StoreError::conflict("session_limit_exceeded", detail));
    }
    if facts.live_on_number {
        let detail = "a call to this number is under way; try later, or order with when_full: \"wait\"";
        return Err(StoreError::conflict("number_busy", detail));
    }
    Ok(())
}
