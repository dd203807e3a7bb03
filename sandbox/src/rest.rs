//! The REST API: the carrier's own under `/2010-04-01/`, and the sandbox's under `/sandbox/`.

mod auth;
mod calls;
mod create;
mod form;
mod list;
mod listener;
mod object;
mod problem;
mod sandbox;
mod update;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::network::exchange::Exchange;
use listener::{CuttableListener, Cutter};
use problem::Problem;

/// Serves until the runtime ends.
pub(crate) async fn serve(exchange: Arc<Exchange>, listener: std::net::TcpListener) -> std::io::Result<()> {
    let listener = CuttableListener::new(tokio::net::TcpListener::from_std(listener)?);
    let app = router(exchange).into_make_service_with_connect_info::<Cutter>();
    axum::serve(listener, app).await
}

fn router(exchange: Arc<Exchange>) -> Router {
    Router::new()
        .route("/2010-04-01/Accounts/{account}/Calls.json", post(calls::create).get(calls::list))
        .route(
            "/2010-04-01/Accounts/{account}/Calls/{call}",
            get(calls::fetch).post(calls::update).delete(calls::delete),
        )
        .route("/sandbox/report", get(sandbox::report))
        .route("/sandbox/numbers", get(sandbox::numbers))
        .route("/sandbox/faults", get(sandbox::faults).post(sandbox::add_faults).delete(sandbox::clear_faults))
        .fallback(no_such_path)
        .with_state(exchange)
}

async fn no_such_path(uri: axum::http::Uri) -> Response {
    Problem::not_found(uri.path()).into_response()
}
