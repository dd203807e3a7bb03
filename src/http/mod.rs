//! The HTTP interface: translates and decides nothing.

pub mod access;
mod docs;
mod document;
mod guard;
mod health;
mod idempotency;
mod input;
mod page;
mod problem;
mod time;
mod v1;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};
use tokio::sync::watch;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::document::{Described, with_problems};
use self::guard::{ANSWER_TIMEOUT, guard};
use self::idempotency::InFlight;
pub use self::problem::Code;
use self::problem::Problem;
use crate::calls::{Desk, Directory};
use crate::metrics::Metrics;
use crate::providers::Providers;
use crate::store::Store;

/// What requests are translated for.
#[derive(Clone)]
pub struct Gateway {
    /// What is kept.
    pub store: Store,
    /// Who takes orders.
    pub desk: Arc<dyn Desk>,
    /// Who checks and reads callbacks.
    pub providers: Providers,
    /// Who takes them.
    pub directory: Arc<Directory>,
    /// What is counted.
    pub metrics: Metrics,
    /// The folder of the recordings: their paths are below it.
    pub recordings: PathBuf,
    /// Calls that may be under way at once.
    pub slots: u32,
    /// How long a task stays with whoever took it.
    pub task_lease: Duration,
    /// The longest body that is read, in bytes.
    pub max_body: usize,
    /// How providers reach this listener, without a slash at its end: their signatures are over it.
    pub public_url: String,
    /// Becomes true when the gateway stops: streams end then.
    pub stopping: watch::Receiver<bool>,
}

/// All routes.
pub fn router(gateway: Gateway) -> Router {
    let gateway = Arc::new(gateway);
    let (routes, _) = described().split_for_parts();
    let feed = v1::Feed::new(gateway.store.clone(), gateway.stopping.clone());
    let routes = routes
        .layer(Extension(feed))
        // The last one is asked first.
        .route_layer(from_fn_with_state((Arc::clone(&gateway), InFlight::default()), idempotency::replay))
        .route_layer(from_fn_with_state(Arc::clone(&gateway), access::check));
    served(routes).with_state(gateway)
}

/// Routes with what is answered around them.
fn served<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(async || Problem::new(Code::NotFound, "nothing is served at this path"))
        .method_not_allowed_fallback(async || {
            Problem::new(Code::MethodNotAllowed, "this path does not take this method; the header Allow says which")
        })
        .layer(from_fn_with_state(ANSWER_TIMEOUT, guard))
}

/// The API's description: OpenAPI 3.1 as JSON.
#[must_use]
pub fn description() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        with_problems(described().into_openapi()).to_pretty_json().unwrap_or_else(|error| {
            tracing::error!(%error, "the API's description cannot be written");
            String::new()
        })
    });
    &TEXT
}

fn described() -> OpenApiRouter<Arc<Gateway>> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(docs::openapi))
        .routes(routes!(docs::page))
        .routes(routes!(docs::script))
        .merge(v1::routes())
}
