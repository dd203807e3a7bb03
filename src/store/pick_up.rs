//! Picking up what is due: the gate's decision, a slot and an attempt in one transaction.

use std::collections::HashSet;

use voxgate_core::calls::{CallState, TaskReason};

use super::attempts::{Begin, begin};
use super::call_row::Go;
use super::cells::int;
use super::gate::{self, stop_switch};
use super::settle::{Settlement, settle};
use super::slots::Free;
use super::tx::{Tx, claim};
use super::{AttemptRow, CallRow, GateFacts, Ruling, SlotLimits, Store, StoreError, Verdict, call_columns};

/// Who picks up, and how much.
#[derive(Clone, Debug)]
pub struct PickUp {
    /// This process.
    pub owner: String,
    /// Now, in ms since 1970.
    pub now_ms: u64,
    /// Until when an attempt is this process's without a word from it, in ms since 1970.
    pub lease_until_ms: u64,
    /// When a call that is begun now is surely over, in ms since 1970.
    pub slot_until_ms: u64,
    /// Calls looked at, at most.
    pub most: u32,
    /// How many calls may be under way; calls of a provider that is not named stay.
    pub limits: SlotLimits,
}

/// An attempt with its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Underway {
    /// The call.
    pub call: CallRow,
    /// Its attempt.
    pub attempt: AttemptRow,
}

/// What a pick-up came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PickedUp {
    /// Calls that are to be dialed, each with an attempt of which nothing was asked yet.
    pub started: Vec<Underway>,
    /// Calls that the gate did not allow, where they stand now.
    pub refused: Vec<CallRow>,
    /// Why people were left a task, for each of those that left one.
    pub escalated: Vec<TaskReason>,
    /// Whether there may be more that could be begun: as many were looked at as may be, or the gate turned some away.
    pub more: bool,
}

macro_rules! calls_with_facts {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            call_columns!(),
            ", (SELECT COUNT(*) FROM dnc WHERE number = calls.to_number) AS listed,
             (SELECT COUNT(*) FROM attempts WHERE to_number = calls.to_number AND slot = 1) AS live, ",
            stop_switch!(),
            " FROM calls WHERE ",
            $condition
        )
    };
}

/// Due calls of one provider, the longest due first. Those to a number that is being called stand in nobody's way.
macro_rules! due {
    () => {
        calls_with_facts!(
            "provider = $1 AND due_at <= $2
             AND NOT EXISTS (SELECT 1 FROM attempts WHERE to_number = calls.to_number AND slot = 1)
             ORDER BY due_at, id LIMIT $3"
        )
    };
}

/// Waiting calls whose time is over.
macro_rules! ending {
    () => {
        calls_with_facts!("due_at IS NOT NULL AND not_after < $1 ORDER BY not_after LIMIT $2")
    };
}

#[cfg(test)]
pub(super) const DUE: [&str; 2] = [due!(), concat!(due!(), " ", "FOR NO KEY UPDATE OF calls SKIP LOCKED")];
#[cfg(test)]
pub(super) const ENDING: [&str; 2] = [ending!(), concat!(ending!(), " ", "FOR NO KEY UPDATE OF calls SKIP LOCKED")];

impl Store {
    /// Picks up what is due, the longest due first. `decide` is the gate: its decision is kept; where it allows, the call
    /// gets a slot and an attempt, else it goes where the decision says. Calls for which there is no slot stay as they
    /// are, as do those to a number that has a live attempt, whatever is decided of them.
    ///
    /// Never more slots than the limits, never a call twice, never two live attempts to one number, whoever races.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nothing was picked up, or it is not known. What was is found by
    /// [`Store::renew`].
    pub async fn pick_up<F>(&self, wish: &PickUp, decide: F) -> Result<PickedUp, StoreError>
    where
        F: Fn(&CallRow, &GateFacts) -> Ruling + Send + Sync + 'static,
    {
        if !self.any_due(wish).await? {
            return Ok(PickedUp::default());
        }
        let wish = wish.clone();
        self.write(move |tx| Box::pin(pick_up(tx, wish, decide))).await
    }

    /// A look that takes no lock.
    async fn any_due(&self, wish: &PickUp) -> Result<bool, StoreError> {
        for provider in wish.limits.providers.keys() {
            let text = "SELECT due_at FROM calls WHERE provider = $1 AND due_at <= $2 ORDER BY due_at LIMIT 1";
            if self.read_first(sqlx::query(text).bind(provider).bind(int(wish.now_ms))).await?.is_some() {
                return Ok(true);
            }
        }
        let text = "SELECT due_at FROM calls WHERE due_at IS NOT NULL AND not_after < $1 LIMIT 1";
        Ok(self.read_first(sqlx::query(text).bind(int(wish.now_ms))).await?.is_some())
    }
}

