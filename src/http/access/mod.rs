//! Who asks, and whether they may: bearer API keys with roles.

mod first;
mod key;
mod role;
mod table;

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

pub use self::first::{FirstKeyError, ensure_first_key};
pub use self::key::ApiKey;
pub use self::role::Role;
pub use self::table::{TABLE, Who};
use super::Gateway;
use super::problem::{Code, Problem};
use crate::clock;
use crate::store::{KeyId, KeyRow, Store};

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The key's name.
    pub(super) key: KeyId,
}

/// Lets in who may, and tells the handler who it is.
pub(super) async fn check(
    State(gateway): State<Arc<Gateway>>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(who) = table::who(request.method(), path.as_str()) else {
        return Err(Problem::defect(format_args!("{} {} has no roles", request.method(), path.as_str())));
    };
    if who != Who::Open {
        let caller = authenticate(&gateway, request.headers(), who).await?;
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

async fn authenticate(gateway: &Gateway, headers: &HeaderMap, who: Who) -> Result<Caller, Problem> {
    let Some(written) = headers.get(AUTHORIZATION) else {
        return Err(unauthenticated("send an API key: Authorization: Bearer vgk_…"));
    };
    let key = written.to_str().ok().and_then(bearer).and_then(ApiKey::read);
    let Some(key) = key else {
        return Err(unauthenticated("the header Authorization holds no API key; it is: Bearer vgk_…"));
    };
    let row = gateway.store.key_by_hash(&key.hash()).await?;
    let Some(row) = row.filter(|row| row.revoked_at_ms.is_none()) else {
        return Err(unauthenticated("this API key is not known, or was revoked"));
    };
    let roles = roles(&row.roles)?;
    if !who.lets_in(&roles) {
        return Err(Problem::new(
            Code::Forbidden,
            format!("this needs a key with one of the roles {}", who.in_words()),
        ));
    }
    let caller = Caller { key: row.id.clone() };
    note_use(gateway.store.clone(), row);
    Ok(caller)
}

/// When a key was last used is good to know, and nothing waits for it.
fn note_use(store: Store, row: KeyRow) {
    tokio::spawn(async move {
        if let Err(error) = store.key_used(&row, clock::unix_ms()).await {
            tracing::debug!(%error, "the use of a key is not noted");
        }
    });
}

/// The scheme's name is written in any case: RFC 9110, section 11.1.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, key) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn roles(names: &[String]) -> Result<Vec<Role>, Problem> {
    names.iter().map(|name| name.parse()).collect::<Result<_, _>>().map_err(Problem::defect)
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(Code::Unauthenticated, detail)
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get().cloned();
        caller.ok_or_else(|| Problem::defect("a handler that needs to know who asks stands at an open route"))
    }
}

impl Caller {
    /// The caller as it stands in histories.
    pub(super) fn actor(&self) -> String {
        self.key.to_string()
    }
}
