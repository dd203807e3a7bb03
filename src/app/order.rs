//! What a user orders.

use std::collections::BTreeMap;

use ring::rand::{SecureRandom, SystemRandom};
use voxgate_core::model::{AttemptId, CallId};

/// An order to reach a number with a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The call's name.
    pub call: CallId,
    /// The number, as the user wrote it. One that is none becomes an outcome, not an error.
    pub to: String,
    /// The script's name.
    pub dialplan: String,
    /// BCP 47 tag, as in `en-US`.
    pub language: String,
    /// What the script needs to know.
    pub variables: BTreeMap<String, String>,
}

impl Order {
    /// An order with a name of its own.
    #[must_use]
    pub fn new(to: &str, dialplan: &str, language: &str, variables: BTreeMap<String, String>) -> Self {
        Self {
            call: CallId::new(format!("call-{}", random())),
            to: to.to_owned(),
            dialplan: dialplan.to_owned(),
            language: language.to_owned(),
            variables,
        }
    }
}

pub(super) fn attempt_id() -> AttemptId {
    AttemptId::new(format!("att-{}", random()))
}

/// 80 bits in hexadecimal: enough that two never meet, short enough to read out.
fn random() -> String {
    let mut bytes = [0; 10];
    #[expect(clippy::expect_used, reason = "without randomness two calls could share a name")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives out random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
