//! Why a gateway does not start, or does not take an order.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::http::access::FirstKeyError;
use crate::providers::BuildError;
use crate::speech::SpeechError;
use crate::store::StoreError;

/// Why a gateway does not start.
#[derive(Debug)]
pub enum StartError {
    /// A provider's section is wrong.
    Provider(BuildError),
    /// `calls.provider` names none.
    NoProvider {
        /// What stands there.
        name: Option<String>,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A speech backend cannot be built.
    Speech(SpeechError),
    /// A port cannot be listened on.
    Port {
        /// The field that names it.
        field: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// A folder cannot be written.
    Folder {
        /// The field that names it.
        field: &'static str,
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The database cannot be used.
    Store(StoreError),
    /// The first key cannot be made.
    Key(FirstKeyError),
    /// No thread could be started.
    Thread(io::Error),
}

impl StartError {
    pub(super) fn port(field: &'static str, address: SocketAddr, error: io::Error) -> Self {
        Self::Port { field, address, error }
    }

    pub(super) fn folder(field: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Folder { field, path: path.to_owned(), error }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::NoProvider { name, known } => {
                let wrong = name.as_ref().map_or("is missing".to_owned(), |name| format!("{name:?} is no provider"));
                let known = if known.is_empty() { "none is configured yet".to_owned() } else { known.join(", ") };
                write!(f, "calls.provider: {wrong}; name one of the [providers.<name>] sections: {known}")
            }
            Self::Speech(error) => error.fmt(f),
            Self::Port { field, address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "{field}: {address} is taken by another program; stop that, or choose another port")
            }
            Self::Port { field, address, error } => write!(f, "{field}: cannot listen on {address}: {error}"),
            Self::Folder { field, path, error } => {
                write!(f, "{field}: {} cannot be written: {error}; choose a folder that can", path.display())
            }
            Self::Store(error) => write!(f, "store.url: {error}"),
            Self::Key(error) => error.fmt(f),
            Self::Thread(error) => write!(f, "the operating system gives out no more threads: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<BuildError> for StartError {
    fn from(error: BuildError) -> Self {
        Self::Provider(error)
    }
}

impl From<SpeechError> for StartError {
    fn from(error: SpeechError) -> Self {
        Self::Speech(error)
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<FirstKeyError> for StartError {
    fn from(error: FirstKeyError) -> Self {
        Self::Key(error)
    }
}
