//! `/v1/telecallers`: people who work on manual tasks.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use voxgate_core::calls::TelecallerState;

use crate::clock;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::idempotency::{Repeatable, answered, replayed, reply};
use crate::http::input::Json;
use crate::http::problem::{Code, Problem};
use crate::http::time::at;
use crate::store::{Done, TelecallerId, TelecallerRow};

/// A telecaller to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewTelecaller {
    /// What people call them.
    name: String,
}

/// Where a telecaller goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewState {
    /// `offline`, `available`, `reserved`, `on_call`, `wrap_up`.
    #[schema(value_type = String, examples("available"))]
    state: TelecallerState,
}

/// A telecaller.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Telecaller {
    telecaller_id: String,
    /// What people call them.
    name: String,
    /// Where they stand.
    #[schema(value_type = String, examples("available"))]
    state: TelecallerState,
    /// Since when they stand there.
    since: Timestamp,
}

/// A telecaller with what is on their desk.
#[derive(Serialize, ToSchema)]
struct WithTasks {
    #[serde(flatten)]
    telecaller: Telecaller,
    /// Tasks that are assigned to them or that they work on.
    tasks: u32,
}

/// Everybody.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Telecallers {
    /// In the order in which they joined.
    items: Vec<WithTasks>,
}

/// Everybody who works on manual tasks, with how many they have.
#[utoipa::path(get, path = "/v1/telecallers", tag = "manual tasks", responses((status = 200, body = Telecallers)))]
pub(in crate::http) async fn list(State(gateway): State<Arc<Gateway>>) -> Result<Json<Telecallers>, Problem> {
    let loads = gateway.store.telecallers().await?;
    let items = loads.into_iter().map(|load| WithTasks { telecaller: load.telecaller.into(), tasks: load.tasks });
    Ok(Json(Telecallers { items: items.collect() }))
}

/// Adds a telecaller, who is offline until they say otherwise.
#[utoipa::path(
    post, path = "/v1/telecallers", tag = "manual tasks", request_body = NewTelecaller,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request again adds nobody twice")),
    responses((status = 201, body = Telecaller))
)]
pub(in crate::http) async fn create(
    State(gateway): State<Arc<Gateway>>,
    Repeatable(once): Repeatable,
    Json(new): Json<NewTelecaller>,
) -> Result<Response, Problem> {
    if new.name.trim().is_empty() {
        return Err(Problem::field(Code::InvalidField, "name", "a telecaller has a name"));
    }
    let made = |row: &TelecallerRow| reply(StatusCode::CREATED, &Telecaller::from(row.clone()));
    Ok(match gateway.store.add_telecaller(&new.name, once.as_ref(), clock::unix_ms(), made).await? {
        Done::Now(row) => answered(made(&row)),
        Done::Before(before) => replayed(before),
    })
}

/// Says where a telecaller stands. Whoever goes offline leaves their tasks to others.
#[utoipa::path(
    post, path = "/v1/telecallers/{id}/state", tag = "manual tasks",
    params(("id" = String, Path, description = "The telecaller")), request_body = NewState,
    responses((status = 200, body = Telecaller), (status = 409, description = "`illegal_transition`"))
)]
pub(in crate::http) async fn set_state(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    caller: Caller,
    Json(to): Json<NewState>,
) -> Result<Json<Telecaller>, Problem> {
    let id = TelecallerId::new(id);
    let row = gateway.desk.set_telecaller(&id, to.state, &caller.actor()).await?;
    Ok(Json(row.into()))
}

impl From<TelecallerRow> for Telecaller {
    fn from(row: TelecallerRow) -> Self {
        Self { telecaller_id: row.id.to_string(), name: row.name, state: row.state, since: at(row.idle_since_ms) }
    }
}
