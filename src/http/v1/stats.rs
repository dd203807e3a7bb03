//! `/v1/stats`: how many of what.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use voxgate_core::calls::{CallState, LeadStatus};

use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::store::STOP_DIALING;

/// How many of what.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Stats {
    /// Calls by state.
    #[schema(value_type = BTreeMap<String, u64>)]
    calls: BTreeMap<CallState, u64>,
    /// Calls by the lead's status.
    #[schema(value_type = BTreeMap<String, u64>)]
    lead_status: BTreeMap<LeadStatus, u64>,
    /// Slots that are taken.
    slots_in_use: u32,
    /// Slots that there are.
    slots: u32,
    /// Whether calls are dialed.
    dialing: bool,
}

/// How many calls stand where, and how many slots are taken.
#[utoipa::path(get, path = "/v1/stats", tag = "stats", responses((status = 200, body = Stats)))]
pub(in crate::http) async fn stats(State(gateway): State<Arc<Gateway>>) -> Result<Json<Stats>, Problem> {
    let counted = gateway.store.calls_by_state().await?;
    let calls: BTreeMap<_, _> =
        CallState::ALL.iter().map(|state| (*state, counted.get(state).copied().unwrap_or(0))).collect();
    let mut lead_status: BTreeMap<_, _> = LeadStatus::ALL.iter().map(|status| (*status, 0)).collect();
    for (state, count) in &calls {
        *lead_status.entry(state.lead_status()).or_default() += count;
    }
    Ok(Json(Stats {
        calls,
        lead_status,
        slots_in_use: gateway.store.slots_in_use().await?.deployment,
        slots: gateway.slots,
        dialing: !gateway.store.switch(STOP_DIALING).await?.on,
    }))
}
