//! The API's description as a whole; its parts stand beside the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as OpenApiDocument, Ref, ResponseBuilder};
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
    tags(
        (name = "calls", description = "Orders and their attempts"),
        (name = "recordings", description = "What was said, and who touched it"),
        (name = "manual tasks", description = "What is left for people"),
        (name = "dnc", description = "Numbers that are never dialed"),
        (name = "events", description = "What happens, as it happens"),
        (name = "stats"),
        (name = "sessions"),
        (name = "actions", description = "For everything at once"),
        (name = "keys"),
        (name = "webhooks", description = "For providers"),
        (name = "health"),
        (name = "about")
    ),
    security(("key" = [])),
    modifiers(&Keys)
)]
pub(super) struct Described;

/// Every refusal is a problem document, whatever else an operation says of it.
pub(super) fn with_problems(mut document: OpenApiDocument) -> OpenApiDocument {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let refused = ResponseBuilder::new().description("Why not").content("application/problem+json", problem).build();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), refused.clone().into());
        }
    }
    document
}

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut OpenApiDocument) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("vgk_…").build();
        let components = document.components.get_or_insert_default();
        components.security_schemes.insert("key".to_owned(), SecurityScheme::Http(bearer).into());
    }
}
