//! `GET /healthz`, `GET /readyz`, `GET /metrics`: for those who watch over the process.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Gateway;
use super::problem::{Code, Problem};
use crate::metrics;

/// Whether the process answers at all.
#[utoipa::path(
    get, path = "/healthz", tag = "health", security(()),
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"))
)]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether it serves: its store takes writes, no fact waits for the store, and it is not stopping.
#[utoipa::path(
    get, path = "/readyz", tag = "health", security(()),
    responses((status = 200, description = "It does", body = String, content_type = "text/plain"),
        (status = 503, description = "`not_serving`: the detail says why"))
)]
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Result<&'static str, Problem> {
    let mut reasons = gateway.desk.not_ready().await;
    if let Err(error) = gateway.store.ping().await {
        tracing::warn!(%error, "not ready: the store takes no writes");
        reasons.insert(0, "the store takes no writes".to_owned());
    }
    if *gateway.stopping.borrow() {
        reasons.push("the gateway is stopping".to_owned());
    }
    if reasons.is_empty() { Ok("ok\n") } else { Err(Problem::new(Code::NotServing, reasons.join("; "))) }
}

/// What it counts, in the text format of OpenMetrics.
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses((status = 200, description = "Metrics", body = String, content_type = "application/openmetrics-text"))
)]
pub(super) async fn metrics(State(gateway): State<Arc<Gateway>>) -> Result<Response, Problem> {
    gateway.desk.measure().await;
    let text = gateway.metrics.render().map_err(Problem::defect)?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}
