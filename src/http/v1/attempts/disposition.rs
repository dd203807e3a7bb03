//! `POST /v1/attempts/{id}/disposition`: a later word on what an attempt came to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use voxgate_core::model::{AttemptId, Disposition};

use crate::clock;
use crate::http::Gateway;
use crate::http::access::Caller;
use crate::http::idempotency::{Repeatable, answered, replayed, reply};
use crate::http::input::{ByName, Json};
use crate::http::problem::Problem;
use crate::http::time::at;
use crate::store::{Done, Revised, Revision};

/// A later word on what an attempt came to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewRevision {
    /// What it is to be.
    #[schema(value_type = String, examples("completed"))]
    disposition: ByName<Disposition>,
    /// What was learned, where that changes too.
    dialog_result: Option<String>,
    /// Why.
    reason: String,
}

/// A later word on what an attempt came to, as it is kept.
#[derive(Serialize, ToSchema)]
struct KeptRevision {
    /// What it is to be.
    #[schema(value_type = String, examples("completed"))]
    disposition: Disposition,
    /// What was learned, where that changed too.
    dialog_result: Option<String>,
    /// Who said so.
    actor: String,
    /// Why.
    reason: String,
    /// When.
    at: Timestamp,
    /// A second outcome that came from the attempt itself: kept, and without effect.
    flagged: bool,
}

/// An attempt's dispositions.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Dispositions {
    attempt_id: String,
    /// The first word, which stays.
    #[schema(value_type = String)]
    first: Option<Disposition>,
    /// The last word.
    #[schema(value_type = String)]
    effective: Option<Disposition>,
    /// What came after the first.
    revisions: Vec<KeptRevision>,
}

/// Revises the disposition of an attempt that has ended. The first one stays beside it.
#[utoipa::path(
    post, path = "/v1/attempts/{id}/disposition", tag = "calls",
    params(("id" = String, Path, description = "The attempt"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same request again makes no second revision")),
    request_body = NewRevision,
    responses((status = 200, body = Dispositions), (status = 409, description = "`attempt_not_ended`"))
)]
pub(in crate::http) async fn revise(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    caller: Caller,
    Repeatable(once): Repeatable,
    Json(new): Json<NewRevision>,
) -> Result<Response, Problem> {
    let revision = Revision {
        disposition: new.disposition.0,
        dialog_result: new.dialog_result,
        actor: caller.actor(),
        reason: new.reason,
        at_ms: clock::unix_ms(),
        flagged: false,
    };
    let id = AttemptId::new(id);
    let attempt = id.clone();
    let told = move |revised: &Revised| reply(StatusCode::OK, &Dispositions::of(&attempt, revised.clone()));
    Ok(match gateway.store.set_disposition(&id, &revision, once.as_ref(), told.clone()).await? {
        Done::Now(revised) => answered(told(&revised)),
        Done::Before(before) => replayed(before),
    })
}

impl Dispositions {
    fn of(attempt: &AttemptId, revised: Revised) -> Self {
        let Revised { first, effective, revisions } = revised;
        Self {
            attempt_id: attempt.to_string(),
            first,
            effective: Some(effective),
            revisions: revisions.into_iter().map(KeptRevision::from).collect(),
        }
    }
}

impl From<Revision> for KeptRevision {
    fn from(revision: Revision) -> Self {
        Self {
            disposition: revision.disposition,
            dialog_result: revision.dialog_result,
            actor: revision.actor,
            reason: revision.reason,
            at: at(revision.at_ms),
            flagged: revision.flagged,
        }
    }
}
