//! The provider against a server that answers as it is told.
