//! `/v1`: one file or folder per resource.

mod actions;
mod attempts;
mod calls;
mod dnc;
mod events;
mod keys;
mod manual_tasks;
mod recordings;
mod sessions;
mod stats;
mod telecallers;
mod webhooks;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use self::events::Feed;
use super::Gateway;

pub(super) fn routes() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::new()
        .merge(calls::routes())
        .merge(attempts::routes())
        .merge(manual_tasks::routes())
        .routes(routes!(telecallers::list, telecallers::create))
        .routes(routes!(telecallers::set_state))
        .merge(recordings::routes())
        .routes(routes!(dnc::list, dnc::add))
        .routes(routes!(dnc::one, dnc::remove))
        .routes(routes!(sessions::sessions))
        .routes(routes!(actions::stop_dialing))
        .routes(routes!(actions::resume_dialing))
        .routes(routes!(events::events))
        .routes(routes!(stats::stats))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(webhooks::receive))
}
