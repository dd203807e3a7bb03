//! Logs: `tracing` as lines of JSON, each with the spans it stands in.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Where log lines go.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// Standard error.
    Stderr,
    /// A file, made anew.
    File(&'a Path),
}

/// Begins to log what `filter` lets through, as in `info` or `voxgate=debug,warn`. Once in a process; a second time
/// changes nothing.
///
/// # Errors
/// When the filter cannot be read or the file not be made.
pub fn start(filter: &str, destination: Destination<'_>) -> io::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    match destination {
        Destination::Stderr => install(filter, io::stderr),
        Destination::File(path) => install(filter, Mutex::new(File::create(path)?)),
    }
    Ok(())
}

fn install<W>(filter: EnvFilter, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Tests start the gateway many times in one process: the first subscriber stays.
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(writer).try_init().ok();
}
