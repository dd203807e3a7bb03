//! What comes in: bodies and queries, refused with the field that is wrong.

mod body;
mod by_name;
mod query;
mod reading;

pub(super) use body::{Json, read};
pub(super) use by_name::ByName;
pub(super) use query::Query;
