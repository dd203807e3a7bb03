//! The API's description as a whole; its parts stand beside the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::problem::Document;

/// Who is described.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "voxgate",
        description = "Outbound calls with a dialog: orders, outcomes, recordings, tasks for people.\n\n\
            Send an API key as `Authorization: Bearer vgk_…`. Errors are problem documents (RFC 9457) with a stable `code`. \
            A POST that creates takes an `Idempotency-Key`: the same request again is answered with what the first one was. \
            Lists are read in pages: `limit`, and the `cursor` that the page before gave as `next_cursor`. \
            Times are RFC 3339."
    ),
    components(schemas(Document<'static>)),
    security(("key" = [])),
    modifiers(&Keys)
)]
pub(super) struct Described;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("vgk_…").build();
        let components = document.components.get_or_insert_default();
        components.security_schemes.insert("key".to_owned(), SecurityScheme::Http(bearer).into());
    }
}