async fn pick_up<F>(mut tx: Tx<'_>, wish: PickUp, decide: F) -> Result<PickedUp, StoreError>
where
    F: Fn(&CallRow, &GateFacts) -> Ruling + Send + Sync,
{
    let tx = &mut tx;
    let mut free = Free::count(tx, &wish.limits).await?;
    let due = due_calls(tx, &wish, &free).await?;
    let looked_at_all = due.len() >= wish.most as usize;
    let mut result = PickedUp::default();
    let mut begun = HashSet::new();
    for (mut call, mut facts) in due {
        facts.live_on_number |= begun.contains(&call.order.to);
        let ruling = decide(&call, &facts);
        match ruling.verdict {
            Verdict::Allow if facts.live_on_number || free.of(&call.order.provider) == 0 => {}
            Verdict::Allow => {
                free.take(&call.order.provider);
                begun.insert(call.order.to.clone());
                let attempt = start(tx, &mut call, &ruling, &wish).await?;
                result.started.push(Underway { call, attempt });
            }
            Verdict::Refuse(_) => {
                result.escalated.extend(refuse(tx, &mut call, &ruling, wish.now_ms).await?);
                result.refused.push(call);
            }
        }
    }
    result.more = (looked_at_all && !result.started.is_empty()) || !result.refused.is_empty();
    Ok(result)
}

/// What is due and could be begun, and what has run out of time.
async fn due_calls(tx: &mut Tx<'_>, wish: &PickUp, free: &Free) -> Result<Vec<(CallRow, GateFacts)>, StoreError> {
    let mut rows = Vec::new();
    for provider in wish.limits.providers.keys() {
        let most = free.of(provider).min(wish.most);
        if most > 0 {
            let text = claim!(tx, due!(); "FOR NO KEY UPDATE OF calls SKIP LOCKED");
            let statement = sqlx::query(text).bind(provider).bind(int(wish.now_ms)).bind(i64::from(most));
            rows.extend(tx.all(statement).await?);
        }
    }
    let text = claim!(tx, ending!(); "FOR NO KEY UPDATE OF calls SKIP LOCKED");
    rows.extend(tx.all(sqlx::query(text).bind(int(wish.now_ms)).bind(i64::from(wish.most))).await?);
    let mut seen = HashSet::new();
    let mut due = Vec::with_capacity(rows.len());
    for row in &rows {
        let call = CallRow::read(row)?;
        if seen.insert(call.id.clone()) {
            due.push((call, GateFacts::read(row)?));
        }
    }
    due.sort_by(|(a, _), (b, _)| (a.due_at_ms, &a.id).cmp(&(b.due_at_ms, &b.id)));
    due.truncate(wish.most as usize);
    Ok(due)
}

/// An attempt for a call that the gate allowed and that has a slot.
async fn start(tx: &mut Tx<'_>, call: &mut CallRow, ruling: &Ruling, wish: &PickUp) -> Result<AttemptRow, StoreError> {
    let begun = Begin {
        owner: Some(&wish.owner),
        lease_until_ms: wish.lease_until_ms,
        slot_until_ms: wish.slot_until_ms,
        now_ms: wish.now_ms,
    };
    begin(tx, call, ruling, &begun).await
}

/// Keeps a decision against a dial, and does what it says. Why a task was left for people, where one was.
pub(super) async fn refuse(
    tx: &mut Tx<'_>,
    call: &mut CallRow,
    ruling: &Ruling,
    now_ms: u64,
) -> Result<Option<TaskReason>, StoreError> {
    gate::keep(tx, &call.id, None, ruling, now_ms).await?;
    let Verdict::Refuse(aftermath) = &ruling.verdict else { return Ok(None) };
    let (reason, actor) = (ruling.reason.as_str(), "gate");
    let left = settle(tx, call, &Settlement { aftermath, attempt: None, reason, actor, now_ms }).await?;
    Ok(left.map(|task| task.reason))
}

/// The call goes in progress.
pub(super) async fn enter_progress(tx: &mut Tx<'_>, call: &mut CallRow, now_ms: u64) -> Result<(), StoreError> {
    let to = CallState::InProgress;
    call.go(tx, Go { to, due_at_ms: None, reason: "picked up", actor: "scheduler", now_ms }).await
}
