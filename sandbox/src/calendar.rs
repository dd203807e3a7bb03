//! Dates as the carrier writes and reads them: RFC 2822 in messages, ISO 8601 in list filters; always UTC.

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_S: u64 = 86_400;

/// `Tue, 01 Dec 2026 10:30:00 +0000`, from milliseconds since the Unix epoch (RFC 2822 section 3.3).
pub(crate) fn rfc2822(unix_ms: u64) -> String {
    let seconds = unix_ms / 1000;
    let (days, rest) = (seconds / DAY_S, seconds % DAY_S);
    let (year, month, day) = civil(days);
    let name = DAYS[usize::try_from(days % 7).unwrap_or(0)];
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{name}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} +0000")
}

/// A moment or a whole day of a list filter: `2026-12-01` or `2026-12-01T10:30:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// First second that is meant, since the Unix epoch.
    pub(crate) from_s: u64,
    /// First second after what is meant: one second later, or one day.
    pub(crate) until_s: u64,
}

impl Moment {
    /// Reads a filter's value; `None` when it is neither a date nor a UTC date-time.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.splitn(3, '-');
        let year = parts.next()?.parse().ok().filter(|y| (1970..=9999).contains(y))?;
        let month = parts.next()?.parse().ok().filter(|m| (1..=12).contains(m))?;
        let day = parts.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
        let midnight = days_since_epoch(year, month, day) * DAY_S;
        let Some(time) = time else {
            return Some(Self { from_s: midnight, until_s: midnight + DAY_S });
        };
        let second = midnight + second_of_day(time)?;
        Some(Self { from_s: second, until_s: second + 1 })
    }
}

fn second_of_day(time: &str) -> Option<u64> {
    let clock = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00")).unwrap_or(time);
    let clock = clock.split_once('.').map_or(clock, |(whole, _fraction)| whole);
    let mut parts = clock.splitn(3, ':');
    let hour: u64 = parts.next()?.parse().ok().filter(|h| *h < 24)?;
    let minute: u64 = parts.next()?.parse().ok().filter(|m| *m < 60)?;
    let second: u64 = parts.next()?.parse().ok().filter(|s| *s < 60)?;
    Some(hour * 3600 + minute * 60 + second)
}

/// Year, month and day of a count of days since 1970-01-01, by the usual shift of the year's start to March.
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn days_since_epoch(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_rfc_2822() {
        assert_eq!(rfc2822(0), "Thu, 01 Jan 1970 00:00:00 +0000");
        assert_eq!(rfc2822(951_782_400_000), "Tue, 29 Feb 2000 00:00:00 +0000");
        assert_eq!(rfc2822(1_795_948_199_999), "Sun, 29 Nov 2026 10:29:59 +0000");
    }

    #[test]
    fn a_filter_means_a_day_or_a_second() {
        assert_eq!(Moment::parse("2000-02-29"), Some(Moment { from_s: 951_782_400, until_s: 951_868_800 }));
        let moment = Moment::parse("2026-11-29T10:29:59Z").expect("a moment");
        assert_eq!((moment.from_s, moment.until_s), (1_795_948_199, 1_795_948_200));
        for wrong in ["", "yesterday", "2026-13-01", "2026-11-29T25:00:00Z", "2026-11"] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }
}
