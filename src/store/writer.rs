//! The one writer of a SQLite file: what waits is done in one transaction, each in a savepoint of its own, and answered
//! after the one commit.

use std::os::unix::fs::MetadataExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, Connection, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::database::{Database, Reopened};
use super::tx::{Tx, Work};
use super::{Kind, StoreError};

/// Operations that may wait for the writer; who comes later waits to be queued.
pub(super) const QUEUE: usize = 1024;
/// Operations that one commit makes durable.
const GROUP: usize = 64;

/// What the writer counts since it began.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) operations: AtomicU64,
    pub(super) commits: AtomicU64,
}

/// Something to be done in a transaction, and answered when that is durable.
pub(super) trait Operation: Send {
    /// Does it, and keeps what came of it.
    fn run<'t>(&'t mut self, tx: Tx<'t>) -> BoxFuture<'t, Result<(), StoreError>>;
    /// Tells who asked.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// An operation with its result and who waits for it.
pub(super) struct Pending<T, F> {
    work: Option<F>,
    result: Option<T>,
    asker: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Pending<T, F> {
    pub(super) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (asker, answer) = oneshot::channel();
        (Self { work: Some(work), result: None, asker }, answer)
    }
}

impl<T: Send, F: Work<T>> Operation for Pending<T, F> {
    fn run<'t>(&'t mut self, tx: Tx<'t>) -> BoxFuture<'t, Result<(), StoreError>> {
        let work = self.work.take();
        Box::pin(async move {
            let Some(work) = work else { return Err(StoreError::Defect("an operation ran twice".to_owned())) };
            // A panic in it must not take the writer along.
            let done = AssertUnwindSafe(work(tx)).catch_unwind().await;
            self.result = Some(done.map_err(|_| StoreError::Defect("an operation panicked".to_owned()))??);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, asker, .. } = *self;
        let lost = || StoreError::Defect("an operation left no result".to_owned());
        // Who asked may have gone away; it is done all the same.
        asker.send(committed.and_then(|()| result.ok_or_else(lost))).ok();
    }
}

/// Owns the connection that writes. Lives until nobody can ask any more.
pub(super) struct Writer {
    database: Database,
    queue: mpsc::Receiver<Box<dyn Operation>>,
    open: Option<Open>,
    reopened: Arc<Reopened>,
    counts: Arc<Counts>,
}

/// A connection, and which file it writes: a file that is gone or was exchanged takes writes that nobody will ever see.
struct Open {
    connection: AnyConnection,
    file: (u64, u64),
}

impl Writer {
    pub(super) fn new(
        database: Database,
        connection: AnyConnection,
        queue: mpsc::Receiver<Box<dyn Operation>>,
        reopened: Arc<Reopened>,
        counts: Arc<Counts>,
    ) -> Self {
        let open = file_of(&database).ok().map(|file| Open { connection, file });
        Self { database, queue, open, reopened, counts }
    }

    pub(super) async fn run(mut self) {
        while let Some(first) = self.queue.recv().await {
            self.group(first).await;
        }
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some(Open { connection, .. }) = self.open.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database was not closed cleanly; the next start mends it");
        }
    }

    /// Does what waits, and answers it once it is durable.
    async fn group(&mut self, first: Box<dyn Operation>) {
        let mut done = Vec::new();
        let mut waiting = Some(first);
        let committed = match self.ready().await {
            Ok(()) => {
                let Self { open, queue, .. } = self;
                let Some(Open { connection, .. }) = open else { return };
                commit_group(connection, queue, &mut waiting, &mut done).await
            }
            Err(error) => Err(error),
        };
        let committed = committed.and_then(|()| self.still_there());
        if let Err(error) = &committed {
            tracing::warn!(%error, operations = done.len(), "a group of writes was not done");
            // Within a transaction a connection may be left in any state.
            if !done.is_empty() {
                self.close().await;
            }
        }
        if committed.is_ok() && !done.is_empty() {
            self.counts.commits.fetch_add(1, Ordering::Relaxed);
            self.counts.operations.fetch_add(done.len() as u64, Ordering::Relaxed);
        }
        for (operation, result) in done {
            operation.answer(result.and(committed.clone()));
        }
        if let Err(error) = committed {
            self.refuse(waiting, &error);
        }
    }

    /// A file that was moved away between the first look and the commit took what was written along.
    fn still_there(&self) -> Result<(), StoreError> {
        let file = file_of(&self.database)?;
        match &self.open {
            Some(open) if open.file == file => Ok(()),
            Some(_) | None => Err(StoreError::Unavailable("its file was exchanged while it was written".to_owned())),
        }
    }

    /// What waits would only wait for the same.
    fn refuse(&mut self, waiting: Option<Box<dyn Operation>>, error: &StoreError) {
        waiting.into_iter().for_each(|operation| operation.answer(Err(error.clone())));
        for _ in 0..QUEUE {
            let Ok(operation) = self.queue.try_recv() else { return };
            operation.answer(Err(error.clone()));
        }
    }

    /// Sees to it that the connection writes the file which is there.
    async fn ready(&mut self) -> Result<(), StoreError> {
        let file = file_of(&self.database);
        if let (Some(open), Ok(file)) = (&self.open, &file)
            && open.file == *file
        {
            return Ok(());
        }
        self.close().await;
        let file = file?;
        let mut connection = self.database.connect().await?;
        self.database.migrate(&mut connection).await?;
        self.reopened.again();
        tracing::info!("the database is opened anew");
        self.open = Some(Open { connection, file });
        Ok(())
    }
}

type Done = Vec<(Box<dyn Operation>, Result<(), StoreError>)>;

/// One transaction. What was begun is in `done`, with its own result; an error is everybody's.
async fn commit_group(
    connection: &mut AnyConnection,
    queue: &mut mpsc::Receiver<Box<dyn Operation>>,
    waiting: &mut Option<Box<dyn Operation>>,
    done: &mut Done,
) -> Result<(), StoreError> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    while let Some(mut operation) = waiting.take() {
        let result = in_savepoint(&mut tx, &mut operation).await;
        let broken = result.as_ref().err().filter(|error| error.is_unavailable()).cloned();
        done.push((operation, result));
        if let Some(error) = broken {
            // SQLite may have undone the whole transaction by itself.
            return Err(error);
        }
        if done.len() < GROUP {
            *waiting = queue.try_recv().ok();
        }
    }
    Ok(tx.commit().await?)
}

async fn in_savepoint(
    tx: &mut Transaction<'_, sqlx::Any>,
    operation: &mut Box<dyn Operation>,
) -> Result<(), StoreError> {
    let mut savepoint = tx.begin().await?;
    match operation.run(Tx::new(Kind::Sqlite, &mut savepoint)).await {
        Ok(()) => Ok(savepoint.commit().await?),
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}

fn file_of(database: &Database) -> Result<(u64, u64), StoreError> {
    let file = database.file.as_deref().unwrap_or_else(|| std::path::Path::new(""));
    let found = std::fs::metadata(file).map_err(|error| {
        StoreError::Unavailable(format!(
            "{} is gone ({error}); bring it back, or restart to begin anew",
            file.display()
        ))
    })?;
    Ok((found.dev(), found.ino()))
}
