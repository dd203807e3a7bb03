//! The HTTP interface: translates and decides nothing.

mod problem;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use self::problem::problem;
use crate::calls::Directory;
use crate::providers::Providers;

/// What requests are translated for.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Who checks and reads callbacks.
    pub providers: Providers,
    /// Who takes them.
    pub directory: Arc<Directory>,
    /// How providers reach this listener, without a slash at its end: their signatures are over it.
    pub public_url: String,
}

/// All routes.
pub fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/v1/webhooks/{provider}/{attempt}", post(webhooks::receive))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Arc::new(gateway))
}

async fn nothing_here() -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", "nothing is served at this path")
}

async fn wrong_method() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method")
}
