//! Why a gateway does not start, or does not take an order.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use voxgate_core::dialog::BindError;

use crate::calls::PlaceError;
use crate::dialplans::DialplanError;
use crate::providers::BuildError;
use crate::speech::SpeechError;

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

/// Why an order is not taken.
#[derive(Debug)]
pub enum OrderError {
    /// There is no such script, or it has errors.
    Dialplan(DialplanError),
    /// Its variables or its language are wrong.
    Variables(BindError),
    /// It cannot be begun: the number is not on the allow list, or every slot is taken.
    Place(PlaceError),
    /// Its time has passed.
    Expired,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dialplan(error) => error.fmt(f),
            Self::Variables(error) => error.fmt(f),
            Self::Place(error) => error.fmt(f),
            Self::Expired => f.write_str("not_after has passed: give a later time"),
        }
    }
}

impl std::error::Error for OrderError {}

impl From<DialplanError> for OrderError {
    fn from(error: DialplanError) -> Self {
        Self::Dialplan(error)
    }
}

impl From<BindError> for OrderError {
    fn from(error: BindError) -> Self {
        Self::Variables(error)
    }
}

impl From<PlaceError> for OrderError {
    fn from(error: PlaceError) -> Self {
        Self::Place(error)
    }
}
