//! Who answered a call.

use serde::{Deserialize, Serialize};

/// Who answered, as far as is known. May be learned late: an unknown is spoken to at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A voicemail or answering machine. A verdict of it means that a message may be left now: its greeting has
    /// ended, by a beep or by silence.
    Machine,
    /// A call-screening assistant that asks who is calling.
    Screening,
    /// A fax machine.
    Fax,
    /// Nobody knows.
    Unknown,
}
