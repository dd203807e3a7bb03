//! `/2010-04-01/Accounts/{AC}/Calls`: place, change, read, list, delete.

use std::sync::Arc;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::list::Filter;
use super::listener::Cutter;
use super::object::{call_object, calls_path};
use super::problem::Problem;
use super::update::Change;
use super::{auth, create, update};
use crate::faults::{Operation, RestFault};
use crate::network::call::WrongState;
use crate::network::carry::carry;
use crate::network::exchange::Exchange;
use crate::personas::persona::Outcome;

type Shared = State<Arc<Exchange>>;

pub(super) async fn create(
    State(exchange): Shared,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    exchange.world().requests.create += 1;
    let order = auth::check(&exchange.config, &account, &headers)
        .and_then(|()| create::read(&body, &exchange.config.from_numbers));
    let to = order.as_ref().map_or(String::new(), |order| order.to.clone());
    answer(&exchange, &cutter, Operation::Create, &to, || {
        let sid = place(&exchange, order?)?;
        show(&exchange, &sid).map(|object| (StatusCode::CREATED, Json(object)).into_response())
    })
    .await
}

fn place(exchange: &Arc<Exchange>, order: crate::network::order::CallOrder) -> Result<String, Problem> {
    let persona = exchange.plan.callee(&order.to, exchange.calls_to(&order.to));
    if let Outcome::Invalid(code) = persona.outcome {
        return Err(Problem::refused(
            code,
            format!("The phone number you are attempting to call, {}, is not valid.", order.to),
        ));
    }
    let live = exchange.world().live_calls();
    if exchange.config.concurrent_calls.is_some_and(|most| live >= most) {
        return Err(Problem::refused(10_004, "Call concurrency limit exceeded"));
    }
    let sid = exchange.place(order, persona);
    exchange.with_call(&sid, |entry, _| entry.report.requests += 1);
    tokio::spawn(carry(exchange.clone(), sid.clone()));
    Ok(sid)
}

pub(super) async fn update(
    State(exchange): Shared,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    exchange.world().requests.update += 1;
    let (sid, to) = name(&exchange, &call);
    answer(&exchange, &cutter, Operation::Update, &to, || {
        auth::check(&exchange.config, &account, &headers)?;
        let change = update::read(&body)?;
        change_call(&exchange, &sid, change)?;
        show(&exchange, &sid).map(|object| Json(object).into_response())
    })
    .await
}

fn change_call(exchange: &Exchange, sid: &str, change: Change) -> Result<(), Problem> {
    let changed = exchange.with_call(sid, |entry, now| match change {
        Change::HangUp { only_before_answer } => entry.call.hang_up(now, only_before_answer),
        Change::Redirect(document) => entry.call.redirect(now, document),
    });
    match changed {
        Some(Ok(())) => Ok(()),
        Some(Err(WrongState)) => {
            Err(Problem::refused(21_220, "Invalid call state: the call is not in a state to be changed"))
        }
        None => Err(Problem::not_found(&format!("Calls/{sid}.json"))),
    }
}

pub(super) async fn fetch(
    State(exchange): Shared,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    exchange.world().requests.fetch += 1;
    let (sid, to) = name(&exchange, &call);
    answer(&exchange, &cutter, Operation::Fetch, &to, || {
        auth::check(&exchange.config, &account, &headers)?;
        show(&exchange, &sid).map(|object| Json(object).into_response())
    })
    .await
}

pub(super) async fn delete(
    State(exchange): Shared,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    exchange.world().requests.delete += 1;
    let (sid, to) = name(&exchange, &call);
    answer(&exchange, &cutter, Operation::Delete, &to, || {
        auth::check(&exchange.config, &account, &headers)?;
        let mut world = exchange.world();
        match world.calls.get(&sid).map(|entry| entry.call.status().is_final()) {
            None => Err(Problem::not_found(&format!("Calls/{sid}.json"))),
            Some(false) => Err(Problem::refused(20_009, "Cannot delete a call that is still in progress")),
            Some(true) => {
                world.calls.remove(&sid);
                world.placed.retain(|placed| *placed != sid);
                Ok(StatusCode::NO_CONTENT.into_response())
            }
        }
    })
    .await
}

