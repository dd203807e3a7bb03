//! The personas and clips that ship inside the binary, so that it works in an empty folder.

use include_dir::{Dir, include_dir};

/// `fixtures/personas`: persona files and the number plan.
pub(super) static PERSONAS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures/personas");
/// `fixtures/audio`: what personas say, one folder per voice.
pub(super) static AUDIO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../fixtures/audio");
