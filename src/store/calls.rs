//! Calls: made, listed, canceled.

use std::collections::BTreeMap;

use voxgate_core::calls::{CallState, LeadStatus};
use voxgate_core::model::{AttemptId, CallId};

use super::call_row::{Go, insert_call, lock_call};
use super::cells::{Cells, every};
use super::idempotency::{self, Claim};
use super::listing::Listing;
use super::tx::Tx;
use super::{CallRow, Idempotent, NewCall, Reply, Store, StoreError, call_columns};

/// Which calls. What is None matters not.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// In this state.
    pub state: Option<CallState>,
    /// In one of this status's states.
    pub lead_status: Option<LeadStatus>,
    /// To this number.
    pub to: Option<String>,
    /// With this script.
    pub dialplan: Option<String>,
    /// Of this campaign.
    pub campaign: Option<String>,
    /// Ordered at or after this, in ms since 1970.
    pub since_ms: Option<u64>,
    /// Ordered before this, in ms since 1970.
    pub until_ms: Option<u64>,
}

/// What became of a wish to stop a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Canceled {
    /// It waited, and is canceled.
    Done(CallRow),
    /// It is under way. Whoever owns the attempt learns of it, and ends it.
    Asked {
        /// The call.
        call: CallRow,
        /// Its live attempt.
        attempt: AttemptId,
    },
}

impl Store {
    /// Makes a call durable. With `once`, a repeated request gets the first one's reply and makes none; `reply` says what
    /// that reply is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `idempotency_key_reused` where the key stands for another request.
    pub async fn create_call(
        &self,
        new: &NewCall,
        once: Option<&Idempotent>,
        now_ms: u64,
        reply: impl FnOnce(&CallRow) -> Reply + Send + 'static,
    ) -> Result<Created, StoreError> {
        let (new, once) = (new.clone(), once.cloned());
        self.write(move |tx| Box::pin(create(tx, new, once, now_ms, reply))).await
    }

    /// A call.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn call(&self, id: &CallId) -> Result<CallRow, StoreError> {
        let statement = sqlx::query(concat!("SELECT ", call_columns!(), " FROM calls WHERE id = $1"));
        let row = self.read_first(statement.bind(id.as_str())).await?;
        CallRow::read(&row.ok_or_else(|| StoreError::not_found("call", id))?)
    }

    /// Calls, the latest first; those after `cursor`, the last one of the page before. `limit` is brought to 1 to
    /// [`MOST_PER_PAGE`](super::MOST_PER_PAGE).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn calls(
        &self,
        filter: &CallFilter,
        cursor: Option<&CallId>,
        limit: u32,
    ) -> Result<Vec<CallRow>, StoreError> {
        let mut listing = Listing::of(concat!("SELECT ", call_columns!(), " FROM calls"));
        if let Some(status) = filter.lead_status {
            let states = CallState::ALL.iter().filter(|state| state.lead_status() == status);
            listing.one_of("state", &states.map(|state| state.as_str()).collect::<Vec<_>>());
        }
        listing
            .text("state =", filter.state.map(CallState::as_str))
            .text("to_number =", filter.to.as_deref())
            .text("dialplan =", filter.dialplan.as_deref())
            .text("campaign =", filter.campaign.as_deref())
            .natural("created_at >=", filter.since_ms)
            .natural("created_at <", filter.until_ms)
            .text("id <", cursor.map(CallId::as_str))
            .order("id DESC", limit);
        every(&self.read_all(listing.statement()).await?, CallRow::read)
    }

    /// How many calls stand in each state.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn calls_by_state(&self) -> Result<BTreeMap<CallState, u64>, StoreError> {
        let statement = sqlx::query("SELECT state, COUNT(*) AS calls FROM calls GROUP BY state");
        let rows = self.read_all(statement).await?;
        rows.iter().map(|row| Ok((row.parsed("state")?, row.natural("calls")?))).collect()
    }

    /// Stops a call: at once where it waits, by way of its attempt's owner where it is under way.
    ///
    /// # Errors
    /// [`StoreError::Illegal`] where it is over.
    pub async fn cancel_call(
        &self,
        id: &CallId,
        actor: &str,
        reason: &str,
        now_ms: u64,
    ) -> Result<Canceled, StoreError> {
        let (id, actor, reason) = (id.clone(), actor.to_owned(), reason.to_owned());
        self.write(move |mut tx| {
            Box::pin(async move {
                let mut call = lock_call(&mut tx, &id).await?;
                if call.state != CallState::InProgress {
                    let to = Go { to: CallState::Canceled, due_at_ms: None, reason: &reason, actor: &actor, now_ms };
                    call.go(&mut tx, to).await?;
                    return Ok(Canceled::Done(call));
                }
                let attempt = live_attempt(&mut tx, &id).await?;
                call.cancel_at_ms = call.cancel_at_ms.or(Some(now_ms));
                call.updated_at_ms = now_ms;
                call.store(&mut tx).await?;
                Ok(Canceled::Asked { call, attempt })
            })
        })
        .await
    }
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// There is a new call.
    New(Box<CallRow>),
    /// The same request came before: this was said to it.
    Before(Reply),
}

async fn create(
    mut tx: Tx<'_>,
    new: NewCall,
    once: Option<Idempotent>,
    now_ms: u64,
    reply: impl FnOnce(&CallRow) -> Reply + Send,
) -> Result<Created, StoreError> {
    if let Some(once) = &once
        && let Claim::Taken(reply) = idempotency::claim(&mut tx, once, now_ms).await?
    {
        return Ok(Created::Before(reply));
    }
    let call = insert_call(&mut tx, new, now_ms).await?;
    if let Some(once) = &once {
        idempotency::settle(&mut tx, once, &reply(&call)).await?;
    }
    Ok(Created::New(Box::new(call)))
}

async fn live_attempt(tx: &mut Tx<'_>, call: &CallId) -> Result<AttemptId, StoreError> {
    let statement = sqlx::query("SELECT id FROM attempts WHERE call_id = $1 ORDER BY number_of_call DESC LIMIT 1");
    let row = tx.first(statement.bind(call.as_str())).await?;
    let row = row.ok_or_else(|| StoreError::Defect(format!("{call} is in progress without an attempt")))?;
    Ok(AttemptId::new(row.text("id")?))
}
