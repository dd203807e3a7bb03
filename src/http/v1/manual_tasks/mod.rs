//! `/v1/manual-tasks`.

mod give_back;
mod list;
mod resolve;
mod shape;
mod take;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Gateway;

pub(super) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::one))
        .routes(routes!(take::take_next))
        .routes(routes!(take::take))
        .routes(routes!(resolve::resolve))
        .routes(routes!(give_back::give_back))
}
