//! One transaction, as operations see it.

use futures_util::future::BoxFuture;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection};

use super::{Kind, StoreError};

/// A statement with its values.
pub(super) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// A transaction, or a savepoint in one. What an operation did in it is undone where the operation fails.
pub(super) struct Tx<'c> {
    pub(super) kind: Kind,
    connection: &'c mut AnyConnection,
}

impl<'c> Tx<'c> {
    pub(super) fn new(kind: Kind, connection: &'c mut AnyConnection) -> Self {
        Self { kind, connection }
    }

    /// Runs a statement; the number of rows that it changed.
    pub(super) async fn run(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        Ok(statement.execute(&mut *self.connection).await?.rows_affected())
    }

    /// The first row, if there is one.
    pub(super) async fn first(&mut self, statement: Statement<'_>) -> Result<Option<AnyRow>, StoreError> {
        Ok(statement.fetch_optional(&mut *self.connection).await?)
    }

    /// Every row.
    pub(super) async fn all(&mut self, statement: Statement<'_>) -> Result<Vec<AnyRow>, StoreError> {
        Ok(statement.fetch_all(&mut *self.connection).await?)
    }

    /// The text for this kind of database.
    pub(super) fn sql(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.kind {
            Kind::Sqlite => sqlite,
            Kind::Postgres => postgres,
        }
    }
}

/// Picks the text of a claim: PostgreSQL locks the rows that it reads, so that nobody else changes them until the end of
/// the transaction; on SQLite nobody else writes in the meantime.
macro_rules! claim {
    ($tx:expr, $($text:expr),+; $lock:literal) => {
        $tx.sql(concat!($($text),+), concat!($($text),+, " ", $lock))
    };
}
pub(super) use claim;

/// Something that is done in a transaction.
pub(super) trait Work<T>:
    for<'t> FnOnce(Tx<'t>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static
{
}

impl<T, F> Work<T> for F where F: for<'t> FnOnce(Tx<'t>) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static {}
