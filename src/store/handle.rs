//! The store as its users hold it.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, Connection};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::cells::Cells;
use super::database::{Database, Reopened};
use super::ids::come_after;
use super::tx::{Statement, Tx, Work};
use super::writer::{Counts, Operation, Pending, QUEUE, Writer};
use super::{Kind, StoreError};

/// How a store waits, and how many connections it has.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Connections: those that read on SQLite, all of them on PostgreSQL.
    pub connections: u32,
    /// For a lock that another process holds on a SQLite file, and for a connection that is free. Then the operation is
    /// [`StoreError::Unavailable`].
    pub patience: Duration,
}

impl Default for StoreOptions {
    /// Eight connections, two seconds.
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(2) }
    }
}

/// What a store counts since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// Writing operations that were committed.
    pub operations: u64,
    /// Commits that made them durable. On SQLite one commit takes along what waits.
    pub commits: u64,
    /// Operations that wait for the writer now; SQLite alone.
    pub waiting: usize,
}

/// Calls and all that becomes of them, durable. Clones share everything.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

type Orders = mpsc::Sender<Box<dyn Operation>>;

struct Inner {
    kind: Kind,
    pool: AnyPool,
    /// SQLite alone. None once closed.
    writer: Mutex<Option<(Orders, JoinHandle<()>)>>,
    counts: Arc<Counts>,
}

impl Store {
    /// Opens `sqlite:FILE`, made where it is missing, or `postgres://…`, and brings the schema up to date. To be called on
    /// a tokio runtime, where the writer will live.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it cannot be reached, read or written now, [`StoreError::Conflict`] where the
    /// address is none or a newer voxgate made the database.
    pub async fn open(url: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let database = Database::at(url, options.patience)?;
        let kind = database.kind;
        let reopened = Arc::new(Reopened::now());
        let pool = database.pool(options.connections, options.patience, Arc::clone(&reopened));
        let counts = Arc::new(Counts::default());
        let mut connection = database.connect().await?;
        database.migrate(&mut connection).await?;
        keep_order(&mut connection).await?;
        let writer = match kind {
            Kind::Postgres => {
                connection.close().await?;
                None
            }
            Kind::Sqlite => {
                let (orders, queue) = mpsc::channel(QUEUE);
                let writer = Writer::new(database, connection, queue, reopened, Arc::clone(&counts));
                Some((orders, tokio::spawn(writer.run())))
            }
        };
        Ok(Self(Arc::new(Inner { kind, pool, writer: Mutex::new(writer), counts })))
    }

    /// Which engine it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What it counts.
    #[must_use]
    pub fn counts(&self) -> StoreCounts {
        let counts = &self.0.counts;
        StoreCounts {
            operations: counts.operations.load(Ordering::Relaxed),
            commits: counts.commits.load(Ordering::Relaxed),
            waiting: self.writer().map_or(0, |writer| writer.max_capacity() - writer.capacity()),
        }
    }

    /// Whether it takes writes now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the reason.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.write(|mut tx| {
            Box::pin(async move {
                tx.run(sqlx::query("UPDATE counters SET value = value WHERE name = 'slots'")).await.map(drop)
            })
        })
        .await
    }

    /// Writes what waits and closes. Every clone is closed with it.
    pub async fn close(&self) {
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((orders, task)) = writer {
            drop(orders);
            if let Err(error) = task.await {
                tracing::error!(%error, "the store's writer broke");
            }
        }
        self.0.pool.close().await;
    }

    /// Does something in one transaction; answered when it is durable. On SQLite it is done even if the caller goes away.
    pub(super) async fn write<T: Send + 'static, F: Work<T>>(&self, work: F) -> Result<T, StoreError> {
        match self.0.kind {
            Kind::Sqlite => self.write_in_turn(work).await,
            Kind::Postgres => self.write_at_once(work).await,
        }
    }

    async fn write_in_turn<T: Send + 'static, F: Work<T>>(&self, work: F) -> Result<T, StoreError> {
        let closed = || StoreError::Unavailable("the store is closed".to_owned());
        let writer = self.writer().ok_or_else(closed)?;
        let (operation, answer) = Pending::new(work);
        writer.send(Box::new(operation)).await.map_err(|_| closed())?;
        drop(writer);
        answer.await.map_err(|_| closed())?
    }

    async fn write_at_once<T: Send + 'static, F: Work<T>>(&self, work: F) -> Result<T, StoreError> {
        let mut tx = self.0.pool.begin().await?;
        // What is dropped before its commit is rolled back.
        let result = work(Tx::new(Kind::Postgres, &mut tx)).await?;
        tx.commit().await?;
        self.0.counts.operations.fetch_add(1, Ordering::Relaxed);
        self.0.counts.commits.fetch_add(1, Ordering::Relaxed);
        Ok(result)
    }

    /// The first row, outside any transaction.
    pub(super) async fn read_first(&self, statement: Statement<'_>) -> Result<Option<AnyRow>, StoreError> {
        Ok(statement.fetch_optional(&self.0.pool).await?)
    }

    /// Every row, outside any transaction.
    pub(super) async fn read_all(&self, statement: Statement<'_>) -> Result<Vec<AnyRow>, StoreError> {
        Ok(statement.fetch_all(&self.0.pool).await?)
    }

    fn writer(&self) -> Option<Orders> {
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_ref().map(|(orders, _)| orders.clone())
    }
}

/// The history's order is that of its rows' names: it holds though the clock stepped back while nobody was there.
async fn keep_order(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let last = sqlx::query("SELECT MAX(id) AS id FROM history").fetch_one(connection).await?;
    if let Some(last) = last.maybe_text("id")? {
        come_after(&last);
    }
    Ok(())
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("kind", &self.0.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is answered is on disk: SQLite's own words for it.
    #[tokio::test]
    async fn a_commit_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("x.db").display());
        let store = Store::open(&url, &StoreOptions::default()).await.unwrap();
        let pragmas = store.write(|mut tx| {
            Box::pin(async move {
                let synchronous = tx.first(sqlx::query("PRAGMA synchronous")).await?.unwrap().int("synchronous")?;
                let foreign_keys = tx.first(sqlx::query("PRAGMA foreign_keys")).await?.unwrap().int("foreign_keys")?;
                let journal = tx.first(sqlx::query("PRAGMA journal_mode")).await?.unwrap().text("journal_mode")?;
                Ok((synchronous, foreign_keys, journal))
            })
        });
        assert_eq!(pragmas.await, Ok((2, 1, "wal".to_owned())));
    }
}
