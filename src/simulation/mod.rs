//! A campaign in virtual time: contacts, the policy of calls from `voxgate-core`, and people who act by chance.
//!
//! No socket, no task, no clock: the gate, the disposition table, redials, deferrals, slots and the provider's pace are
//! the real ones; whether somebody answers is drawn by a seed, so that a run can be repeated.

mod contacts;
mod odds;
mod summary;
#[cfg(test)]
mod tests;
mod world;

pub use contacts::{Contact, ContactsError, Refused, read_contacts};
pub use odds::{Odds, OddsError};
pub use summary::Summary;
pub use world::{Campaign, run};
