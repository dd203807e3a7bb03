//! `/sandbox`: the report, the number plan, faults. Open: the sandbox is a test peer on the loopback.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::faults::Fault;
use crate::network::exchange::Exchange;
use crate::personas::plan::Number;
use crate::report::Report;

pub(super) async fn report(State(exchange): State<Arc<Exchange>>) -> Json<Report> {
    Json(exchange.report())
}

pub(super) async fn numbers(State(exchange): State<Arc<Exchange>>) -> Json<Vec<Number>> {
    Json(exchange.plan.listing())
}

pub(super) async fn faults(State(exchange): State<Arc<Exchange>>) -> Json<Vec<Fault>> {
    Json(exchange.world().faults.pending().to_vec())
}

/// Adds one fault or a list of them.
pub(super) async fn add_faults(State(exchange): State<Arc<Exchange>>, body: Bytes) -> Response {
    let many = serde_json::from_slice::<Vec<Fault>>(&body);
    let read = match body.first() {
        Some(b'[') => many,
        _ => serde_json::from_slice::<Fault>(&body).map(|fault| vec![fault]),
    };
    match read {
        Ok(faults) => {
            exchange.world().faults.add(faults);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response(),
    }
}

pub(super) async fn clear_faults(State(exchange): State<Arc<Exchange>>) -> StatusCode {
    exchange.world().faults.clear();
    StatusCode::NO_CONTENT
}
