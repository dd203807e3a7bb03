//! The decisions of a call, as pure state machines.
//!
//! [`model`] has the words of the project as types, [`dialog`] turns a script into a machine that walks through it, and
//! [`session`] owns one call's turn-taking; [`rehearsal`] runs whole calls on it in virtual time. Nothing here reads a
//! clock, opens a socket or knows a vendor: time comes in as a parameter, and what is to be done goes out as a value.

pub mod calls;
pub mod dialog;
pub mod model;
pub mod rehearsal;
pub mod session;
pub mod time;
