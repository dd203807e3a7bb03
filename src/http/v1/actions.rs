//! `/v1/actions`: what concerns everything.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::input::Json;
use crate::http::problem::Problem;

/// Whether calls are dialed.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Dialing {
    /// Whether they are.
    dialing: bool,
}

/// Stops all dialing, here and in every other process, within a second. Calls that are under way go on; those that wait
/// stay as they are, through restarts too.
#[utoipa::path(post, path = "/v1/actions/stop-dialing", tag = "actions", responses((status = 200, body = Dialing)))]
pub(in crate::http) async fn stop_dialing(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
) -> Result<Json<Dialing>, Problem> {
    set(&gateway, false, &caller).await
}

/// Lets dialing go on.
#[utoipa::path(post, path = "/v1/actions/resume-dialing", tag = "actions", responses((status = 200, body = Dialing)))]
pub(in crate::http) async fn resume_dialing(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
) -> Result<Json<Dialing>, Problem> {
    set(&gateway, true, &caller).await
}

async fn set(gateway: &Gateway, dialing: bool, caller: &Caller) -> Result<Json<Dialing>, Problem> {
    gateway.desk.set_dialing(dialing, &caller.actor()).await?;
    Ok(Json(Dialing { dialing }))
}
