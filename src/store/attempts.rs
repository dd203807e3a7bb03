//! Attempts: begun, moved forward, read.

use sqlx::any::AnyRow;
use voxgate_core::calls::{AttemptState, LifecycleEvent, Moving, transition};
use voxgate_core::model::{AttemptId, CallId, Disposition, Outcome};

use super::cells::{Cells, every, int, maybe};
use super::history::{Step, append};
use super::ids::new_id;
use super::pick_up::enter_progress;
use super::tx::{Tx, claim};
use super::{CallRow, Ruling, Store, StoreError, events, gate};

/// An attempt as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its name.
    pub id: AttemptId,
    /// Whose.
    pub call: CallId,
    /// 1 for the call's first.
    pub number_of_call: u32,
    /// The number, as the call has it.
    pub to: String,
    /// Who dials.
    pub provider: String,
    /// The provider's name for the call.
    pub provider_call_id: Option<String>,
    /// Where it stands.
    pub state: AttemptState,
    /// Why it stands there.
    pub reason: String,
    /// Whether it holds a slot: its call is not yet proven over.
    pub slot: bool,
    /// When its call is surely over, in ms since 1970.
    pub slot_until_ms: u64,
    /// The process that drives it. None: nobody yet.
    pub owner: Option<String>,
    /// Counts take-overs. Whoever writes must know the last one.
    pub fence: i64,
    /// Until when it is the owner's without a word from it, in ms since 1970.
    pub lease_until_ms: u64,
    /// SHA-256 of the secret that its media must bring.
    pub secret_hash: Option<String>,
    /// When it was made, in ms since 1970.
    pub created_at_ms: u64,
    /// When the dial was allowed for good.
    pub dialed_at_ms: Option<u64>,
    /// Who was allowed to dial, by fence: nobody else may.
    pub dial_fence: Option<i64>,
    /// When the provider had it.
    pub accepted_at_ms: Option<u64>,
    /// When somebody or something picked up.
    pub answered_at_ms: Option<u64>,
    /// When media came up.
    pub media_at_ms: Option<u64>,
    /// When it ended.
    pub ended_at_ms: Option<u64>,
    /// What it came to: the first word, which stays.
    pub outcome: Option<Outcome>,
    /// Its disposition after the last revision.
    pub effective: Option<Disposition>,
    /// Whether it counted among the call's attempts.
    pub counted: bool,
    /// Whether a fact says that the person opted out.
    pub opted_out: bool,
}

/// A move of an attempt, as it became known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it stands now.
    pub to: AttemptState,
    /// When that was, in ms since 1970.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
    /// The provider's name for the call, once it is known.
    pub provider_call_id: Option<String>,
    /// Media is up. That implies answered.
    pub media_up: bool,
}

macro_rules! attempt_columns {
    () => {
        "id, call_id, number_of_call, to_number, provider, provider_call_id, state, reason, slot, slot_until, owner, fence, \
         lease_until, secret_hash, created_at, dialed_at, dial_fence, accepted_at, answered_at, media_at, ended_at, outcome, \
         effective_disposition, counted, opted_out"
    };
}
pub(super) use attempt_columns;

impl Store {
    /// An attempt.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn attempt(&self, id: &AttemptId) -> Result<AttemptRow, StoreError> {
        let statement = sqlx::query(concat!("SELECT ", attempt_columns!(), " FROM attempts WHERE id = $1"));
        let row = self.read_first(statement.bind(id.as_str())).await?;
        AttemptRow::read(&row.ok_or_else(|| StoreError::not_found("attempt", id))?)
    }

    /// A call's attempts, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn attempts_of(&self, call: &CallId) -> Result<Vec<AttemptRow>, StoreError> {
        let statement = sqlx::query(concat!(
            "SELECT ",
            attempt_columns!(),
            " FROM attempts WHERE call_id = $1 ORDER BY number_of_call"
        ));
        every(&self.read_all(statement.bind(call.as_str())).await?, AttemptRow::read)
    }

    /// An attempt moved, by the word of its provider or its media. Where it stands already nothing changes: a move may be
    /// written again. What lies between is implied: what rings was accepted.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]; [`StoreError::Illegal`] for a move that does not lead forward, or that is not for this to
    /// make: into `placing` by [`Store::allow_dial`], to the end by [`Store::finish`].
    pub async fn moved(&self, id: &AttemptId, fence: i64, to: &Move) -> Result<(), StoreError> {
        let (id, to) = (id.clone(), to.clone());
        self.write(move |mut tx| {
            Box::pin(async move {
                let mut attempt = lock_attempt(&mut tx, &id, fence).await?;
                attempt.advance(&mut tx, &to).await
            })
        })
        .await
    }
}

