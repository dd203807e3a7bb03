//! `POST /v1/calls/{id}/cancel`: stops a call, however far it came.

use std::sync::Arc;

use axum::extract::{Path, State};
use voxgate_core::model::CallId;

use super::shape::Call;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::input::Json;
use crate::http::problem::Problem;

/// Stops a call. One that waits is canceled when this is answered. One that is under way is hung up, and ends with what
/// was captured; until then it is `in_progress`.
#[utoipa::path(
    post, path = "/v1/calls/{id}/cancel", tag = "calls", params(("id" = String, Path, description = "The call")),
    responses((status = 200, body = Call), (status = 409, description = "`illegal_transition`: it is over"))
)]
pub(in crate::http) async fn cancel(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Call>, Problem> {
    let call = CallId::new(id);
    gateway.desk.cancel(&call, &caller.actor()).await?;
    Ok(Json(gateway.store.call(&call).await?.into()))
}
