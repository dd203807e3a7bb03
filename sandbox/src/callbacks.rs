//! Callbacks to the gateway: their forms, and the post that carries them.

pub(crate) mod form;
pub(crate) mod post;
