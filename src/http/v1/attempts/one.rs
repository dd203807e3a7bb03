//! `GET /v1/attempts/{id}`: one try to reach a number.

use std::sync::Arc;

use axum::extract::{Path, State};
use voxgate_core::model::AttemptId;

use super::Attempt;
use crate::http::Gateway;
use crate::http::input::Json;
use crate::http::problem::Problem;

/// One try to reach a number.
#[utoipa::path(
    get, path = "/v1/attempts/{id}", tag = "calls", params(("id" = String, Path, description = "The attempt")),
    responses((status = 200, body = Attempt), (status = 404, description = "`unknown_attempt`"))
)]
pub(in crate::http) async fn one(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
) -> Result<Json<Attempt>, Problem> {
    Ok(Json(gateway.store.attempt(&AttemptId::new(id)).await?.into()))
}
