//! Logs: `tracing` as lines of JSON in a file, and lines for people on standard error where they are wanted.
//!
//! Every line about a call stands in a span, [`call_span`], [`attempt_span`] or [`session_span`]: they carry the call, the
//! attempt, and one trace for all that belongs to the call. Phone numbers above DEBUG go through [`Masked`].

mod alert;
mod console;
mod failure;
mod masked;
mod spans;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

pub use alert::slow_setup;
pub use failure::{ProviderFailure, retrying};
pub use masked::Masked;
pub use spans::{attempt_span, call_span, session_span, trace_of};

use self::console::Plain;
use crate::config::{Console, Telemetry};
use crate::folders::make_private;

type Output = Box<dyn Layer<Registry> + Send + Sync>;

/// Begins to log as the config says. Once in a process; a second time changes nothing.
///
/// # Errors
/// When the levels cannot be read, or the file not be opened.
pub fn start(settings: &Telemetry) -> io::Result<()> {
    let file = open(&settings.file).map_err(|error| {
        io::Error::new(error.kind(), format!("telemetry.file: {} cannot be written: {error}", settings.file.display()))
    })?;
    let mut outputs: Vec<Output> = vec![Box::new(json(Mutex::new(file)))];
    outputs.extend(console(settings.console));
    install(&settings.log, outputs)
}

/// Begins to log to standard error alone, as lines of JSON.
///
/// # Errors
/// When the levels cannot be read.
pub fn start_on_stderr(levels: &str) -> io::Result<()> {
    install(levels, vec![Box::new(json(io::stderr))])
}

fn install(levels: &str, outputs: Vec<Output>) -> io::Result<()> {
    let levels = EnvFilter::try_new(levels).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    // Tests start the gateway many times in one process: the first subscriber stays.
    tracing_subscriber::registry().with(outputs.with_filter(levels)).try_init().ok();
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        // The log is opened first of all: where nothing was, this makes the data folder.
        make_private(folder)?;
    }
    OpenOptions::new().append(true).create(true).open(path)
}

/// One object a line: fields of the event beside `timestamp` and `level`, those of the span in `span`.
fn json<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> tracing_subscriber::fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer)
}

fn console(console: Console) -> Option<Output> {
    match console {
        Console::None => None,
        Console::Plain => Some(Box::new(tracing_subscriber::fmt::layer().event_format(Plain).with_writer(io::stderr))),
        Console::Json => Some(Box::new(json(io::stderr))),
    }
}
