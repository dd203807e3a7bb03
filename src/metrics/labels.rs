//! Labels. Each is from a closed set: a list here, a list of the model, or the names in the config.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

macro_rules! label_values {
    ($(#[doc = $about:literal])+ $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $text:literal, )+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl $name {
            /// Every one.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            /// Its name in metrics and logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
                EncodeLabelValue::encode(&self.as_str(), encoder)
            }
        }
    };
}

label_values! {
    /// What is asked of a provider.
    Operation {
        /// Place a call.
        Dial = "dial",
        /// Look for a dial whose answer was lost.
        Find = "find",
        /// Where a call stands.
        Status = "status",
        /// End a call.
        HangUp = "hang_up",
    }
}

label_values! {
    /// What came of a request.
    Answer {
        /// The provider did what it was asked.
        Accepted = "accepted",
        /// It never reached the provider.
        NotSent = "not_sent",
        /// The provider had no time for it.
        RateLimited = "rate_limited",
        /// The provider said no, for good.
        Refused = "refused",
        /// The provider knows no such call.
        UnknownCall = "unknown_call",
        /// No answer, or none that makes sense.
        Lost = "lost",
    }
}

label_values! {
    /// Where something waits.
    Queue {
        /// Calls that are due, and not picked up.
        DueCalls = "due_calls",
        /// Tasks that nobody has resolved.
        ManualTasks = "manual_tasks",
        /// Notes on their way to the journal.
        Journal = "journal",
        /// Audio on its way to recordings.
        Recordings = "recordings",
        /// Writes on their way to the store.
        StoreWrites = "store_writes",
        /// Lines of the journal in the spool, which the store has yet to take.
        Spool = "spool",
    }
}

/// What is asked of a provider is a set of labels of its own.
impl EncodeLabelSet for Operation {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelSetEncoder<'_>) -> std::fmt::Result {
        [("operation", self.as_str())].encode(encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Result {
    pub(super) result: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) provider: String,
    pub(super) operation: Operation,
    pub(super) answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Ended {
    pub(super) disposition: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Code {
    pub(super) failure_code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reason {
    pub(super) reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Limit {
    pub(super) limit: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Waiting {
    pub(super) queue: Queue,
}
