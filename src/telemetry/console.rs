//! Log lines for people.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::failure::RETRY;

/// `LEVEL message field=value …`, and the short lines that people know by their first word.
pub(super) struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let level = event.metadata().level();
        match (event.metadata().target(), &line.service, &line.retries) {
            (RETRY, Some(service), Some(retries)) => writeln!(writer, "[RETRY] {service} attempt {retries}"),
            _ => writeln!(writer, "{level:<5} {}{}", line.message, line.fields),
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
    service: Option<String>,
    retries: Option<String>,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "service" => self.service = Some(format!("{value:?}")),
            "retries" => self.retries = Some(format!("{value:?}")),
            _ => {}
        }
        if field.name() != "message" {
            // A String takes everything.
            let _ = write!(self.fields, " {}={value:?}", field.name());
        }
    }
}
