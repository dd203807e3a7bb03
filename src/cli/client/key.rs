//! The key file that a gateway leaves in its data folder.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::ClientError;

/// The longest key that is read, in bytes.
const LONGEST: u64 = 4_096;

/// Reads the key; one that others can read is refused, for they may have it.
pub(super) fn from_file(path: &Path) -> Result<String, ClientError> {
    let unread = |error: io::Error| ClientError::NoKey { path: path.to_owned(), error };
    let mut file = File::open(path).map_err(unread)?;
    let mode = file.metadata().map_err(unread)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(ClientError::OpenKey(path.to_owned()));
    }
    let mut key = String::new();
    Read::by_ref(&mut file).take(LONGEST).read_to_string(&mut key).map_err(unread)?;
    Ok(key)
}
