//! `POST /v1/calls`: orders a call.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use voxgate_core::dialog::Problem as Wrong;

use super::shape::{Call, NewCall};
use crate::calls::{Once, OrderProblem, Refusal};
use crate::dialplans::DialplanError;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::idempotency::{self, Repeatable, answered, replayed};
use crate::http::input::Json;
use crate::http::problem::{Code, FieldError, Problem};
use crate::store::{CallRow, Created, Reply};

/// Orders a call. It is durable when it is answered, and dialed as soon as its time has come, the rules allow it and a
/// slot is free.
#[utoipa::path(
    post, path = "/v1/calls", tag = "calls",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again makes no second call")),
    request_body = NewCall,
    responses(
        (status = 202, description = "It is kept", body = Call),
        (status = 422, description = "Something is wrong with it; `errors` names every field"),
        (status = 429, description = "`session_limit_exceeded`: every slot is taken, and it does not want to wait"),
        (status = 503, description = "`draining`: the gateway is stopping")
    )
)]
pub(in crate::http) async fn create(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Repeatable(request): Repeatable,
    Json(new): Json<NewCall>,
) -> Result<Response, Problem> {
    let once = request.map(|request| Once { request, reply });
    match gateway.desk.order(new.order(caller.actor()), once).await.map_err(refused)? {
        Created::New(row) => Ok(answered(reply(&row))),
        Created::Before(before) => Ok(replayed(before)),
    }
}

fn reply(row: &CallRow) -> Reply {
    idempotency::reply(StatusCode::ACCEPTED, &Call::from(row.clone()))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Wrong(problems) => wrong(&problems),
        Refusal::Full(full) => Problem::full(full.to_string()),
        Refusal::Draining => Problem::new(Code::Draining, "the gateway is stopping and takes no new calls"),
        Refusal::Store(error) => error.into(),
    }
}

fn wrong(problems: &[OrderProblem]) -> Problem {
    let code = match problems.first() {
        Some(OrderProblem::Dialplan(DialplanError::Unreadable { path, error })) => {
            return Problem::defect(format_args!("{} cannot be read: {error}", path.display()));
        }
        Some(OrderProblem::Dialplan(_)) => Code::UnknownDialplan,
        Some(OrderProblem::Variables(_)) => Code::InvalidVariables,
        Some(OrderProblem::TimeZone(_)) => Code::InvalidTimeZone,
        Some(OrderProblem::PastNotAfter | OrderProblem::NoWindow) => Code::PastNotAfter,
        Some(OrderProblem::LaterOrNever) | None => Code::InvalidField,
    };
    Problem::fields(code, problems.iter().flat_map(fields).collect())
}

fn fields(problem: &OrderProblem) -> Vec<FieldError> {
    let field = match problem {
        OrderProblem::Dialplan(_) => "dialplan",
        OrderProblem::Variables(error) => return error.problems.iter().map(variable).collect(),
        OrderProblem::TimeZone(_) => "time_zone",
        OrderProblem::PastNotAfter | OrderProblem::NoWindow => "not_after",
        OrderProblem::LaterOrNever => "when_full",
    };
    vec![FieldError::new(field, problem.to_string())]
}

fn variable(problem: &Wrong) -> FieldError {
    let field = match problem {
        Wrong::UnknownLanguage { .. } => "language".to_owned(),
        Wrong::UnknownVariable { name, .. } | Wrong::Missing { name, .. } | Wrong::WrongType { name, .. } => {
            format!("variables.{name}")
        }
    };
    FieldError::new(&field, problem.to_string())
}
