//! The first key: made where there is none, and left in a file for whoever runs the gateway.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{ApiKey, Role};
use crate::store::{KeyRow, Reply, Store, StoreError};

/// Why there is no first key.
#[derive(Debug)]
pub enum FirstKeyError {
    /// Its file cannot be written or read.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is a file where it belongs, and no key in it.
    NoKey(PathBuf),
    /// The operating system gives out no randomness.
    NoRandomness,
    /// It cannot be kept.
    Store(StoreError),
}

/// Makes an admin's key if the store has no key at all, and leaves it in `file`, for its owner alone (mode 0600). A key
/// that lies there already becomes the first one, so that a start that broke off is made good by the next, and two
/// processes that start at once agree. Whether one was made.
///
/// # Errors
/// [`FirstKeyError`].
pub async fn ensure_first_key(store: &Store, file: &Path, now_ms: u64) -> Result<bool, FirstKeyError> {
    if !store.keys().await?.is_empty() {
        return Ok(false);
    }
    let key = match leave(file) {
        Ok(key) => key?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => lying_at(file)?,
        Err(error) => return Err(FirstKeyError::File { path: file.to_owned(), error }),
    };
    let unasked = |_: &KeyRow| Reply { status: 201, body: String::new() };
    match store.add_key("first", &key.hash(), &[Role::Admin.to_string()], None, now_ms, unasked).await {
        Ok(_) => Ok(true),
        // Another process was there first with the same key.
        Err(_) if store.key_by_hash(&key.hash()).await?.is_some() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// In the file before it is in the store: a key that nobody was told would lock everybody out.
fn leave(file: &Path) -> io::Result<Result<ApiKey, FirstKeyError>> {
    let Ok(key) = ApiKey::new() else { return Ok(Err(FirstKeyError::NoRandomness)) };
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(open, "{}", key.reveal())?;
    open.sync_all()?;
    Ok(Ok(key))
}

fn lying_at(file: &Path) -> Result<ApiKey, FirstKeyError> {
    let text = std::fs::read_to_string(file).map_err(|error| FirstKeyError::File { path: file.to_owned(), error })?;
    ApiKey::read(text.trim()).ok_or_else(|| FirstKeyError::NoKey(file.to_owned()))
}

impl From<StoreError> for FirstKeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for FirstKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => {
                write!(f, "the first key cannot be left in {}: {error}; check store.dir", path.display())
            }
            Self::NoKey(path) => {
                write!(f, "{} should hold the first key and does not: remove it, and start again", path.display())
            }
            Self::NoRandomness => f.write_str("the operating system gives out no random bytes, so no key can be made"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FirstKeyError {}
