//! Section `store`.

use std::path::PathBuf;

use super::section::section;

section! {
    /// What outlives the process.
    pub struct Store {
        /// Folder of the journal and of the outcomes, both as JSON lines; made where it is missing.
        dir: PathBuf = PathBuf::from("voxgate-data"),
    }
}
