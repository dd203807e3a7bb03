//! Why a sandbox does not start.

use std::fmt;
use std::net::SocketAddr;

use crate::personas::PersonaError;

/// Trouble at start; nothing is left running.
#[derive(Debug)]
pub enum Error {
    /// A persona file, the number plan or a clip is wrong.
    Personas(PersonaError),
    /// The address cannot be listened on.
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A setting is out of its range.
    Setting {
        /// The setting's name.
        name: &'static str,
        /// What is wrong and what to do.
        text: String,
    },
    /// The thread or its runtime could not be started.
    Start(std::io::Error),
    /// The client for callbacks could not be built.
    Client(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Personas(error) => write!(f, "sandbox personas: {error}"),
            Self::Bind { address, source } => {
                write!(
                    f,
                    "sandbox cannot listen on {address}: {source}; name another address, or port 0 for a free one"
                )
            }
            Self::Setting { name, text } => write!(f, "sandbox setting {name}: {text}"),
            Self::Start(source) => write!(f, "sandbox cannot start its thread: {source}"),
            Self::Client(text) => write!(f, "sandbox cannot build its HTTP client: {text}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Personas(error) => Some(error),
            Self::Bind { source, .. } | Self::Start(source) => Some(source),
            Self::Setting { .. } | Self::Client(_) => None,
        }
    }
}

impl From<PersonaError> for Error {
    fn from(error: PersonaError) -> Self {
        Self::Personas(error)
    }
}
