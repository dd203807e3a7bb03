//! Why the store did not do something.

use std::borrow::Cow;
use std::fmt;

use voxgate_core::calls::{IllegalMove, Moving};

/// Why an operation was not done. It left nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The database does not answer, or takes nothing now: it is locked, gone, full or read-only. The same operation may
    /// work later. The text says which, and what to do.
    Unavailable(String),
    /// There is no such thing.
    NotFound {
        /// What was looked for, with its article.
        what: &'static str,
        /// By which name.
        id: String,
    },
    /// What is stored already does not allow it.
    Conflict {
        /// Stable, for programs.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// The state's diagram has no such move. The row is unchanged.
    Illegal {
        /// What was to move, with its article.
        entity: &'static str,
        /// Where it stands.
        from: String,
        /// Where it was to go.
        to: String,
        /// The move and what may be done instead, in words.
        detail: String,
    },
    /// Another process has taken the attempt over since: whoever asks must let it go.
    Fenced,
    /// A defect of ours, or a database that is damaged. The text says what was found.
    Defect(String),
}

impl StoreError {
    pub(super) fn not_found(what: &'static str, id: impl fmt::Display) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    pub(super) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// Whether the same operation may work later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(what) => write!(f, "the database takes nothing now: {what}"),
            Self::NotFound { what, id } => write!(f, "there is no {what} {id:?}"),
            Self::Conflict { code, detail } => write!(f, "{code}: {detail}"),
            Self::Illegal { detail, .. } => f.write_str(detail),
            Self::Fenced => f.write_str("the attempt belongs to another process now: let it go"),
            Self::Defect(what) => write!(f, "the store is at fault, please report it: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl<S: Moving> From<IllegalMove<S>> for StoreError {
    fn from(error: IllegalMove<S>) -> Self {
        let detail = error.to_string();
        Self::Illegal { entity: S::OF, from: error.from.to_string(), to: error.to.to_string(), detail }
    }
}

impl From<sqlx::Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the driver's list is open; what is not named is a defect")]
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or(Cow::Borrowed(""));
                let advice =
                    code.parse::<u32>().ok().filter(|_| code.len() < 5).map_or_else(|| postgres(&code), sqlite);
                match advice {
                    Some(advice) => Self::Unavailable(format!("{advice} ({})", database.message())),
                    None => Self::Defect(format!("{} (code {code})", database.message())),
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Self::Unavailable(format!(
                "it cannot be reached; check that its server runs and that store.url is right ({error})"
            )),
            sqlx::Error::PoolTimedOut => Self::Unavailable(
                "no connection to it came free in time; check its load and how many connections it allows".to_owned(),
            ),
            sqlx::Error::PoolClosed => Self::Unavailable("the store is closed".to_owned()),
            sqlx::Error::WorkerCrashed => Self::Unavailable("its connection broke; it is opened anew".to_owned()),
            _ => Self::Defect(error.to_string()),
        }
    }
}

/// Primary result codes of <https://sqlite.org/rescode.html>, for which trying later is sensible.
fn sqlite(code: u32) -> Option<&'static str> {
    match code & 0xff {
        5 | 6 => {
            Some("another process holds its lock; find out which with `fuser`, and end it if it does not belong there")
        }
        8 => Some("it is read-only; give the user that runs voxgate the right to write the file and its folder"),
        7 | 9 => Some("an operation was interrupted or found no memory"),
        10 => Some("its disk failed to read or write; check the disk"),
        13 => Some("its disk is full; make room"),
        14 => Some("its file cannot be opened; check that the folder is there and may be written"),
        _ => None,
    }
}

/// SQLSTATE codes of <https://www.postgresql.org/docs/current/errcodes-appendix.html>, for which trying later is sensible.
fn postgres(code: &str) -> Option<&'static str> {
    match code {
        "25006" => Some("it is read-only; point store.url at the primary"),
        "53100" => Some("its disk is full; make room"),
        "40001" | "40P01" | "55P03" => Some("it undid a transaction that met another; it is safe to try again"),
        "28000" | "28P01" => Some("it refuses the user or the password in store.url"),
        "3D000" => Some("it has no such database; create it, or correct store.url"),
        _ if code.starts_with("08") || code.starts_with("57P") => Some("it is starting, stopping or gone"),
        _ if code.starts_with("53") || code.starts_with("58") => Some("its server lacks memory, connections or disk"),
        _ => None,
    }
}
