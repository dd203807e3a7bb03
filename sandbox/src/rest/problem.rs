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
}

impl Problem {
    /// 400 with a code of the carrier's.
    pub(super) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// A parameter that is unknown, or whose value is out of range.
    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Self::bad(20_001, message)
    }

    pub(super) fn not_found(path: &str) -> Self {
        Self { status: 404, code: 20_404, message: format!("The requested resource {path} was not found") }
    }

    pub(super) fn unauthorized() -> Self {
        Self { status: 401, code: 20_003, message: "Authenticate".to_owned() }
    }

    pub(super) fn too_many_requests() -> Self {
        Self { status: 429, code: 20_429, message: "Too Many Requests".to_owned() }
    }

    pub(super) fn server(status: u16) -> Self {
        Self { status, code: 20_500, message: "An internal server error has occurred".to_owned() }
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
