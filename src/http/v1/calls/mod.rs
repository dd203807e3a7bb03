//! `/v1/calls`.

mod attempts;
mod cancel;
mod create;
mod list;
mod one;
mod shape;
mod timeline;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Gateway;

pub(super) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(one::one))
        .routes(routes!(cancel::cancel))
        .routes(routes!(attempts::attempts))
        .routes(routes!(timeline::timeline))
}
