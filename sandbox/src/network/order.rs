//! What a caller asks for when placing a call, already checked.

use std::time::Duration;

/// A call to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallOrder {
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) document: Document,
    pub(crate) callback: Option<StatusCallback>,
    /// How long it may ring.
    pub(crate) ring_timeout: Duration,
    /// How long it may last from the answer.
    pub(crate) time_limit: Duration,
    pub(crate) detection: Option<Detection>,
}

/// Where the call's instructions come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Document {
    Inline(String),
    /// Fetched by POST when the callee answers.
    Url(String),
}

/// Who is told of the call's progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatusCallback {
    pub(crate) url: String,
    pub(crate) events: Vec<Progress>,
}

/// A step of a call that callbacks report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Initiated,
    Ringing,
    Answered,
    Completed,
}

impl Progress {
    /// The name in `StatusCallbackEvent`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "initiated" => Some(Self::Initiated),
            "ringing" => Some(Self::Ringing),
            "answered" => Some(Self::Answered),
            "completed" => Some(Self::Completed),
            _ => None,
        }
    }
}

/// Answering-machine detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detection {
    pub(crate) mode: DetectionMode,
    pub(crate) timeout: Duration,
    /// The document runs at once and the verdict is posted here; `None` makes it wait for the verdict.
    pub(crate) asynchronous: Option<Option<String>>,
}

/// How long detection listens to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DetectionMode {
    /// Until it knows that it is one.
    Enable,
    /// Until its message has ended.
    DetectMessageEnd,
}
