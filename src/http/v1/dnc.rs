//! `/v1/dnc`: numbers that are not to be called.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use voxgate_core::model::{NumberError, PhoneNumber};

use crate::clock;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::input::{Json, Query};
use crate::http::page::{Page, limit};
use crate::http::problem::{Code, Problem};
use crate::http::time::at;
use crate::store::{DncRow, NewDnc};

/// A number to be listed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewNumber {
    /// The number, in the international form of E.164.
    #[schema(examples("+12065550110"))]
    number: String,
    /// Why.
    #[serde(default = "by_hand")]
    #[schema(default = "listed by hand")]
    reason: String,
}

fn by_hand() -> String {
    "listed by hand".to_owned()
}

/// A number that is not to be called.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Listed {
    number: String,
    /// Why.
    reason: String,
    /// Where it came from: `dialog`, `api`.
    source: String,
    /// Who said so.
    actor: String,
    /// The attempt in which it was said.
    attempt_id: Option<String>,
    /// Since when.
    at: Timestamp,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Which {
    /// Items per page, 1 to 500.
    #[param(default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Removal {
    /// Why, for whoever asks later.
    #[param(default = "taken off by hand")]
    reason: Option<String>,
}

/// The do-not-call list, by number.
#[utoipa::path(get, path = "/v1/dnc", tag = "dnc", params(Which), responses((status = 200, body = Page<Listed>)))]
pub(in crate::http) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Query(which): Query<Which>,
) -> Result<Json<Page<Listed>>, Problem> {
    let limit = limit(which.limit)?;
    let rows = gateway.store.dnc_list(which.cursor.as_deref(), limit).await?;
    Ok(Json(Page::of(rows, limit, |row| row.number.clone(), Listed::from)))
}

/// Lists a number: from now on nobody dials it. One that is listed stays as it was.
#[utoipa::path(
    post, path = "/v1/dnc", tag = "dnc", request_body = NewNumber,
    responses((status = 201, description = "It is new", body = Listed), (status = 200, description = "It was listed", body = Listed))
)]
pub(in crate::http) async fn add(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    Json(new): Json<NewNumber>,
) -> Result<(StatusCode, Json<Listed>), Problem> {
    let number: PhoneNumber = new
        .number
        .parse()
        .map_err(|error: NumberError| Problem::field(Code::InvalidNumber, "number", error.to_string()))?;
    let actor = caller.actor();
    let entry = NewDnc { number: number.as_str(), reason: &new.reason, source: "api", actor: &actor, attempt: None };
    let is_new = gateway.store.add_dnc(&entry, clock::unix_ms()).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(listed(&gateway, number.as_str()).await?)))
}

/// Whether a number is listed, and why.
#[utoipa::path(
    get, path = "/v1/dnc/{number}", tag = "dnc", params(("number" = String, Path, description = "With its `+`")),
    responses((status = 200, body = Listed), (status = 404, description = "`not_listed`"))
)]
pub(in crate::http) async fn one(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
) -> Result<Json<Listed>, Problem> {
    Ok(Json(listed(&gateway, &number).await?))
}

/// Takes a number off the list: it may be called again. Who did it, when and why is kept.
#[utoipa::path(
    delete, path = "/v1/dnc/{number}", tag = "dnc",
    params(("number" = String, Path, description = "With its `+`"), Removal),
    responses((status = 204, description = "It is off"), (status = 404, description = "`not_listed`"))
)]
pub(in crate::http) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Path(number): Path<String>,
    Query(which): Query<Removal>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let actor = caller.actor();
    let why = which.reason.unwrap_or_else(|| "taken off by hand".to_owned());
    gateway.store.remove_dnc(&number, &actor, &why, clock::unix_ms()).await?;
    tracing::info!(actor, "a number was taken off the do-not-call list");
    Ok(StatusCode::NO_CONTENT)
}

async fn listed(gateway: &Gateway, number: &str) -> Result<Listed, Problem> {
    let row = gateway.store.dnc(number).await?;
    row.map(Listed::from).ok_or_else(|| Problem::new(Code::NotListed, "the number is not on the do-not-call list"))
}

impl From<DncRow> for Listed {
    fn from(row: DncRow) -> Self {
        Self {
            number: row.number,
            reason: row.reason,
            source: row.source,
            actor: row.actor,
            attempt_id: row.attempt_id,
            at: at(row.at_ms),
        }
    }
}
