//! What a key may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a key may do. `admin` may do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, keys among it.
    Admin,
    /// Runs the calls: orders, cancels, stops; tasks, telecallers, the do-not-call list.
    Operator,
    /// Writes scripts, and reads what came of them.
    Author,
    /// Takes up manual tasks.
    Telecaller,
    /// Recordings, and what shows that rules were kept.
    Compliance,
    /// A program that orders calls and takes their outcomes.
    Integrator,
}

impl Role {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Admin, Self::Operator, Self::Author, Self::Telecaller, Self::Compliance, Self::Integrator];

    /// The role's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Author => "author",
            Self::Telecaller => "telecaller",
            Self::Compliance => "compliance",
            Self::Integrator => "integrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
        let found = Self::ALL.iter().copied().find(|role| role.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no role; roles are {}", known()))
    }
}
