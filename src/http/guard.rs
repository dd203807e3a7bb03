//! What surrounds every request: a panic or a late answer is a problem document too.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::time::timeout;

use super::problem::{Code, Problem};

/// For an answer to begin. What is streamed after its head may take longer.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn guard(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match timeout(limit, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => Problem::defect(format_args!("panicked: {}", words(panic.as_ref()))).into_response(),
        Err(_) => {
            tracing::warn!(?limit, "a request was not answered in time");
            let detail = "no answer in time; ask what became of it, or repeat it with the same Idempotency-Key";
            Problem::new(Code::TimedOut, detail).into_response()
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn broken() -> &'static str {
        panic!("a test does")
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_and_the_next_request_is_answered() {
        let app = Router::new()
            .route("/broken", get(broken))
            .route("/fine", get(async || "ok"))
            .layer(from_fn_with_state(ANSWER_TIMEOUT, guard));
        let ask = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let answer = app.clone().oneshot(ask("/broken")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(app.oneshot(ask("/fine")).await.unwrap().status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_late_answer_is_a_problem() {
        let late = get(async || std::future::pending::<()>().await);
        let app = Router::new().route("/late", late).layer(from_fn_with_state(Duration::from_millis(50), guard));
        let answer = app.oneshot(Request::get("/late").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    }
}