/// What a new attempt begins with.
pub(super) struct Begin<'a> {
    pub(super) owner: Option<&'a str>,
    pub(super) lease_until_ms: u64,
    pub(super) slot_until_ms: u64,
    pub(super) now_ms: u64,
}

/// An attempt that holds a slot, with the decision that allows it, and its call in progress.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    call: &mut CallRow,
    ruling: &Ruling,
    with: &Begin<'_>,
) -> Result<AttemptRow, StoreError> {
    let id = AttemptId::new(new_id("att", with.now_ms));
    enter_progress(tx, call, with.now_ms).await?;
    let statement = sqlx::query(concat!(
        "INSERT INTO attempts (id, call_id, number_of_call, to_number, provider, state, reason, slot, slot_until, owner,
         fence, lease_until, created_at, counted, opted_out)
         VALUES ($1, $2, (SELECT COUNT(*) + 1 FROM attempts WHERE call_id = $2), $3, $4, 'created', $5, 1, $6, $7, $8, $9,
         $10, 0, 0) RETURNING ",
        attempt_columns!()
    ));
    let statement = statement
        .bind(id.as_str())
        .bind(call.id.as_str())
        .bind(&call.order.to)
        .bind(&call.order.provider)
        .bind(&ruling.reason)
        .bind(int(with.slot_until_ms))
        .bind(with.owner)
        .bind(i64::from(with.owner.is_some()))
        .bind(int(with.lease_until_ms))
        .bind(int(with.now_ms));
    let row = tx.first(statement).await?;
    let attempt = AttemptRow::read(&row.ok_or_else(|| StoreError::Defect("an attempt was not made".to_owned()))?)?;
    append(tx, attempt.step(None, attempt.state, &ruling.reason, "scheduler", with.now_ms)).await?;
    gate::keep(tx, &call.id, Some(&attempt.id), ruling, with.now_ms).await?;
    Ok(attempt)
}

/// An attempt that nobody else changes until the end of the transaction, and that is still the caller's.
pub(super) async fn lock_attempt(tx: &mut Tx<'_>, id: &AttemptId, fence: i64) -> Result<AttemptRow, StoreError> {
    let text = claim!(tx, "SELECT ", attempt_columns!(), " FROM attempts WHERE id = $1"; "FOR NO KEY UPDATE");
    let row = tx.first(sqlx::query(text).bind(id.as_str())).await?;
    let attempt = AttemptRow::read(&row.ok_or_else(|| StoreError::not_found("attempt", id))?)?;
    if attempt.fence == fence { Ok(attempt) } else { Err(StoreError::Fenced) }
}

