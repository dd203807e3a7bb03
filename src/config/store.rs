//! Section `store`.

use std::path::{Path, PathBuf};

use super::section::{Finding, section};
use super::value::DatabaseUrl;

section! {
    /// What outlives the process.
    pub struct Store {
        /// The data folder, made where it is missing: database, recordings, prompts, spool, logs and the first key are below it.
        dir: PathBuf = PathBuf::from("voxgate-data"),
        /// The database: `sqlite:FILE`, or `postgres://USER:PASSWORD@HOST/NAME`. Default: `voxgate.db` below `dir`.
        url: Option<DatabaseUrl> = None,
    }
}

impl Store {
    /// Where the database is, as its driver reads it; with the password, so not for logs.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.url.as_ref().map_or_else(|| sqlite_url(&self.dir.join("voxgate.db")), |url| url.reveal().to_owned())
    }

    /// The file with the key that was made at the first start.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.dir.join("api-key")
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        if self.dir.as_os_str().is_empty() {
            return vec![("dir", "is empty: name a folder, or \".\" for the one you are in".to_owned())];
        }
        Vec::new()
    }
}

/// A driver reads `%`, `?` and `#` of an address as its own.
fn sqlite_url(file: &Path) -> String {
    let file = file.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_below_the_data_folder_where_nothing_else_is_said() {
        let store = Store { dir: "a b/100%?".into(), url: None };
        assert_eq!(store.database_url(), "sqlite:a b/100%25%3F/voxgate.db");
        assert_eq!(Store::default().database_url(), "sqlite:voxgate-data/voxgate.db");
    }
}
