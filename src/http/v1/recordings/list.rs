//! `GET /v1/recordings`: found by number, date, campaign, script, disposition.

use std::sync::Arc;

use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use voxgate_core::model::Disposition;

use super::shape::Recording;
use crate::http::Gateway;
use crate::http::input::{ByName, Json, Query};
use crate::http::page::{Page, limit};
use crate::http::problem::Problem;
use crate::http::time::ms;
use crate::store::{RecordingFilter, RecordingId, RecordingState};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Which {
    /// Of calls to this number.
    to: Option<String>,
    /// Begun at or after this.
    since: Option<Timestamp>,
    /// Begun before this.
    until: Option<Timestamp>,
    /// Of this campaign.
    campaign: Option<String>,
    /// With this script.
    dialplan: Option<String>,
    /// With this disposition of the attempt, after all revisions.
    #[param(value_type = Option<String>)]
    disposition: Option<ByName<Disposition>>,
    /// In this state.
    #[param(value_type = Option<String>)]
    state: Option<ByName<RecordingState>>,
    /// Items per page, 1 to 500.
    #[param(default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Recordings, the latest first.
#[utoipa::path(
    get, path = "/v1/recordings", tag = "recordings", params(Which), responses((status = 200, body = Page<Recording>))
)]
pub(in crate::http) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Query(which): Query<Which>,
) -> Result<Json<Page<Recording>>, Problem> {
    let limit = limit(which.limit)?;
    let filter = RecordingFilter {
        to: which.to,
        since_ms: which.since.map(ms),
        until_ms: which.until.map(ms),
        campaign: which.campaign,
        dialplan: which.dialplan,
        disposition: which.disposition.map(|ByName(disposition)| disposition),
        state: which.state.map(|ByName(state)| state),
    };
    let cursor = which.cursor.map(RecordingId::new);
    let rows = gateway.store.recordings(&filter, cursor.as_ref(), limit).await?;
    Ok(Json(Page::of(rows, limit, |row| row.id.to_string(), Recording::from)))
}
