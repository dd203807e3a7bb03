//! `/v1/sessions`: what is under way.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use voxgate_core::calls::AttemptState;

use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::http::time::at;
use crate::store::AttemptRow;

/// Slots that are listed at most.
const MOST: u32 = 500;

/// What is under way.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Sessions {
    /// Calls that may be under way at once.
    limit: u32,
    /// Slots that are taken, by all processes of this deployment together.
    in_use: u32,
    /// The same by provider.
    by_provider: BTreeMap<String, u32>,
    /// Whether calls are dialed.
    dialing: bool,
    /// Who holds the slots, those that are surely over first among them: 500 at most.
    items: Vec<Slot>,
}

/// A slot that is taken: from before the dial until the call is proven over.
#[derive(Serialize, ToSchema)]
struct Slot {
    call_id: String,
    attempt_id: String,
    provider: String,
    #[schema(value_type = String, examples("answered"))]
    state: AttemptState,
    since: Timestamp,
    /// When its audio came up: from then on there is a session.
    media_at: Option<Timestamp>,
    /// When the call is surely over.
    until: Timestamp,
    /// The process that drives it.
    owner: Option<String>,
}

/// Slots and who holds them.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions", responses((status = 200, body = Sessions)))]
pub(in crate::http) async fn sessions(State(gateway): State<Arc<Gateway>>) -> Result<Json<Sessions>, Problem> {
    let in_use = gateway.store.slots_in_use().await?;
    let stopped = gateway.store.switch(crate::store::STOP_DIALING).await?.on;
    // Every call is surely over at the end of time.
    let rows = gateway.store.overdue_slots(u64::MAX, MOST).await?;
    Ok(Json(Sessions {
        limit: gateway.slots,
        in_use: in_use.deployment,
        by_provider: in_use.providers,
        dialing: !stopped,
        items: rows.into_iter().map(Slot::from).collect(),
    }))
}

impl From<AttemptRow> for Slot {
    fn from(row: AttemptRow) -> Self {
        Self {
            call_id: row.call.to_string(),
            attempt_id: row.id.to_string(),
            provider: row.provider,
            state: row.state,
            since: at(row.created_at_ms),
            media_at: row.media_at_ms.map(at),
            until: at(row.slot_until_ms),
            owner: row.owner,
        }
    }
}
