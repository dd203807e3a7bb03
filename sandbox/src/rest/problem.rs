//! The carrier's error envelope: `code`, `message`, `more_info`, `status`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
    /// The request was wrong in itself, so the report names it; a right request may be refused for the network's reasons.
    pub(super) wrong_request: bool,
}

impl Problem {
    /// 400 with a code of the carrier's.
    pub(super) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into(), wrong_request: true }
    }

    /// 400 for a request that is right, and that the network refuses all the same.
    pub(super) fn refused(code: u32, message: impl Into<String>) -> Self {
        Self { wrong_request: false, ..Self::bad(code, message) }
    }

    /// A parameter that is unknown, or whose value is out of range.
    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Self::bad(20_001, message)
    }

    pub(super) fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self { status: 404, ..Self::refused(20_404, message) }
    }

    pub(super) fn unauthorized() -> Self {
        Self { status: 401, ..Self::bad(20_003, "Authenticate") }
    }

    pub(super) fn too_many_requests() -> Self {
        Self { status: 429, ..Self::refused(20_429, "Too Many Requests") }
    }

    pub(super) fn server(status: u16) -> Self {
        Self { status, ..Self::refused(20_500, "An internal server error has occurred") }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        });
        (status, Json(body)).into_response()
    }
}
