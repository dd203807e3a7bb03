//! Bodies: at most so long, within so much time, JSON with every field known.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::reading::field_error;
use crate::http::Gateway;
use crate::http::problem::{Code, Problem};

/// For a body to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// A JSON body, of a request or a response.
pub(in crate::http) struct Json<T>(pub(in crate::http) T);

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Problem> {
        must_be_json(request.headers())?;
        let body = read(request.into_body(), gateway.max_body).await?;
        parse(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_string(&self.0) {
            Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => Problem::defect(error).into_response(),
        }
    }
}

/// Reads a body of at most so many bytes.
pub(in crate::http) async fn read(body: Body, most: usize) -> Result<Bytes, Problem> {
    match timeout(BODY_TIMEOUT, to_bytes(body, most)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let detail = format!("the body is longer than {most} bytes, which `server.max_body` sets, or broke off");
            Err(Problem::new(Code::BodyTooLarge, detail))
        }
        Err(_) => {
            let detail = format!("the body did not arrive within {} s", BODY_TIMEOUT.as_secs());
            Err(Problem::new(Code::BodyTimeout, detail))
        }
    }
}

fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(
        Code::UnsupportedMediaType,
        "send the body as JSON, with the header Content-Type: application/json",
    ))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refuse(&path, error.inner())
    })?;
    json.end().map_err(|error| refuse("", &error))?;
    Ok(value)
}

fn refuse(path: &str, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let code = if error.is_data() { Code::InvalidField } else { Code::MalformedJson };
    let place = format!(" at line {line} column {column}");
    let what = error.to_string();
    let mut field = field_error(path, what.strip_suffix(&place).unwrap_or(&what));
    (field.line, field.column) = (Some(line), Some(column));
    if !error.is_data() {
        field.detail = format!("the body is not JSON: line {line}, column {column}: {}", field.detail);
    }
    Problem::fields(code, vec![field])
}
