//! A call's row: what was ordered, where it stands, how it moves.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use voxgate_core::calls::{CallState, RedialCounts, transition};
use voxgate_core::model::CallId;

use super::StoreError;
use super::cells::{Cells, int, json, maybe};
use super::history::{Step, append};
use super::ids::new_id;
use super::tx::{Tx, claim};

/// What an order wants while every slot is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It waits for its turn.
    #[default]
    Wait,
    /// It is refused, at once.
    Reject,
}

impl WhenFull {
    /// Its name in the API and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Reject => "reject",
        }
    }
}

impl FromStr for WhenFull {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "wait" => Ok(Self::Wait),
            "reject" => Ok(Self::Reject),
            other => Err(format!("{other:?} is neither wait nor reject")),
        }
    }
}

/// An order to reach somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCall {
    /// The number, as it was given.
    pub to: String,
    /// The script's name.
    pub dialplan: String,
    /// BCP 47 tag.
    pub language: String,
    /// What the script needs to know.
    pub variables: BTreeMap<String, String>,
    /// IANA name of the called party's time zone, where it is known.
    pub time_zone: Option<String>,
    /// Of which campaign.
    pub campaign: Option<String>,
    /// Not to be dialed before this, in ms since 1970.
    pub not_before_ms: Option<u64>,
    /// Not to be dialed after this, in ms since 1970.
    pub not_after_ms: Option<u64>,
    /// What to do while every slot is taken.
    pub when_full: WhenFull,
    /// Who dials, by the name in the config.
    pub provider: String,
    /// Who orders it.
    pub actor: String,
}

/// A call as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// Its name.
    pub id: CallId,
    /// What was ordered.
    pub order: NewCall,
    /// Where it stands.
    pub state: CallState,
    /// Why it stands there.
    pub reason: String,
    /// When it may be picked up, in ms since 1970. None: it is under way or over.
    pub due_at_ms: Option<u64>,
    /// Attempts that counted.
    pub attempts_used: u32,
    /// Deferrals that counted.
    pub deferrals: u32,
    /// Redials, by cause.
    pub redials: RedialCounts,
    /// When somebody asked to stop it while it was under way, in ms since 1970.
    pub cancel_at_ms: Option<u64>,
    /// When it was ordered, in ms since 1970.
    pub created_at_ms: u64,
    /// When it last changed, in ms since 1970.
    pub updated_at_ms: u64,
}

macro_rules! call_columns {
    () => {
        "id, to_number, dialplan, language, variables, time_zone, campaign, not_before, not_after, when_full, provider, \
         state, reason, due_at, attempts_used, deferrals, redials, cancel_at, actor, created_at, updated_at"
    };
}
pub(super) use call_columns;

/// A new call, due when it may be dialed first.
pub(super) async fn insert_call(tx: &mut Tx<'_>, order: NewCall, now_ms: u64) -> Result<CallRow, StoreError> {
    let later = order.not_before_ms.filter(|at| *at > now_ms);
    let call = CallRow {
        id: CallId::new(new_id("call", now_ms)),
        state: if later.is_some() { CallState::Scheduled } else { CallState::Pending },
        reason: "ordered".to_owned(),
        due_at_ms: Some(later.unwrap_or(now_ms)),
        attempts_used: 0,
        deferrals: 0,
        redials: RedialCounts::default(),
        cancel_at_ms: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        order,
    };
    let order = &call.order;
    let statement = sqlx::query(concat!(
        "INSERT INTO calls (",
        call_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, $15, NULL, $16, $17, $17)"
    ));
    let statement = statement
        .bind(call.id.as_str())
        .bind(&order.to)
        .bind(&order.dialplan)
        .bind(&order.language)
        .bind(json(&order.variables)?)
        .bind(order.time_zone.as_deref())
        .bind(order.campaign.as_deref())
        .bind(maybe(order.not_before_ms))
        .bind(maybe(order.not_after_ms))
        .bind(order.when_full.as_str())
        .bind(&order.provider)
        .bind(call.state.as_str())
        .bind(&call.reason)
        .bind(maybe(call.due_at_ms))
        .bind(json(&call.redials)?)
        .bind(&order.actor)
        .bind(int(now_ms));
    tx.run(statement).await?;
    let (to, actor) = (call.state.as_str(), call.order.actor.as_str());
    append(tx, call.step(None, to, &call.reason, actor, now_ms)).await?;
    Ok(call)
}

