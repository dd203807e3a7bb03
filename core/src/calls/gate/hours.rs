//! Calling hours, by the clock on the wall of whoever is called.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// How far ahead an opening is looked for, in days. Zones whose hours never meet have none.
const AHEAD: i64 = 8;

/// From when until when somebody may be called, in minutes since midnight of local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingHours {
    from: u16,
    to: u16,
}

impl CallingHours {
    /// At any time.
    pub const ALWAYS: Self = Self { from: 0, to: DAY };

    /// From minute `from` until before minute `to` of the day; `None` unless `from < to <= 1440`.
    #[must_use]
    pub const fn new(from: u16, to: u16) -> Option<Self> {
        if from < to && to <= DAY { Some(Self { from, to }) } else { None }
    }

    /// Whether they are the whole day, so that no zone matters.
    #[must_use]
    pub const fn is_whole_day(self) -> bool {
        self.from == 0 && self.to == DAY
    }

    pub(super) fn is_open(self, zone: &TimeZone, at: Timestamp) -> bool {
        let local = zone.to_datetime(at);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        (self.from..self.to).contains(&minute)
    }

    /// The first moment from `at` on at which they hold in every one of the zones.
    pub(super) fn next_open(self, zones: &[TimeZone], at: Timestamp) -> Option<Timestamp> {
        let last = at.checked_add(SignedDuration::from_hours(24 * AHEAD)).ok()?;
        let mut at = at;
        while at <= last {
            match zones.iter().find(|zone| !self.is_open(zone, at)) {
                None => return Some(at),
                Some(closed) => at = self.opening(closed, at)?,
            }
        }
        None
    }

    /// When a zone that is closed opens: when its clocks show the hour, or are put past it.
    fn opening(self, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
        let today = zone.to_datetime(at).date();
        let days = [Some(today), today.tomorrow().ok(), today.tomorrow().and_then(Date::tomorrow).ok()];
        let shown = days.into_iter().flatten().flat_map(|day| {
            let clocks = zone.to_ambiguous_timestamp(day.to_datetime(self.first()));
            [clocks.earlier().ok(), clocks.later().ok()]
        });
        let put = zone.following(at).next().map(|change| change.timestamp());
        shown.chain([put]).flatten().filter(|then| *then > at && self.is_open(zone, *then)).min()
    }

    fn first(self) -> Time {
        let part = |n: u16| i8::try_from(n).unwrap_or_default(); // hours and minutes are below 60
        Time::constant(part(self.from / 60), part(self.from % 60), 0, 0)
    }
}

impl Default for CallingHours {
    /// 8 to 21 o'clock, as 47 CFR 64.1200(c)(1) has it for telephone solicitations in the United States.
    fn default() -> Self {
        Self { from: 8 * 60, to: 21 * 60 }
    }
}

impl fmt::Display for CallingHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calls::gate::zone::zone;

    fn next(hours: CallingHours, zones: &[&str], at: &str) -> Option<String> {
        let zones: Vec<_> = zones.iter().map(|name| zone(name).unwrap()).collect();
        hours.next_open(&zones, at.parse().unwrap()).map(|at| at.to_string())
    }

    /// The day on which clocks change has its hours by the clocks, too.
    #[test]
    fn they_open_by_the_clock_on_the_wall() {
        let table = [
            // Open now; at the last minute; at the first moment after it; in the night.
            ("America/New_York", "2026-01-15T15:00:00Z", "2026-01-15T15:00:00Z"),
            ("America/New_York", "2026-01-16T01:59:59Z", "2026-01-16T01:59:59Z"),
            ("America/New_York", "2026-01-16T02:00:00Z", "2026-01-16T13:00:00Z"),
            ("America/New_York", "2026-01-15T12:59:59.999Z", "2026-01-15T13:00:00Z"),
            // Summer time begins on 8 March 2026 and ends on 1 November 2026.
            ("America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T12:00:00Z"),
            ("America/New_York", "2026-11-01T02:00:00Z", "2026-11-01T13:00:00Z"),
            ("Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"),
            ("Asia/Kolkata", "2026-07-01T16:00:00Z", "2026-07-02T02:30:00Z"),
            ("Australia/Sydney", "2026-10-03T12:00:00Z", "2026-10-03T21:00:00Z"),
        ];
        for (zone, at, expected) in table {
            assert_eq!(next(CallingHours::default(), &[zone], at).as_deref(), Some(expected), "{zone} {at}");
        }
    }

    #[test]
    fn several_zones_must_all_be_open() {
        let coasts = ["America/New_York", "America/Los_Angeles"];
        let hours = CallingHours::default();
        assert_eq!(next(hours, &coasts, "2026-01-15T13:30:00Z").as_deref(), Some("2026-01-15T16:00:00Z"));
        assert_eq!(next(hours, &coasts, "2026-01-16T02:00:00Z").as_deref(), Some("2026-01-16T16:00:00Z"));
        let morning = CallingHours::new(8 * 60, 9 * 60).unwrap();
        assert_eq!(next(morning, &coasts, "2026-01-16T02:00:00Z"), None, "their mornings never meet");
    }

    /// Berlin's clocks go from 2:00 to 3:00 on 29 March 2026: half past two does not come, three o'clock does.
    #[test]
    fn an_hour_that_the_clocks_leave_out_opens_when_they_are_put() {
        let hours = CallingHours::new(150, 600).unwrap();
        assert_eq!(next(hours, &["Europe/Berlin"], "2026-03-29T00:00:00Z").as_deref(), Some("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn only_hours_that_a_day_has_are_hours() {
        assert_eq!((CallingHours::new(600, 600), CallingHours::new(0, 1441)), (None, None));
        assert!(CallingHours::new(0, 1440).unwrap().is_whole_day());
        assert_eq!(CallingHours::default().to_string(), "08:00-21:00");
    }

    proptest! {
        /// The moment that is found is open everywhere, and no quarter of an hour before it was.
        #[test]
        fn nothing_opens_earlier(
            minutes in 0..1_100_000i64,
            from in 0..47u16,
            length in 1..48u16,
            picks in prop::collection::vec(0..8usize, 1..3),
        ) {
            let names = ["America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata",
                "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Casablanca", "Pacific/Apia"];
            let zones: Vec<_> = picks.iter().map(|n| zone(names[*n]).unwrap()).collect();
            let hours = CallingHours::new(from * 30, (from * 30 + length * 30).min(1440)).unwrap();
            let start: Timestamp = "2025-12-01T00:00:00Z".parse().unwrap();
            let at = start + SignedDuration::from_mins(minutes);
            let open = |at: Timestamp| zones.iter().all(|zone| hours.is_open(zone, at));
            let found = hours.next_open(&zones, at);
            prop_assert!(found.is_none_or(|found| found >= at && open(found)));
            let until = found.unwrap_or(at + SignedDuration::from_hours(24 * 7));
            let mut step = at;
            while step < until {
                prop_assert!(!open(step), "{step} is open, and {found:?} was found");
                step += SignedDuration::from_mins(15);
            }
        }
    }
}
