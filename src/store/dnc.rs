//! The do-not-call list.

use sqlx::any::AnyRow;

use super::cells::{Cells, every, int};
use super::history::{Step, append};
use super::listing::Listing;
use super::tx::Tx;
use super::{Store, StoreError};
use crate::telemetry::Masked;

/// Where a number stands in its history.
const LISTED: &str = "listed";
const REMOVED: &str = "removed";

/// The source of what a person said through the API.
pub(super) const BY_A_PERSON: &str = "api";

/// A number that is not to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DncRow {
    /// The number.
    pub number: String,
    /// Why.
    pub reason: String,
    /// Where it came from: `dialog`, `api`, `import`.
    pub source: String,
    /// Who said so.
    pub actor: String,
    /// The attempt in which it was said.
    pub attempt_id: Option<String>,
    /// When, in ms since 1970.
    pub at_ms: u64,
}

/// A number to be listed.
#[derive(Clone, Copy, Debug)]
pub struct NewDnc<'a> {
    /// The number.
    pub number: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Where it came from.
    pub source: &'a str,
    /// Who says so.
    pub actor: &'a str,
    /// The attempt in which it was said.
    pub attempt: Option<&'a str>,
}

impl Store {
    /// Lists a number; one that is listed stays as it was. True where it is new.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn add_dnc(&self, entry: &NewDnc<'_>, now_ms: u64) -> Result<bool, StoreError> {
        let owned = |text: &str| text.to_owned();
        let (number, reason, source, actor) =
            (owned(entry.number), owned(entry.reason), owned(entry.source), owned(entry.actor));
        let attempt = entry.attempt.map(owned);
        self.write(move |mut tx| {
            Box::pin(async move {
                let (number, reason, source, actor) = (&*number, &*reason, &*source, &*actor);
                let attempt = attempt.as_deref();
                add(&mut tx, &NewDnc { number, reason, source, actor, attempt }, now_ms).await
            })
        })
        .await
    }

    /// Takes a number off the list. Who did it, when and why stays in the number's history.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn remove_dnc(&self, number: &str, actor: &str, reason: &str, now_ms: u64) -> Result<(), StoreError> {
        let (number, actor, reason) = (number.to_owned(), actor.to_owned(), reason.to_owned());
        self.write(move |mut tx| {
            Box::pin(async move {
                if tx.run(sqlx::query("DELETE FROM dnc WHERE number = $1").bind(&number)).await? == 0 {
                    return Err(StoreError::not_found("number on the do-not-call list", Masked(number)));
                }
                note(&mut tx, &number, (Some(LISTED), REMOVED), (&actor, &reason), now_ms).await
            })
        })
        .await
    }

    /// Whether and why a number is listed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn dnc(&self, number: &str) -> Result<Option<DncRow>, StoreError> {
        let statement = sqlx::query("SELECT number, reason, source, actor, attempt_id, at FROM dnc WHERE number = $1");
        self.read_first(statement.bind(number)).await?.map(|row| DncRow::read(&row)).transpose()
    }

    /// The list by number, after `cursor`, the last number of the page before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn dnc_list(&self, cursor: Option<&str>, limit: u32) -> Result<Vec<DncRow>, StoreError> {
        let mut listing = Listing::of("SELECT number, reason, source, actor, attempt_id, at FROM dnc");
        listing.text("number >", cursor).order("number", limit);
        every(&self.read_all(listing.statement()).await?, DncRow::read)
    }
}

/// Lists a number within a transaction; the first word on it stays.
pub(super) async fn add(tx: &mut Tx<'_>, entry: &NewDnc<'_>, now_ms: u64) -> Result<bool, StoreError> {
    let statement = sqlx::query(
        "INSERT INTO dnc (number, reason, source, actor, attempt_id, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (number) DO NOTHING",
    );
    let statement = statement
        .bind(entry.number)
        .bind(entry.reason)
        .bind(entry.source)
        .bind(entry.actor)
        .bind(entry.attempt)
        .bind(int(now_ms));
    if tx.run(statement).await? == 0 {
        return Ok(false);
    }
    note(tx, entry.number, (None, LISTED), (entry.actor, entry.reason), now_ms).await?;
    Ok(true)
}

/// The list forgets who was taken off it; the history does not.
async fn note(
    tx: &mut Tx<'_>,
    number: &str,
    (from, to): (Option<&str>, &str),
    (actor, reason): (&str, &str),
    at_ms: u64,
) -> Result<(), StoreError> {
    append(tx, Step { kind: "dnc", entity: number, call: None, from, to, at_ms, reason, actor }).await
}

impl DncRow {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.text("number")?,
            reason: row.text("reason")?,
            source: row.text("source")?,
            actor: row.text("actor")?,
            attempt_id: row.maybe_text("attempt_id")?,
            at_ms: row.natural("at")?,
        })
    }
}
