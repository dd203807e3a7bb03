//! `GET /v1/calls/{id}/attempts`: each try to reach the number.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use voxgate_core::model::CallId;

use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;
use crate::http::v1::attempts::Attempt;

/// A call's attempts.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Attempts {
    /// The first one first.
    items: Vec<Attempt>,
}

/// Each try to reach the number, the first one first.
#[utoipa::path(
    get, path = "/v1/calls/{id}/attempts", tag = "calls", params(("id" = String, Path, description = "The call")),
    responses((status = 200, body = Attempts), (status = 404, description = "`unknown_call`"))
)]
pub(in crate::http) async fn attempts(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Attempts>, Problem> {
    let call = gateway.store.call(&CallId::new(id)).await?;
    let rows = gateway.store.attempts_of(&call.id).await?;
    Ok(Json(Attempts { items: rows.into_iter().map(Attempt::from).collect() }))
}
