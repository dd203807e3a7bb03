//! API keys: their hashes alone.

use sqlx::any::AnyRow;

use super::cells::{Cells, every, int, json};
use super::ids::new_id;
use super::{Done, Idempotent, KeyId, Reply, Store, StoreError};

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name for good.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// What it may do, by role.
    pub roles: Vec<String>,
    /// When it was made, in ms since 1970.
    pub created_at_ms: u64,
    /// When it was revoked.
    pub revoked_at_ms: Option<u64>,
    /// When it was last used, to the minute.
    pub last_used_at_ms: Option<u64>,
}

/// A key's last use is written down at most this often, in ms: every request would be a write.
const USE_GRAIN_MS: u64 = 60_000;

macro_rules! key_columns {
    () => {
        "id, name, roles, created_at, revoked_at, last_used_at"
    };
}

impl Store {
    /// Keeps a key by the hash of its secret. With `once`, a repeated request makes no second one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `idempotency_key_reused` where the key stands for another request.
    pub async fn add_key(
        &self,
        name: &str,
        hash: &str,
        roles: &[String],
        once: Option<&Idempotent>,
        now_ms: u64,
        reply: impl FnOnce(&KeyRow) -> Reply + Send + 'static,
    ) -> Result<Done<KeyRow>, StoreError> {
        let key = KeyRow {
            id: KeyId::new(new_id("key", now_ms)),
            name: name.to_owned(),
            roles: roles.to_vec(),
            created_at_ms: now_ms,
            revoked_at_ms: None,
            last_used_at_ms: None,
        };
        let hash = hash.to_owned();
        self.write_once(once, now_ms, reply, move |tx| {
            Box::pin(async move {
                let statement =
                    sqlx::query("INSERT INTO api_keys (id, name, hash, roles, created_at) VALUES ($1, $2, $3, $4, $5)");
                let statement = statement.bind(key.id.as_str()).bind(&key.name).bind(hash);
                tx.run(statement.bind(json(&key.roles)?).bind(int(now_ms))).await?;
                Ok(key)
            })
        })
        .await
    }

    /// The key with this hash, revoked or not.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn key_by_hash(&self, hash: &str) -> Result<Option<KeyRow>, StoreError> {
        let statement = sqlx::query(concat!("SELECT ", key_columns!(), " FROM api_keys WHERE hash = $1"));
        self.read_first(statement.bind(hash)).await?.map(|row| KeyRow::read(&row)).transpose()
    }

    /// Every key, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let statement = sqlx::query(concat!("SELECT ", key_columns!(), " FROM api_keys ORDER BY id"));
        every(&self.read_all(statement).await?, KeyRow::read)
    }

    /// Revokes a key for good. Revoked before, nothing changes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn revoke_key(&self, id: &KeyId, now_ms: u64) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |mut tx| {
            Box::pin(async move {
                let statement = sqlx::query("UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1");
                match tx.run(statement.bind(id.as_str()).bind(int(now_ms))).await? {
                    0 => Err(StoreError::not_found("key", id)),
                    _ => Ok(()),
                }
            })
        })
        .await
    }

    /// Notes that a key is used. Writes once a minute at most.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn key_used(&self, key: &KeyRow, now_ms: u64) -> Result<(), StoreError> {
        if key.last_used_at_ms.is_some_and(|last| last.saturating_add(USE_GRAIN_MS) > now_ms) {
            return Ok(());
        }
        let id = key.id.clone();
        self.write(move |mut tx| {
            Box::pin(async move {
                let statement = sqlx::query("UPDATE api_keys SET last_used_at = $2 WHERE id = $1");
                tx.run(statement.bind(id.as_str()).bind(int(now_ms))).await.map(drop)
            })
        })
        .await
    }
}

impl KeyRow {
    fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: KeyId::new(row.text("id")?),
            name: row.text("name")?,
            roles: row.json("roles")?,
            created_at_ms: row.natural("created_at")?,
            revoked_at_ms: row.maybe_natural("revoked_at")?,
            last_used_at_ms: row.maybe_natural("last_used_at")?,
        })
    }
}
