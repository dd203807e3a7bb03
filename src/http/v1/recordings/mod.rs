//! `/v1/recordings`: for compliance alone.

mod accesses;
mod content;
mod list;
mod one;
mod range;
mod shape;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Gateway;

pub(super) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(one::one))
        .routes(routes!(one::of_call))
        .routes(routes!(content::content))
        .routes(routes!(accesses::accesses))
}
