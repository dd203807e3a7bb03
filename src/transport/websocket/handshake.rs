//! From a TCP connection to a WebSocket: the handshake, checked before it is answered.

use std::fmt;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;

use super::socket::Socket;

/// How long a peer may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// A peer's wish to speak WebSocket.
#[derive(Debug)]
pub struct Upgrade<'a> {
    /// Path and query of the request.
    pub path: &'a str,
    /// The request, for its headers.
    pub request: &'a Request,
}

/// Who is let in, and to what.
pub type Greeting<'a, T> = dyn Fn(&Upgrade<'_>) -> Result<T, Refused> + Send + Sync + 'a;

/// Why a peer is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing is served at this path.
    NotFound,
    /// Its signature is missing or wrong.
    Forged,
    /// It did not finish its handshake in time, or in HTTP.
    NoHandshake,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no media is served at this path",
            Self::Forged => "the handshake's signature is missing or wrong",
            Self::NoHandshake => "no WebSocket handshake was finished within 5 s",
        })
    }
}

impl std::error::Error for Refused {}

/// Shakes hands with a peer that `greet` lets in.
///
/// # Errors
/// [`Refused`]; the peer has then been answered with 404 or 403, or dropped.
pub async fn accept<T: Send>(stream: TcpStream, greet: &Greeting<'_, T>) -> Result<(Socket, T), Refused> {
    let mut greeted = None;
    #[expect(clippy::result_large_err, reason = "the library's type of a callback")]
    let check = |request: &Request, response: Response| {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let verdict = greet(&Upgrade { path, request });
        let refused = verdict.as_ref().err().copied();
        greeted = Some(verdict);
        refused.map_or(Ok(response), |refused| Err(refusal(refused)))
    };
    let shaken = accept_hdr_async_with_config(stream, check, Some(Socket::config()));
    match (tokio::time::timeout(HANDSHAKE, shaken).await, greeted) {
        (Ok(Ok(socket)), Some(Ok(greeting))) => Ok((Socket::new(socket), greeting)),
        (_, Some(Err(refused))) => Err(refused),
        (Ok(Ok(_) | Err(_)) | Err(_), _) => Err(Refused::NoHandshake),
    }
}

fn refusal(refused: Refused) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(format!("{refused}\n")));
    *response.status_mut() = match refused {
        Refused::NotFound => StatusCode::NOT_FOUND,
        Refused::Forged => StatusCode::FORBIDDEN,
        Refused::NoHandshake => StatusCode::BAD_REQUEST,
    };
    response
}