/// A call that nobody else changes until the end of the transaction.
pub(super) async fn lock_call(tx: &mut Tx<'_>, id: &CallId) -> Result<CallRow, StoreError> {
    let text = claim!(tx, "SELECT ", call_columns!(), " FROM calls WHERE id = $1"; "FOR NO KEY UPDATE");
    let row = tx.first(sqlx::query(text).bind(id.as_str())).await?;
    CallRow::read(&row.ok_or_else(|| StoreError::not_found("call", id))?)
}

/// Where a call goes, and why.
pub(super) struct Go<'a> {
    pub(super) to: CallState,
    pub(super) due_at_ms: Option<u64>,
    pub(super) reason: &'a str,
    pub(super) actor: &'a str,
    pub(super) now_ms: u64,
}

impl CallRow {
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        let order = NewCall {
            to: row.text("to_number")?,
            dialplan: row.text("dialplan")?,
            language: row.text("language")?,
            variables: row.json("variables")?,
            time_zone: row.maybe_text("time_zone")?,
            campaign: row.maybe_text("campaign")?,
            not_before_ms: row.maybe_natural("not_before")?,
            not_after_ms: row.maybe_natural("not_after")?,
            when_full: row.parsed("when_full")?,
            provider: row.text("provider")?,
            actor: row.text("actor")?,
        };
        Ok(Self {
            id: CallId::new(row.text("id")?),
            order,
            state: row.parsed("state")?,
            reason: row.text("reason")?,
            due_at_ms: row.maybe_natural("due_at")?,
            attempts_used: row.count("attempts_used")?,
            deferrals: row.count("deferrals")?,
            redials: row.json("redials")?,
            cancel_at_ms: row.maybe_natural("cancel_at")?,
            created_at_ms: row.natural("created_at")?,
            updated_at_ms: row.natural("updated_at")?,
        })
    }

    /// Goes to another state by the diagram, with its history. A call that waits becomes pending on its way.
    pub(super) async fn go(&mut self, tx: &mut Tx<'_>, to: Go<'_>) -> Result<(), StoreError> {
        let via_pending = self.state.is_waiting() && transition(self.state, to.to).is_err();
        if via_pending && transition(self.state, CallState::Pending).is_ok() {
            transition(CallState::Pending, to.to)?;
            self.enter(tx, &Go { to: CallState::Pending, reason: "due", ..to }).await?;
        }
        transition(self.state, to.to)?;
        self.enter(tx, &to).await?;
        self.store(tx).await
    }

    async fn enter(&mut self, tx: &mut Tx<'_>, to: &Go<'_>) -> Result<(), StoreError> {
        let from = self.state.as_str();
        append(tx, self.step(Some(from), to.to.as_str(), to.reason, to.actor, to.now_ms)).await?;
        self.state = to.to;
        self.due_at_ms = to.due_at_ms;
        to.reason.clone_into(&mut self.reason);
        self.updated_at_ms = to.now_ms;
        Ok(())
    }

    fn step<'a>(&'a self, from: Option<&'a str>, to: &'a str, reason: &'a str, actor: &'a str, at_ms: u64) -> Step<'a> {
        Step { kind: "call", entity: self.id.as_str(), call: Some(&self.id), from, to, at_ms, reason, actor }
    }

    /// Writes what may change.
    pub(super) async fn store(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE calls SET state = $2, reason = $3, due_at = $4, attempts_used = $5, deferrals = $6, redials = $7,
             cancel_at = $8, updated_at = $9 WHERE id = $1",
        );
        let statement = statement
            .bind(self.id.as_str())
            .bind(self.state.as_str())
            .bind(&self.reason)
            .bind(maybe(self.due_at_ms))
            .bind(i64::from(self.attempts_used))
            .bind(i64::from(self.deferrals))
            .bind(json(&self.redials)?)
            .bind(maybe(self.cancel_at_ms))
            .bind(int(self.updated_at_ms));
        tx.run(statement).await.map(drop)
    }
}
