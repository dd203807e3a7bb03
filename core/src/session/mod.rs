//! One call's media session: who speaks, who listens, what was heard, and when it is over.
//!
//! [`Input`]s and the time go in, [`Output`]s come out, and a call is a pure function of the two.

mod io;
mod journal;
mod record;
mod settings;

pub use io::{Command, Input, LegEvent, Output, Packet, ProviderEvent, Reason, SpeechCommand, SpeechEvent};
pub use journal::SessionEvent;
pub use record::Block;
pub use settings::Settings;
