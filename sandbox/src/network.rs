//! The telephone network: its calls, and what carries them.

pub(crate) mod call;
pub(crate) mod carry;
pub(crate) mod exchange;
pub(crate) mod order;
