//! Identities. Those that leave the process are text; those of one session are numbers.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A call: a durable order to reach a contact.
    CallId
}
text_id! {
    /// An attempt: one try to reach one number for a call.
    AttemptId
}

text_id! {
    /// A manual task.
    TaskId
}
text_id! {
    /// A telecaller.
    TelecallerId
}
text_id! {
    /// A recording.
    RecordingId
}
text_id! {
    /// An API key: its name, not its secret.
    KeyId
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The identity after this one.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }
        }
    };
}

number_id! {
    /// One party's media connection within a session; 0 is the callee.
    LegId
}
number_id! {
    /// One user utterance and our answer, within a session. Speech events of another turn are stale.
    TurnId
}
number_id! {
    /// One thing we say, within a session. It is a generation: audio of a dead utterance is dropped wherever it is.
    UtteranceId
}
number_id! {
    /// A fact to be committed, within a session.
    FactId
}

/// Which script a dialog follows: name, version, and the SHA-256 of the file in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DialplanId {
    /// The name in the file's `dialplan` field.
    pub name: String,
    /// The number in its `version` field.
    pub version: u32,
    /// SHA-256 of the file's bytes, lower-case hexadecimal.
    pub hash: String,
}
