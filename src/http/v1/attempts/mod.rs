//! `/v1/attempts`.

mod disposition;
mod one;
mod shape;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(in crate::http) use self::shape::Attempt;
use crate::http::Gateway;

pub(super) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new().routes(routes!(one::one)).routes(routes!(disposition::revise))
}
