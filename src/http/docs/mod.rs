//! `GET /openapi.json` and `GET /docs`: the API described, for programs and for people. Works offline.

use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

const PAGE: &str = include_str!("page.html");
/// Compressed, as its package ships it; every browser takes that.
const SCRIPT: &[u8] = include_bytes!("rapidoc/rapidoc-min.js.gz");
/// The page talks to this host alone. Its script writes styles, which cannot be named beforehand.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The API's description.
#[utoipa::path(get, path = "/openapi.json", tag = "about", security(()), responses((status = 200, description = "OpenAPI 3.1")))]
pub(super) async fn openapi() -> Response {
    let kind = [(CONTENT_TYPE, "application/json")];
    (kind, super::description()).into_response()
}

/// The API's description, as a page.
#[utoipa::path(get, path = "/docs", tag = "about", security(()), responses((status = 200, description = "HTML")))]
pub(super) async fn page() -> Response {
    let kind = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    (kind, PAGE).into_response()
}

/// What shows the page.
#[utoipa::path(get, path = "/docs/rapidoc.js", tag = "about", security(()), responses((status = 200, description = "JavaScript")))]
pub(super) async fn script() -> Response {
    let kind = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CONTENT_ENCODING, "gzip"),
        (CACHE_CONTROL, "public, max-age=86400"),
    ];
    (kind, SCRIPT).into_response()
}