pub(super) async fn list(
    State(exchange): Shared,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    exchange.world().requests.list += 1;
    answer(&exchange, &cutter, Operation::List, "", || {
        auth::check(&exchange.config, &account, &headers)?;
        let query = query.unwrap_or_default();
        let filter = Filter::read(&query)?;
        Ok(Json(page(&exchange, &filter, &query)).into_response())
    })
    .await
}

/// One page of the calls that fit, newest first.
fn page(exchange: &Exchange, filter: &Filter, query: &str) -> Value {
    let world = exchange.world();
    let (account, clock) = (&exchange.config.account_sid, &exchange.clock);
    let entries = world.placed.iter().rev().filter_map(|sid| world.calls.get(sid));
    let fitting: Vec<_> = entries.filter(|entry| filter.fits(&entry.call, clock)).collect();
    let range = filter.range(fitting.len());
    let calls: Vec<Value> =
        fitting[range.clone()].iter().map(|entry| call_object(account, &entry.call, clock)).collect();
    let uri = |page: usize| {
        let rest = query.split('&').filter(|field| !field.is_empty() && !field.starts_with("Page="));
        let fields: Vec<String> = rest.map(str::to_owned).chain([format!("Page={page}")]).collect();
        format!("{}.json?{}", calls_path(account), fields.join("&"))
    };
    json!({
        "calls": calls,
        "page": filter.page,
        "page_size": filter.page_size,
        "start": range.start,
        "end": range.end.saturating_sub(1),
        "uri": uri(filter.page),
        "first_page_uri": uri(0),
        "next_page_uri": (range.end < fitting.len()).then(|| uri(filter.page + 1)),
        "previous_page_uri": (filter.page > 0).then(|| uri(filter.page - 1)),
    })
}

/// The SID in a path (which ends in `.json`), and the number of its call if there is one.
fn name(exchange: &Exchange, call: &str) -> (String, String) {
    let sid = call.strip_suffix(".json").unwrap_or(call).to_owned();
    let known = exchange.with_call(&sid, |entry, _| {
        entry.report.requests += 1;
        entry.call.order.to.clone()
    });
    (sid, known.unwrap_or_default())
}

fn show(exchange: &Exchange, sid: &str) -> Result<Value, Problem> {
    let world = exchange.world();
    let entry = world.calls.get(sid).ok_or_else(|| Problem::not_found(&format!("Calls/{sid}.json")))?;
    Ok(call_object(&exchange.config.account_sid, &entry.call, &exchange.clock))
}

/// Carries a request out and answers it, or does to it what the next fault wills. Wrong requests are noted in the report.
async fn answer(
    exchange: &Exchange,
    cutter: &Cutter,
    operation: Operation,
    to: &str,
    carry_out: impl FnOnce() -> Result<Response, Problem>,
) -> Response {
    let fault = exchange.world().faults.rest(operation, Some(to));
    match fault {
        Some(RestFault::DropBefore) => {
            cutter.cut();
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Some(RestFault::Hang(length)) => {
            tokio::time::sleep(length).await;
            return Problem::server(503).into_response();
        }
        Some(RestFault::TooMany) => return Problem::too_many_requests().into_response(),
        Some(RestFault::Status(status)) => return Problem::server(status).into_response(),
        Some(RestFault::DropAfter | RestFault::Garbage | RestFault::Slow(_) | RestFault::Unknown) | None => {}
    }
    let response = carry_out().unwrap_or_else(|problem| {
        if problem.wrong_request {
            exchange.note_violation(None, problem.code, format!("{operation:?}: {}", problem.message));
        }
        problem.into_response()
    });
    match fault {
        Some(RestFault::DropAfter) => cutter.cut(),
        Some(RestFault::Garbage) => return (response.status(), "<html>Bad gateway</html>").into_response(),
        Some(RestFault::Slow(length)) => tokio::time::sleep(length).await,
        Some(RestFault::Unknown) => return in_no_known_state(response).await,
        Some(RestFault::DropBefore | RestFault::Hang(_) | RestFault::TooMany | RestFault::Status(_)) | None => {}
    }
    response
}

/// The same call, whose status is a word that nobody knows; what is no call stays as it is.
async fn in_no_known_state(response: Response) -> Response {
    let (head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return Problem::server(500).into_response() };
    match serde_json::from_slice::<Value>(&body) {
        Ok(mut object) if object.get("sid").is_some() => {
            object["status"] = json!("levitating");
            (head.status, Json(object)).into_response()
        }
        Ok(_) | Err(_) => (head, body).into_response(),
    }
}
