//! Listing calls: filters and pages.

use std::ops::Range;

use super::form::Fields;
use super::problem::Problem;
use crate::calendar::Moment;
use crate::clock::Clock;
use crate::network::call::Call;

const PAGE_DEFAULT: u64 = 50;
const PAGE_MOST: u64 = 1000;
const KNOWN: [&str; 12] = [
    "To",
    "From",
    "Status",
    "StartTime",
    "StartTime<",
    "StartTime>",
    "EndTime",
    "EndTime<",
    "EndTime>",
    "PageSize",
    "Page",
    "PageToken",
];
const STATUSES: [&str; 8] =
    ["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"];

/// What a caller wants to see.
#[derive(Debug, Default)]
pub(super) struct Filter {
    to: Option<String>,
    from: Option<String>,
    status: Option<&'static str>,
    started: Times,
    ended: Times,
    pub(super) page: usize,
    pub(super) page_size: usize,
}

#[derive(Debug, Default)]
struct Times {
    on: Option<Moment>,
    before: Option<Moment>,
    after: Option<Moment>,
}

impl Filter {
    /// Reads a query string.
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        let mut fields = Fields::parse(query.as_bytes());
        let size = fields.take_number("PageSize", 1, PAGE_MOST)?.unwrap_or(PAGE_DEFAULT);
        let page = fields.take_number("Page", 0, u64::from(u32::MAX))?.unwrap_or(0);
        fields.take("PageToken")?;
        let filter = Self {
            to: fields.take("To")?,
            from: fields.take("From")?,
            status: fields.take_word("Status", &STATUSES)?,
            started: Times::take(&mut fields, "StartTime")?,
            ended: Times::take(&mut fields, "EndTime")?,
            page: usize::try_from(page).unwrap_or(usize::MAX),
            page_size: usize::try_from(size).unwrap_or(usize::MAX),
        };
        fields.finish(&KNOWN)?;
        Ok(filter)
    }

    pub(super) fn fits(&self, call: &Call, clock: &Clock) -> bool {
        let seconds = |at: std::time::Duration| clock.unix_ms(at) / 1000;
        self.to.as_ref().is_none_or(|to| *to == call.order.to)
            && self.from.as_ref().is_none_or(|from| *from == call.order.from)
            && self.status.is_none_or(|status| status == call.status().name())
            && self.started.fit(call.started.map(seconds))
            && self.ended.fit(call.ended.map(seconds))
    }

    /// The numbers of this page's calls among `total`.
    pub(super) fn range(&self, total: usize) -> Range<usize> {
        let start = self.page.saturating_mul(self.page_size).min(total);
        start..start.saturating_add(self.page_size).min(total)
    }
}

impl Times {
    fn take(fields: &mut Fields, name: &str) -> Result<Self, Problem> {
        let mut moment = |name: String| -> Result<Option<Moment>, Problem> {
            let Some(text) = fields.take(&name)? else { return Ok(None) };
            let wrong = || Problem::parameter(format!("{name} is {text:?}; write 2026-12-01 or 2026-12-01T10:30:00Z"));
            Moment::parse(&text).map(Some).ok_or_else(wrong)
        };
        Ok(Self {
            on: moment(name.to_owned())?,
            before: moment(format!("{name}<"))?,
            after: moment(format!("{name}>"))?,
        })
    }

    /// `before` and `after` include the moment that they name; a call without a time fits no filter of times.
    fn fit(&self, second: Option<u64>) -> bool {
        let Some(second) = second else {
            return self.on.is_none() && self.before.is_none() && self.after.is_none();
        };
        self.on.is_none_or(|on| (on.from_s..on.until_s).contains(&second))
            && self.before.is_none_or(|before| second < before.until_s)
            && self.after.is_none_or(|after| second >= after.from_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_and_wrong_ones_named() {
        let filter = Filter::read("To=%2B12065550110&Status=ringing&StartTime%3E=2026-12-01&PageSize=2&Page=1");
        let filter = filter.expect("a good query");
        assert_eq!((filter.to.as_deref(), filter.status), (Some("+12065550110"), Some("ringing")));
        assert_eq!((filter.range(5), filter.range(3), filter.range(1)), (2..4, 2..3, 1..1));
        for (query, named) in [
            ("Staus=ringing", "did you mean \"Status\"?"),
            ("Status=ring", "did you mean \"ringing\"?"),
            ("StartTime=monday", "2026-12-01"),
            ("PageSize=0", "PageSize"),
        ] {
            let problem = Filter::read(query).expect_err("refused");
            assert!(problem.message.contains(named), "{query}: {}", problem.message);
        }
    }

    #[test]
    fn times_include_the_moment_that_they_name() {
        let times = |query: &str| Filter::read(query).expect("a good query").started;
        let noon = Moment::parse("2026-12-01T12:00:00Z").map(|moment| moment.from_s);
        assert!(times("StartTime=2026-12-01").fit(noon));
        assert!(!times("StartTime=2026-12-02").fit(noon));
        assert!(times("StartTime%3E=2026-12-01T12:00:00Z&StartTime%3C=2026-12-01T12:00:00Z").fit(noon));
        assert!(!times("StartTime%3E=2026-12-01T12:00:01Z").fit(noon));
        assert!(!times("StartTime=2026-12-01").fit(None) && times("").fit(None));
    }
}
