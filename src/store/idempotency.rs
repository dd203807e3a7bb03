//! Requests that came before: the same key gets the same reply.

use futures_util::future::BoxFuture;

use super::cells::{Cells, int};
use super::tx::Tx;
use super::{Store, StoreError};

/// A request that makes something, as it is told apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotent {
    /// The API key that it came with.
    pub key_id: String,
    /// Its `Idempotency-Key`.
    pub key: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// SHA-256 of its body, hexadecimal.
    pub body_sha256: String,
}

/// What was replied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// What became of something that is done once, however often it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done<T> {
    /// It was done now.
    Now(T),
    /// The same request came before: this was said to it.
    Before(Reply),
}

/// Whether a key is ours to use.
pub(super) enum Claim {
    New,
    Taken(Reply),
}

impl Store {
    /// The reply that this request got before, if it came before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `idempotency_key_reused` where the key stands for another request.
    pub async fn reply_to(&self, once: &Idempotent) -> Result<Option<Reply>, StoreError> {
        let statement = sqlx::query(
            "SELECT method, path, body_sha256, status, response FROM idempotency
             WHERE key_id = $1 AND idempotency_key = $2",
        );
        let row = self.read_first(statement.bind(&once.key_id).bind(&once.key)).await?;
        row.map(|row| once.compare(&row)).transpose()
    }

    /// Keeps the reply to a request, where nothing was kept for its key before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] as [`Store::reply_to`].
    pub async fn keep_reply(&self, once: &Idempotent, reply: &Reply, now_ms: u64) -> Result<(), StoreError> {
        let (once, reply) = (once.clone(), reply.clone());
        self.write(move |mut tx| {
            Box::pin(async move {
                match claim(&mut tx, &once, now_ms).await? {
                    Claim::New => settle(&mut tx, &once, &reply).await,
                    Claim::Taken(_) => Ok(()),
                }
            })
        })
        .await
    }

    /// Does something, and keeps what is replied to it, in one transaction: a crash leaves both or neither. Where the
    /// request came before, nothing is done.
    pub(super) async fn write_once<T, F>(
        &self,
        once: Option<&Idempotent>,
        now_ms: u64,
        reply: impl FnOnce(&T) -> Reply + Send + 'static,
        work: F,
    ) -> Result<Done<T>, StoreError>
    where
        T: Send + 'static,
        F: for<'a, 't> FnOnce(&'a mut Tx<'t>) -> BoxFuture<'a, Result<T, StoreError>> + Send + 'static,
    {
        let once = once.cloned();
        self.write(move |mut tx| {
            Box::pin(async move {
                if let Some(once) = &once
                    && let Claim::Taken(reply) = claim(&mut tx, once, now_ms).await?
                {
                    return Ok(Done::Before(reply));
                }
                let done = work(&mut tx).await?;
                let reply = reply(&done);
                if let Some(once) = &once {
                    settle(&mut tx, once, &reply).await?;
                }
                Ok(Done::Now(done))
            })
        })
        .await
    }

    /// Forgets replies to requests that came before this time, in ms since 1970; how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn forget_replies(&self, before_ms: u64) -> Result<u64, StoreError> {
        self.write(move |mut tx| {
            Box::pin(
                async move { tx.run(sqlx::query("DELETE FROM idempotency WHERE at < $1").bind(int(before_ms))).await },
            )
        })
        .await
    }
}

/// Takes the key. Who comes second waits for the first to commit, and reads its reply.
pub(super) async fn claim(tx: &mut Tx<'_>, once: &Idempotent, now_ms: u64) -> Result<Claim, StoreError> {
    let statement = sqlx::query(
        "INSERT INTO idempotency (key_id, idempotency_key, method, path, body_sha256, status, response, at)
         VALUES ($1, $2, $3, $4, $5, 0, '', $6) ON CONFLICT (key_id, idempotency_key) DO NOTHING",
    );
    let statement = statement
        .bind(&once.key_id)
        .bind(&once.key)
        .bind(&once.method)
        .bind(&once.path)
        .bind(&once.body_sha256)
        .bind(int(now_ms));
    if tx.run(statement).await? == 1 {
        return Ok(Claim::New);
    }
    let statement = sqlx::query(
        "SELECT method, path, body_sha256, status, response FROM idempotency
         WHERE key_id = $1 AND idempotency_key = $2",
    );
    let row = tx.first(statement.bind(&once.key_id).bind(&once.key)).await?;
    let row = row.ok_or_else(|| StoreError::Unavailable("a request with the same key is being undone".to_owned()))?;
    Ok(Claim::Taken(once.compare(&row)?))
}

/// Keeps the reply beside its key.
pub(super) async fn settle(tx: &mut Tx<'_>, once: &Idempotent, reply: &Reply) -> Result<(), StoreError> {
    let statement =
        sqlx::query("UPDATE idempotency SET status = $3, response = $4 WHERE key_id = $1 AND idempotency_key = $2");
    let statement = statement.bind(&once.key_id).bind(&once.key).bind(i64::from(reply.status)).bind(&reply.body);
    tx.run(statement).await.map(drop)
}

impl Idempotent {
    fn compare(&self, row: &sqlx::any::AnyRow) -> Result<Reply, StoreError> {
        let same = row.text("method")? == self.method
            && row.text("path")? == self.path
            && row.text("body_sha256")? == self.body_sha256;
        if !same {
            return Err(StoreError::conflict(
                "idempotency_key_reused",
                format!("the Idempotency-Key {:?} stands for another request; give each request its own", self.key),
            ));
        }
        let status = u16::try_from(row.int("status")?).map_err(|_| StoreError::Defect("no HTTP status".to_owned()))?;
        Ok(Reply { status, body: row.text("response")? })
    }
}
