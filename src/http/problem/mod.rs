//! The one envelope of errors: a problem document, RFC 9457, with a stable `code`.

mod code;
mod store;

use std::fmt::Display;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub use code::Code;

/// Seconds after which a slot may be free again.
const SLOT_AGAIN_S: u32 = 10;

/// An error for the asker.
#[derive(Debug)]
pub(super) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    retry_after_s: Option<u32>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// The field, as in `variables.first_name`; empty where the whole body is meant.
    pub(super) field: String,
    /// What is wrong and what to do.
    pub(super) detail: String,
    /// The body's line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
    /// The line's column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<usize>,
}

/// An error, as `application/problem+json` (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Document<'a> {
    /// Always `about:blank`: `code` says which problem it is.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What went wrong, for programs. A code never changes its meaning.
    #[schema(value_type = Code)]
    code: &'static str,
    /// What went wrong and what to do, for people.
    detail: &'a str,
    /// The first field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Every field that is wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after_s: None }
    }

    /// One field is wrong.
    pub(super) fn field(code: Code, field: &str, detail: impl Into<String>) -> Self {
        Self::fields(code, vec![FieldError::new(field, detail)])
    }

    /// Fields are wrong. The detail is the first one's.
    pub(super) fn fields(code: Code, errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map_or_else(String::new, |first| first.detail.clone());
        Self { errors, ..Self::new(code, detail) }
    }

    /// Every slot is taken.
    pub(super) fn full(detail: impl Into<String>) -> Self {
        Self::new(Code::SessionLimitExceeded, detail).retry_after(SLOT_AGAIN_S)
    }

    /// A defect of ours: logged here, and told without its insides.
    pub(super) fn defect(what: impl Display) -> Self {
        tracing::error!(%what, "a request could not be answered");
        Self::new(Code::InternalError, "a defect of the gateway; its log has what happened")
    }

    /// The same request may be made again after so many seconds.
    pub(super) fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }
}

impl FieldError {
    pub(super) fn new(field: &str, detail: impl Into<String>) -> Self {
        Self { field: field.to_owned(), detail: detail.into(), line: None, column: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let document = Document {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.code.as_str(),
            detail: &self.detail,
            field: self.errors.first().map(|error| error.field.as_str()),
            errors: &self.errors,
        };
        let text = serde_json::to_string(&document).unwrap_or_else(|error| {
            tracing::error!(%error, "a problem cannot be written");
            String::new()
        });
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
