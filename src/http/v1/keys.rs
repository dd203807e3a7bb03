//! `/v1/keys`: API keys.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock;
use crate::http::Gateway;
use crate::http::access::{ApiKey, Role};
use crate::http::idempotency::{Repeatable, answered, replayed, reply};
use crate::http::input::Json;
use crate::http::problem::{Code, Problem};
use crate::http::time::at;
use crate::store::{Done, KeyId, KeyRow};

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewKey {
    /// What people call it.
    name: String,
    /// What it may do: at least one.
    roles: Vec<Role>,
}

/// A key, without its secret.
#[derive(Clone, Serialize, ToSchema)]
pub(in crate::http) struct Key {
    /// Its name for good; what histories and access logs say.
    key_id: String,
    /// What people call it.
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<Role>)]
    roles: Vec<String>,
    created_at: Timestamp,
    /// From when on it opens nothing.
    revoked_at: Option<Timestamp>,
    /// To the minute.
    last_used_at: Option<Timestamp>,
}

/// A key that was made.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct MadeKey {
    #[serde(flatten)]
    about: Key,
    /// The key itself. It is shown this once: null where the same request comes again.
    key: Option<String>,
}

/// Every key.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Keys {
    /// The first one first.
    items: Vec<Key>,
}

/// Every key, without its secret.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", responses((status = 200, body = Keys)))]
pub(in crate::http) async fn list(State(gateway): State<Arc<Gateway>>) -> Result<Json<Keys>, Problem> {
    let rows = gateway.store.keys().await?;
    Ok(Json(Keys { items: rows.into_iter().map(Key::from).collect() }))
}

/// Makes a key. It is shown in this answer and never again.
#[utoipa::path(
    post, path = "/v1/keys", tag = "keys",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes no second key")),
    request_body = NewKey, responses((status = 201, body = MadeKey))
)]
pub(in crate::http) async fn create(
    State(gateway): State<Arc<Gateway>>,
    Repeatable(once): Repeatable,
    Json(new): Json<NewKey>,
) -> Result<Response, Problem> {
    if new.name.trim().is_empty() || new.name.len() > LONGEST_NAME {
        let detail = format!("a name has 1 to {LONGEST_NAME} bytes");
        return Err(Problem::field(Code::InvalidField, "name", detail));
    }
    if new.roles.is_empty() {
        return Err(Problem::field(Code::InvalidField, "roles", "a key without a role opens nothing; name one"));
    }
    let roles: Vec<_> = new.roles.iter().map(Role::to_string).collect();
    let key = ApiKey::new().map_err(Problem::defect)?;
    // Kept without the key, which is shown once.
    let again = |row: &KeyRow| reply(StatusCode::CREATED, &MadeKey { about: row.clone().into(), key: None });
    let made = gateway.store.add_key(&new.name, &key.hash(), &roles, once.as_ref(), clock::unix_ms(), again).await?;
    Ok(match made {
        Done::Now(row) => {
            let made = MadeKey { about: row.into(), key: Some(key.reveal().to_owned()) };
            answered(reply(StatusCode::CREATED, &made))
        }
        Done::Before(before) => replayed(before),
    })
}

/// Revokes a key, for good and at once.
#[utoipa::path(
    post, path = "/v1/keys/{id}/revoke", tag = "keys", params(("id" = String, Path, description = "Its `key_id`")),
    responses((status = 200, body = Keys), (status = 404, description = "`unknown_key`"))
)]
pub(in crate::http) async fn revoke(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Keys>, Problem> {
    gateway.store.revoke_key(&KeyId::new(id), clock::unix_ms()).await?;
    list(State(gateway)).await
}

impl From<KeyRow> for Key {
    fn from(row: KeyRow) -> Self {
        Self {
            key_id: row.id.to_string(),
            name: row.name,
            roles: row.roles,
            created_at: at(row.created_at_ms),
            revoked_at: row.revoked_at_ms.map(at),
            last_used_at: row.last_used_at_ms.map(at),
        }
    }
}
