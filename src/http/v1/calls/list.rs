//! `GET /v1/calls`: calls, the latest first.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use voxgate_core::calls::{CallState, LeadStatus};
use voxgate_core::model::CallId;

use super::shape::Call;
use crate::http::Gateway;
use crate::http::input::{Json, Query};
use crate::http::page::{Page, limit};
use crate::http::problem::Problem;
use crate::http::time::ms;
use crate::store::CallFilter;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Which {
    /// In this state.
    #[param(value_type = Option<String>)]
    state: Option<CallState>,
    /// With this status of the lead's view.
    #[param(value_type = Option<String>)]
    lead_status: Option<LeadStatus>,
    /// To this number.
    to: Option<String>,
    /// With this script.
    dialplan: Option<String>,
    /// Of this campaign.
    campaign: Option<String>,
    /// Ordered at or after this.
    since: Option<Timestamp>,
    /// Ordered before this.
    until: Option<Timestamp>,
    /// Items per page, 1 to 500.
    #[param(default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Calls, the latest first.
#[utoipa::path(get, path = "/v1/calls", tag = "calls", params(Which), responses((status = 200, body = Page<Call>)))]
pub(in crate::http) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Query(which): Query<Which>,
) -> Result<Json<Page<Call>>, Problem> {
    let limit = limit(which.limit)?;
    let cursor = which.cursor.map(CallId::new);
    let filter = CallFilter {
        state: which.state,
        lead_status: which.lead_status,
        to: which.to,
        dialplan: which.dialplan,
        campaign: which.campaign,
        since_ms: which.since.map(ms),
        until_ms: which.until.map(ms),
    };
    let rows = gateway.store.calls(&filter, cursor.as_ref(), limit).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.to_string(), Call::from)))
}
