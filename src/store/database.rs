//! Opening a database: its address, its connections, its schema.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, SqlSafeStr};
use tokio::time::Instant;

use super::StoreError;
use crate::clock;

/// Which engine keeps the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file, through the SQLite that is built in.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// Where the rows are, and how connections to it are made.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pub(super) kind: Kind,
    /// The file; SQLite alone.
    pub(super) file: Option<PathBuf>,
    options: AnyConnectOptions,
    lock_wait: Duration,
}

impl Database {
    /// Reads an address, `sqlite:FILE` or `postgres://…`. Makes the folder and the file where they are missing; the file
    /// is for its owner alone, and what SQLite lays beside it takes after it.
    pub(super) fn at(url: &str, lock_wait: Duration) -> Result<Self, StoreError> {
        sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]).ok(); // once per process
        let (kind, file, url) = if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            (Kind::Postgres, None, url.to_owned())
        } else {
            let (file, address) = sqlite_file(url)?;
            (Kind::Sqlite, Some(file), address)
        };
        let options = AnyConnectOptions::from_str(&url).map_err(|error| wrong_url(&error.to_string()))?;
        Ok(Self { kind, file, options: options.disable_statement_logging(), lock_wait })
    }

    /// A connection that writes.
    pub(super) fn connect(&self) -> BoxFuture<'_, Result<AnyConnection, StoreError>> {
        Box::pin(async move {
            let mut connection = self.options.connect().await?;
            if self.kind == Kind::Sqlite {
                pragmas(&mut connection, self.lock_wait, "").await?;
            }
            Ok(connection)
        })
    }

    /// Connections that read; on PostgreSQL they write as well. Those that are older than `reopened` are not used again.
    pub(super) fn pool(&self, size: u32, acquire: Duration, reopened: Arc<Reopened>) -> AnyPool {
        let options = AnyPoolOptions::new().max_connections(size).acquire_timeout(acquire);
        let lock_wait = self.lock_wait;
        match self.kind {
            Kind::Postgres => options.connect_lazy_with(self.options.clone()),
            Kind::Sqlite => options
                .after_connect(move |connection, _| {
                    Box::pin(async move { pragmas(connection, lock_wait, "PRAGMA query_only = 1;").await })
                })
                .before_acquire(move |_, meta| {
                    let stale = meta.age > reopened.age();
                    Box::pin(async move { Ok(!stale) })
                })
                .connect_lazy_with(self.options.clone()),
        }
    }

    /// Brings the schema up to date. Two processes may do it at once: who comes second finds it done.
    pub(super) fn migrate<'a>(&'a self, connection: &'a mut AnyConnection) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let migrator = migrator();
            // `run` takes an `Acquire`, which a boxed future cannot have: see its source for this way around.
            if migrator.run_direct(None, connection, false).await.is_ok() {
                return Ok(());
            }
            migrator.run_direct(None, connection, false).await.map_err(not_migrated)
        })
    }
}

fn migrator() -> Migrator {
    let step = |version, name: &'static str, text: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        step(1, "first", include_str!("migrations/0001_first.sql")),
        step(2, "reports", include_str!("migrations/0002_reports.sql")),
    ])
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's list is open; what is not named is a defect")]
fn not_migrated(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        MigrateError::VersionMissing(version) => StoreError::conflict(
            "schema_too_new",
            format!("a newer voxgate made this database (its schema has step {version}): run that one"),
        ),
        error => StoreError::Defect(format!("the schema cannot be brought up to date: {error}")),
    }
}

/// When the file was last opened anew.
#[derive(Debug)]
pub(super) struct Reopened {
    start: Instant,
    after_ms: AtomicU64,
}

impl Reopened {
    pub(super) fn now() -> Self {
        Self { start: clock::now(), after_ms: AtomicU64::new(0) }
    }

    pub(super) fn again(&self) {
        let after = clock::now().duration_since(self.start).as_millis();
        self.after_ms.store(u64::try_from(after).unwrap_or(u64::MAX), Ordering::Release);
    }

    fn age(&self) -> Duration {
        let then = self.start + Duration::from_millis(self.after_ms.load(Ordering::Acquire));
        clock::now().saturating_duration_since(then) + Duration::from_millis(1)
    }
}

/// What SQLite keeps per connection. A commit is on disk when it is answered: synchronous FULL.
async fn pragmas(connection: &mut AnyConnection, lock_wait: Duration, more: &str) -> Result<(), sqlx::Error> {
    let wait = lock_wait.as_millis();
    let text = format!(
        "PRAGMA busy_timeout = {wait}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = 1; {more}"
    );
    // Nothing in it comes from outside.
    sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.map(drop)
}

fn sqlite_file(url: &str) -> Result<(PathBuf, String), StoreError> {
    let Some(rest) = url.strip_prefix("sqlite:") else {
        return Err(wrong_url("it begins with neither sqlite: nor postgres:"));
    };
    let (path, mode) = rest.split_once('?').unwrap_or((rest, "mode=rw"));
    let path = decoded(path.strip_prefix("//").unwrap_or(path));
    if path.is_empty() || path == ":memory:" {
        return Err(wrong_url("calls must outlive the process: give a file, as in sqlite:voxgate-data/voxgate.db"));
    }
    let file = std::path::absolute(&path).map_err(|error| wrong_url(&error.to_string()))?;
    if mode == "mode=rw" {
        create(&file)?;
    }
    let Ok(address) = url::Url::from_file_path(&file) else {
        return Err(wrong_url("its path cannot be an address"));
    };
    let address = address.as_str().replacen("file:", "sqlite:", 1);
    Ok((file, format!("{address}?{mode}")))
}

/// Only where it is missing: to open and close a file that SQLite has open in this process would undo its locks.
fn create(file: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error: std::io::Error| {
        StoreError::Unavailable(format!("{} cannot be made: {error}; check store.url and its folder", file.display()))
    };
    if let Some(folder) = file.parent() {
        crate::folders::make_private(folder).map_err(failed)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// `%41` is `A`. What is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wrong_url(why: &str) -> StoreError {
    StoreError::conflict("store_url", format!("store.url does not name a database: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_file_or_a_server() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a b/100%?/x.db");
        let written = odd.display().to_string().replace('%', "%25").replace('?', "%3F");
        let database = Database::at(&format!("sqlite:{written}"), Duration::ZERO).unwrap();
        assert_eq!((database.kind, database.file.as_deref()), (Kind::Sqlite, Some(odd.as_path())));
        assert!(odd.exists());
        assert_eq!(Database::at("postgres://u:p@h/n", Duration::ZERO).unwrap().kind, Kind::Postgres);
        for wrong in ["mysql://h/n", "sqlite:", "sqlite::memory:", "voxgate.db"] {
            let error = Database::at(wrong, Duration::ZERO).unwrap_err().to_string();
            assert!(error.contains("store.url"), "{wrong}: {error}");
        }
    }
}
