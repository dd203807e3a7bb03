//! YAML as a tree that knows where everything stands. Scalars stay text: what they mean is the schema's to say.

mod reader;
mod tree;

pub(crate) use reader::read;
pub(crate) use tree::{Entry, Node, Value};
