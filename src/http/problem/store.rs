//! What the store says, as problems.

use super::{Code, Problem};
use crate::store::StoreError;

/// Seconds after which what the store did not take may come again.
const AGAIN_S: u32 = 1;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(error = detail, "a request finds the store closed");
                Self::new(Code::StoreUnavailable, "the store takes nothing now, and nothing was changed; try again")
                    .retry_after(AGAIN_S)
            }
            StoreError::NotFound { what, .. } => match unknown(what) {
                Some(code) => Self::new(code, detail),
                None => Self::defect(detail),
            },
            StoreError::Illegal { .. } => Self::new(Code::IllegalTransition, detail),
            StoreError::Conflict { code, detail } => match Code::ALL.iter().find(|known| known.as_str() == code) {
                Some(Code::SessionLimitExceeded) => Self::full(detail),
                Some(code) => Self::new(*code, detail),
                None => Self::defect(format_args!("{code}: {detail}")),
            },
            StoreError::Fenced | StoreError::Defect(_) => Self::defect(detail),
        }
    }
}

fn unknown(what: &str) -> Option<Code> {
    Some(match what {
        "call" => Code::UnknownCall,
        "attempt" => Code::UnknownAttempt,
        "recording" => Code::UnknownRecording,
        "task" => Code::UnknownTask,
        "telecaller" => Code::UnknownTelecaller,
        "key" => Code::UnknownKey,
        "number on the do-not-call list" => Code::NotListed,
        _ => return None,
    })
}