impl AttemptRow {
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: AttemptId::new(row.text("id")?),
            call: CallId::new(row.text("call_id")?),
            number_of_call: row.count("number_of_call")?,
            to: row.text("to_number")?,
            provider: row.text("provider")?,
            provider_call_id: row.maybe_text("provider_call_id")?,
            state: row.parsed("state")?,
            reason: row.text("reason")?,
            slot: row.flag("slot")?,
            slot_until_ms: row.natural("slot_until")?,
            owner: row.maybe_text("owner")?,
            fence: row.int("fence")?,
            lease_until_ms: row.natural("lease_until")?,
            secret_hash: row.maybe_text("secret_hash")?,
            created_at_ms: row.natural("created_at")?,
            dialed_at_ms: row.maybe_natural("dialed_at")?,
            dial_fence: row.maybe_int("dial_fence")?,
            accepted_at_ms: row.maybe_natural("accepted_at")?,
            answered_at_ms: row.maybe_natural("answered_at")?,
            media_at_ms: row.maybe_natural("media_at")?,
            ended_at_ms: row.maybe_natural("ended_at")?,
            outcome: row.maybe_json("outcome")?,
            effective: row.maybe_parsed("effective_disposition")?,
            counted: row.flag("counted")?,
            opted_out: row.flag("opted_out")?,
        })
    }

    async fn advance(&mut self, tx: &mut Tx<'_>, to: &Move) -> Result<(), StoreError> {
        let before = self.clone();
        if self.provider_call_id.is_none() {
            self.provider_call_id.clone_from(&to.provider_call_id);
        }
        let target = if to.media_up { AttemptState::Answered } else { to.to };
        if target != self.state {
            self.check_advance(target)?;
            if self.state == AttemptState::Placing && target != AttemptState::Accepted {
                self.enter(tx, AttemptState::Accepted, "implied", to.at_ms).await?;
            }
            self.enter(tx, target, &to.reason, to.at_ms).await?;
        }
        if to.media_up && self.media_at_ms.is_none() {
            self.media_at_ms = Some(to.at_ms);
        }
        if *self != before {
            self.store(tx).await?;
            self.tell(tx, &before, to.at_ms).await?;
        }
        Ok(())
    }

    /// Only forward, and only among the states that others report.
    fn check_advance(&self, to: AttemptState) -> Result<(), StoreError> {
        let reported = matches!(to, AttemptState::Accepted | AttemptState::Ringing | AttemptState::Answered);
        let implied = self.state == AttemptState::Placing && reported;
        if reported && (implied || transition(self.state, to).is_ok()) {
            return Ok(());
        }
        transition(self.state, to)?;
        let (from, to) = (self.state.to_string(), to.to_string());
        let detail = format!("{} becomes {to} only with what belongs to it", AttemptState::OF);
        Err(StoreError::Illegal { entity: AttemptState::OF, from, to, detail })
    }

    /// Lifecycle events that a move brings about.
    async fn tell(&self, tx: &mut Tx<'_>, before: &Self, at_ms: u64) -> Result<(), StoreError> {
        if self.accepted_at_ms.is_some() && before.accepted_at_ms.is_none() {
            events::tell(tx, self, LifecycleEvent::Initiated, serde_json::Map::new(), at_ms).await?;
        }
        if self.media_at_ms.is_some() && before.media_at_ms.is_none() {
            events::tell(tx, self, LifecycleEvent::Started, serde_json::Map::new(), at_ms).await?;
        }
        Ok(())
    }

    /// Enters a state, with its history. To be stored.
    pub(super) async fn enter(
        &mut self,
        tx: &mut Tx<'_>,
        to: AttemptState,
        reason: &str,
        at_ms: u64,
    ) -> Result<(), StoreError> {
        transition(self.state, to)?;
        append(tx, self.step(Some(self.state), to, reason, self.owner.as_deref().unwrap_or("scheduler"), at_ms))
            .await?;
        self.state = to;
        reason.clone_into(&mut self.reason);
        match to {
            AttemptState::Placing => self.dialed_at_ms = Some(at_ms),
            AttemptState::Accepted => self.accepted_at_ms = Some(at_ms),
            AttemptState::Answered => self.answered_at_ms = Some(at_ms),
            AttemptState::Ended => self.ended_at_ms = Some(at_ms),
            AttemptState::Created | AttemptState::Ringing | AttemptState::Finalized => {}
        }
        Ok(())
    }

    fn step<'a>(
        &'a self,
        from: Option<AttemptState>,
        to: AttemptState,
        reason: &'a str,
        actor: &'a str,
        at_ms: u64,
    ) -> Step<'a> {
        let (from, to) = (from.map(AttemptState::as_str), to.as_str());
        Step { kind: "attempt", entity: self.id.as_str(), call: Some(&self.call), from, to, at_ms, reason, actor }
    }

    /// Writes what may change, but for owner and lease.
    pub(super) async fn store(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE attempts SET provider_call_id = $2, state = $3, reason = $4, slot = $5, slot_until = $6,
             secret_hash = $7, dialed_at = $8, accepted_at = $9, answered_at = $10, media_at = $11, ended_at = $12,
             outcome = $13, disposition = $14, effective_disposition = $15, counted = $16, dial_fence = $17 WHERE id = $1",
        );
        let outcome = self.outcome.as_ref();
        let statement = statement
            .bind(self.id.as_str())
            .bind(self.provider_call_id.as_deref())
            .bind(self.state.as_str())
            .bind(&self.reason)
            .bind(i64::from(self.slot))
            .bind(int(self.slot_until_ms))
            .bind(self.secret_hash.as_deref())
            .bind(maybe(self.dialed_at_ms))
            .bind(maybe(self.accepted_at_ms))
            .bind(maybe(self.answered_at_ms))
            .bind(maybe(self.media_at_ms))
            .bind(maybe(self.ended_at_ms))
            .bind(outcome.map(super::cells::json).transpose()?)
            .bind(outcome.map(|outcome| outcome.disposition.as_str()))
            .bind(self.effective.map(Disposition::as_str))
            .bind(i64::from(self.counted))
            .bind(self.dial_fence);
        tx.run(statement).await.map(drop)
    }
}
