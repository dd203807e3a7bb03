//! Revisions: what was said of an attempt's outcome after the first word. Append-only; the last one is in effect.

use sqlx::any::AnyRow;
use voxgate_core::model::{AttemptId, Disposition, Outcome};

use super::cells::{self, Cells, every, int};
use super::dnc::{self, BY_A_PERSON, NewDnc};
use super::ids::new_id;
use super::tx::Tx;
use super::{Done, Idempotent, Reply, Store, StoreError};

/// A later word on an attempt's disposition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What it is to be.
    pub disposition: Disposition,
    /// What was learned, where that changes too.
    pub dialog_result: Option<String>,
    /// Who says so.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When, in ms since 1970.
    pub at_ms: u64,
    /// A second outcome that came from the attempt itself: kept, and without effect.
    pub flagged: bool,
}

/// An attempt's dispositions, once it was revised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revised {
    /// The first word, which stays.
    pub first: Option<Disposition>,
    /// The last word.
    pub effective: Disposition,
    /// What came after the first, the first one first.
    pub revisions: Vec<Revision>,
}

/// An outcome that came after the first.
pub(super) struct Second<'a> {
    pub(super) attempt: &'a AttemptId,
    pub(super) outcome: &'a Outcome,
    pub(super) at_ms: u64,
}

impl Store {
    /// Revises the disposition of an attempt that has ended. The first one stays beside it. With `once`, a repeated
    /// request makes no second revision.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Conflict`] `attempt_not_ended`, or `idempotency_key_reused` where the key
    /// stands for another request.
    pub async fn set_disposition(
        &self,
        id: &AttemptId,
        revision: &Revision,
        once: Option<&Idempotent>,
        reply: impl FnOnce(&Revised) -> Reply + Send + 'static,
    ) -> Result<Done<Revised>, StoreError> {
        let (id, revision) = (id.clone(), revision.clone());
        self.write_once(once, revision.at_ms, reply, move |tx| {
            Box::pin(async move {
                revise(tx, &id, &revision).await?;
                let row =
                    tx.first(sqlx::query("SELECT disposition FROM attempts WHERE id = $1").bind(id.as_str())).await?;
                let first = row.map(|row| row.maybe_parsed("disposition")).transpose()?.flatten();
                let revisions = every(&tx.all(sqlx::query(OF_ATTEMPT).bind(id.as_str())).await?, Revision::read)?;
                Ok(Revised { first, effective: revision.disposition, revisions })
            })
        })
        .await
    }

    /// Every revision of an attempt, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn revisions_of(&self, attempt: &AttemptId) -> Result<Vec<Revision>, StoreError> {
        every(&self.read_all(sqlx::query(OF_ATTEMPT).bind(attempt.as_str())).await?, Revision::read)
    }
}

const OF_ATTEMPT: &str = "SELECT disposition, dialog_result, actor, reason, at, flagged FROM revisions
     WHERE attempt_id = $1 ORDER BY id";

impl Revision {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            disposition: row.parsed("disposition")?,
            dialog_result: row.maybe_text("dialog_result")?,
            actor: row.text("actor")?,
            reason: row.text("reason")?,
            at_ms: row.natural("at")?,
            flagged: row.flag("flagged")?,
        })
    }
}

/// The last word on an attempt that has ended. One that says that the person opted out lists the number in the same
/// transaction, as the dialog's own word does; a later word does not take it off again.
pub(super) async fn revise(tx: &mut Tx<'_>, id: &AttemptId, revision: &Revision) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "UPDATE attempts SET effective_disposition = $2 WHERE id = $1 AND state IN ('ended', 'finalized')
         RETURNING to_number",
    );
    let Some(row) = tx.first(statement.bind(id.as_str()).bind(revision.disposition.as_str())).await? else {
        let known = tx.first(sqlx::query("SELECT id FROM attempts WHERE id = $1").bind(id.as_str())).await?;
        return Err(match known {
            Some(_) => StoreError::conflict("attempt_not_ended", format!("{id} has no outcome yet to be revised")),
            None => StoreError::not_found("attempt", id),
        });
    };
    if revision.disposition == Disposition::DoNotCall {
        let (number, attempt) = (&row.text("to_number")?, Some(id.as_str()));
        let (reason, actor) = (&revision.reason, &revision.actor);
        dnc::add(tx, &NewDnc { number, reason, source: BY_A_PERSON, actor, attempt }, revision.at_ms).await?;
    }
    insert(tx, id, revision, None).await
}

/// Keeps a second outcome, flagged; the same one twice is one.
pub(super) async fn keep_second(tx: &mut Tx<'_>, second: &Second<'_>) -> Result<(), StoreError> {
    let outcome = cells::json(second.outcome)?;
    let statement = sqlx::query("SELECT id FROM revisions WHERE attempt_id = $1 AND flagged = 1 AND outcome = $2");
    if tx.first(statement.bind(second.attempt.as_str()).bind(&outcome)).await?.is_some() {
        return Ok(());
    }
    tracing::warn!(attempt = %second.attempt, reason = second.outcome.reason(), "a second outcome is kept as a revision");
    let revision = Revision {
        disposition: second.outcome.disposition,
        dialog_result: second.outcome.dialog_result.clone(),
        actor: "outcome".to_owned(),
        reason: second.outcome.reason().to_owned(),
        at_ms: second.at_ms,
        flagged: true,
    };
    insert(tx, second.attempt, &revision, Some(outcome)).await
}

async fn insert(
    tx: &mut Tx<'_>,
    id: &AttemptId,
    revision: &Revision,
    outcome: Option<String>,
) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "INSERT INTO revisions (id, attempt_id, at, disposition, dialog_result, outcome, flagged, actor, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let statement = statement
        .bind(new_id("rev", revision.at_ms))
        .bind(id.as_str())
        .bind(int(revision.at_ms))
        .bind(revision.disposition.as_str())
        .bind(revision.dialog_result.as_deref())
        .bind(outcome)
        .bind(i64::from(revision.flagged))
        .bind(&revision.actor)
        .bind(&revision.reason);
    tx.run(statement).await.map(drop)
}
