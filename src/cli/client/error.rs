//! What keeps a command from being done, and what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use reqwest::{Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::config::Problems;

/// Why a command was not done.
#[derive(Debug)]
pub(in crate::cli) enum ClientError {
    /// The config is wrong.
    Config(Problems),
    /// The key file cannot be read.
    NoKey {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others can read the key file.
    OpenKey(PathBuf),
    /// What was given for a key is none.
    NotAKey,
    /// The config's address is none that could be reached.
    NoAddress(SocketAddr),
    /// Nobody listens there.
    NoServer {
        /// Where.
        server: Url,
        /// What happened.
        what: String,
    },
    /// Somebody listens and does not answer.
    Silent(Url),
    /// The gateway does not know the key.
    WrongKey(&'static str),
    /// The gateway said no.
    Refused {
        /// The status of its answer.
        status: StatusCode,
        /// Its own words.
        problem: Problem,
    },
    /// What answers is no gateway, or one of another version.
    NotAGateway,
    /// The answer broke off or makes no sense.
    Broken(String),
    /// A recording is not what was sealed.
    Altered(String),
    /// A file cannot be written or read.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The operating system gives out nothing to work with.
    Runtime(io::Error),
}

/// A problem document, RFC 9457, as far as people want to know it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Problem {
    code: String,
    detail: String,
    errors: Vec<FieldError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldError {
    field: String,
    detail: String,
}

impl ClientError {
    pub(super) fn unreached(server: &Url, error: &reqwest::Error) -> Self {
        let mut what = "no answer".to_owned();
        let mut cause = error.source();
        // The last cause is the operating system's word; those before it only say that there was one.
        while let Some(next) = cause {
            what = next.to_string();
            cause = next.source();
        }
        Self::NoServer { server: server.clone(), what }
    }

    /// What the gateway says no with; `key` is where the key came from.
    pub(super) async fn refused(response: Response, key: &'static str) -> Self {
        let status = response.status();
        let body = response.bytes().await.unwrap_or_default();
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) if problem.code == "unauthenticated" => Self::WrongKey(key),
            Ok(problem) if !problem.code.is_empty() => Self::Refused { status, problem },
            Ok(_) | Err(_) => Self::NotAGateway,
        }
    }

    /// Whether the gateway said no with this code.
    pub(in crate::cli) fn is(&self, code: &str) -> bool {
        matches!(self, Self::Refused { problem, .. } if problem.code == code)
    }

    /// 1 where the work failed, 2 where command line or config are wrong.
    pub(super) fn exit(&self) -> ExitCode {
        let misused = match self {
            Self::Config(_)
            | Self::NoKey { .. }
            | Self::OpenKey(_)
            | Self::NotAKey
            | Self::WrongKey(_)
            | Self::NoAddress(_) => true,
            Self::Refused { status, .. } => {
                matches!(*status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::NoServer { .. }
            | Self::Silent(_)
            | Self::NotAGateway
            | Self::Broken(_)
            | Self::Altered(_)
            | Self::File { .. }
            | Self::Runtime(_) => false,
        };
        ExitCode::from(if misused { 2 } else { 1 })
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(problems) => problems.fmt(f),
            Self::NoKey { path, error } if error.kind() == io::ErrorKind::NotFound => write!(
                f,
                "no API key: set VOXGATE_KEY, or start `voxgate serve` here once, which leaves one in {}",
                path.display()
            ),
            Self::NoKey { path, error } => {
                write!(f, "no API key: {} cannot be read: {error}; set VOXGATE_KEY instead", path.display())
            }
            Self::OpenKey(path) => write!(
                f,
                "{path} can be read by others, who may have the key now: revoke it, and `chmod 600 {path}`",
                path = path.display()
            ),
            Self::NotAKey => f.write_str("the API key is empty or has blanks in it; it looks like vgk_…"),
            Self::WrongKey(from) => write!(
                f,
                "the gateway does not know the key {from}: it was revoked, or is another gateway's; an admin makes one \
                 with `voxgate keys create NAME --role ROLE`"
            ),
            Self::NoAddress(bound) => {
                write!(f, "server.bind is {bound}, which cannot be reached as it stands: give --server URL")
            }
            Self::NoServer { server, what } => write!(
                f,
                "no gateway at {server} ({what}): start one with `voxgate serve`, or name another with --server URL"
            ),
            Self::Silent(server) => write!(f, "the gateway at {server} does not answer"),
            Self::Refused { status, problem } => refusal(f, *status, problem),
            Self::NotAGateway => {
                f.write_str("what answers there is no voxgate, or a proxy in front of one: check --server")
            }
            Self::Broken(what) => write!(f, "the gateway's answer cannot be read: {what}"),
            Self::Altered(id) => write!(
                f,
                "{id} is not what was sealed: its hash differs; keep the file as it is, and look into who touched it"
            ),
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Runtime(error) => error.fmt(f),
        }
    }
}

fn refusal(f: &mut fmt::Formatter<'_>, status: StatusCode, problem: &Problem) -> fmt::Result {
    let Problem { code, detail, errors } = problem;
    match errors.as_slice() {
        [] => write!(f, "{detail} ({code})")?,
        errors => {
            for (n, FieldError { field, detail }) in errors.iter().enumerate() {
                let gap = if n == 0 { "" } else { "\n" };
                write!(f, "{gap}{field}: {detail}")?;
            }
            write!(f, " ({code})")?;
        }
    }
    match status {
        StatusCode::FORBIDDEN => f.write_str("; an admin makes one with `voxgate keys create NAME --role ROLE`"),
        _ => match code.as_str() {
            "unknown_telecaller" => f.write_str("; `voxgate telecallers list` shows the ids"),
            "telecaller_away" => f.write_str("; `voxgate telecallers set ID available` does it"),
            _ => Ok(()),
        },
    }
}

impl Error for ClientError {}
