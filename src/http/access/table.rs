//! Who may do what: every route with the roles that may use it.

use axum::http::Method;

use super::Role::{self, Admin, Author, Compliance, Integrator, Operator, Telecaller};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody, without a key: health, what describes the product, and callbacks, which are signed.
    Open,
    /// Keys with one of these roles, and those of admins.
    Roles(&'static [Role]),
}

use Who::{Open, Roles};

const ADMIN: Who = Roles(&[]);
const ANY: Who = Roles(&[Operator, Author, Telecaller, Compliance, Integrator]);
const ORDERING: Who = Roles(&[Operator, Integrator]);
const OPERATING: Who = Roles(&[Operator]);
const TASKS: Who = Roles(&[Operator, Telecaller]);
const COMPLIANCE: Who = Roles(&[Compliance]);
const DNC: Who = Roles(&[Operator, Telecaller, Compliance, Integrator]);

/// Method, path, who.
pub const TABLE: &[(Method, &str, Who)] = &[
    (Method::GET, "/healthz", Open),
    (Method::GET, "/readyz", Open),
    (Method::GET, "/openapi.json", Open),
    (Method::GET, "/docs", Open),
    (Method::GET, "/docs/rapidoc.js", Open),
    (Method::POST, "/v1/webhooks/{provider}/{attempt}", Open),
    (Method::GET, "/metrics", OPERATING),
    (Method::GET, "/v1/calls", ANY),
    (Method::POST, "/v1/calls", ORDERING),
    (Method::GET, "/v1/calls/{id}", ANY),
    (Method::POST, "/v1/calls/{id}/cancel", ORDERING),
    (Method::GET, "/v1/calls/{id}/attempts", ANY),
    (Method::GET, "/v1/calls/{id}/timeline", ANY),
    (Method::GET, "/v1/calls/{id}/recording", COMPLIANCE),
    (Method::GET, "/v1/attempts/{id}", ANY),
    (Method::POST, "/v1/attempts/{id}/disposition", ORDERING),
    (Method::GET, "/v1/manual-tasks", TASKS),
    (Method::GET, "/v1/manual-tasks/{id}", TASKS),
    (Method::POST, "/v1/manual-tasks/take", TASKS),
    (Method::POST, "/v1/manual-tasks/{id}/take", TASKS),
    (Method::POST, "/v1/manual-tasks/{id}/resolve", TASKS),
    (Method::POST, "/v1/manual-tasks/{id}/give-back", TASKS),
    (Method::GET, "/v1/telecallers", TASKS),
    (Method::POST, "/v1/telecallers", OPERATING),
    (Method::POST, "/v1/telecallers/{id}/state", TASKS),
    (Method::GET, "/v1/recordings", COMPLIANCE),
    (Method::GET, "/v1/recordings/{id}", COMPLIANCE),
    (Method::GET, "/v1/recordings/{id}/content", COMPLIANCE),
    (Method::GET, "/v1/recordings/{id}/accesses", COMPLIANCE),
    (Method::GET, "/v1/dnc", DNC),
    (Method::POST, "/v1/dnc", DNC),
    (Method::GET, "/v1/dnc/{number}", DNC),
    (Method::DELETE, "/v1/dnc/{number}", COMPLIANCE),
    (Method::GET, "/v1/sessions", OPERATING),
    (Method::POST, "/v1/actions/stop-dialing", OPERATING),
    (Method::POST, "/v1/actions/resume-dialing", OPERATING),
    (Method::GET, "/v1/events", ORDERING),
    (Method::GET, "/v1/stats", ANY),
    (Method::GET, "/v1/keys", ADMIN),
    (Method::POST, "/v1/keys", ADMIN),
    (Method::POST, "/v1/keys/{id}/revoke", ADMIN),
];

/// Who may use this route; `None` for one that the table does not know, which nobody may.
pub(super) fn who(method: &Method, path: &str) -> Option<Who> {
    // HEAD is answered by GET's handler.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    TABLE.iter().find(|(m, p, _)| m == method && *p == path).map(|(_, _, who)| *who)
}

impl Who {
    /// Whether a key with these roles may.
    pub(super) fn lets_in(self, roles: &[Role]) -> bool {
        match self {
            Self::Open => true,
            Self::Roles(wanted) => roles.iter().any(|role| *role == Admin || wanted.contains(role)),
        }
    }

    /// The roles that may, in words.
    pub(super) fn in_words(self) -> String {
        let Self::Roles(wanted) = self else { return "none".to_owned() };
        let names: Vec<_> = wanted.iter().chain(&[Admin]).map(|role| role.as_str()).collect();
        names.join(", ")
    }
}
