//! Time zones: by their IANA name, or by what a number tells of the place where it is.
//!
//! The zone database is part of the program, so that every machine says the same.

mod countries;
mod nanp;

use std::fmt;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::dialog::finding::nearest;
use crate::model::PhoneNumber;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTimeZone {
    /// What was given.
    pub name: String,
    /// The zone whose name is nearest to it.
    pub nearest: Option<String>,
}

impl fmt::Display for UnknownTimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an IANA time zone", self.name)?;
        match &self.nearest {
            Some(near) => write!(f, "; did you mean {near:?}?"),
            None => f.write_str("; write one as in \"America/Los_Angeles\""),
        }
    }
}

impl std::error::Error for UnknownTimeZone {}

/// Reads the IANA name of a time zone, in any case, and gives it as IANA writes it.
///
/// # Errors
/// [`UnknownTimeZone`], with the nearest name there is.
pub fn parse_time_zone(name: &str) -> Result<String, UnknownTimeZone> {
    if let Some(known) = zone(name).as_ref().and_then(TimeZone::iana_name) {
        return Ok(known.to_owned());
    }
    let known: Vec<String> = DATABASE.available().map(|zone| zone.as_str().to_owned()).collect();
    let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    Err(UnknownTimeZone { name: name.to_owned(), nearest: near })
}

/// What the clocks of a called party show: by their own time zone, or else the first that their number may be in.
#[must_use]
pub fn local_time(time_zone: Option<&str>, to: &str, now_ms: u64) -> DateTime {
    let by_number = || to.parse().ok().and_then(|number| zones_of(&number).first().copied());
    let zone = time_zone.or_else(by_number).and_then(zone).unwrap_or(TimeZone::UTC);
    let now = i64::try_from(now_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    zone.to_datetime(now)
}

pub(super) fn zone(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok()
}

/// The zones in which a number may be; none where nothing is known of its prefix.
#[must_use]
pub fn zones_of(number: &PhoneNumber) -> &'static [&'static str] {
    let digits = &number.as_str()[1..]; // it begins with +
    let zones = match digits.strip_prefix('1') {
        Some(national) => national.get(..3).and_then(nanp::zones),
        None => countries::zones(digits),
    };
    zones.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_tables_is_in_the_database() {
        let nanp = nanp::all().map(|(zones, _)| zones);
        for name in nanp.chain(countries::all().map(|(_, zones)| zones)).flatten() {
            assert!(zone(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_number_tells_its_zones() {
        let table: [(&str, &[&str]); 14] = [
            ("+12065550110", &["America/Los_Angeles"]),
            ("+14168675309", &["America/Toronto"]),
            ("+493012345678", &["Europe/Berlin"]),
            ("+442079460000", &["Europe/London"]),
            ("+77012345678", &["Asia/Almaty"]),
            ("+351211234567", &["Europe/Lisbon", "Atlantic/Azores"]),
            ("+12735550110", &["America/Toronto", "America/Halifax"]),
            ("+61891641234", &["Indian/Cocos", "Australia/Perth", "Australia/Adelaide"]),
            ("+6723221234", &["Pacific/Norfolk"]),
            ("+672112345", &[]),
            ("+24767123", &["Atlantic/St_Helena"]),
            ("+18005550100", &[]),
            ("+88212345678", &[]),
            ("+21012345678", &[]),
        ];
        for (number, expected) in table {
            assert_eq!(zones_of(&number.parse().unwrap()), expected, "{number}");
        }
    }

    #[test]
    fn a_time_zone_is_known_by_name_or_refused_with_the_nearest() {
        assert_eq!(parse_time_zone("America/New_York").as_deref(), Ok("America/New_York"));
        assert_eq!(parse_time_zone("europe/berlin").as_deref(), Ok("Europe/Berlin"));
        let table = [
            ("America/NewYork", "\"America/NewYork\" is not an IANA time zone; did you mean \"America/New_York\"?"),
            ("Europe/Berlim", "\"Europe/Berlim\" is not an IANA time zone; did you mean \"Europe/Berlin\"?"),
            ("", "\"\" is not an IANA time zone; write one as in \"America/Los_Angeles\""),
            ("+02:00", "\"+02:00\" is not an IANA time zone; write one as in \"America/Los_Angeles\""),
            (
                "../../etc/passwd",
                "\"../../etc/passwd\" is not an IANA time zone; write one as in \"America/Los_Angeles\"",
            ),
        ];
        for (name, expected) in table {
            assert_eq!(parse_time_zone(name).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn the_clocks_of_the_called_party_are_those_of_their_zone_or_of_their_number() {
        // 2026-11-21T17:00:00Z
        let shown = |zone, to| local_time(zone, to, 1_795_280_400_000).to_string();
        assert_eq!(shown(None, "+12065550110"), "2026-11-21T09:00:00");
        assert_eq!(shown(Some("Europe/Berlin"), "+12065550110"), "2026-11-21T18:00:00");
        assert_eq!(shown(None, "no number"), "2026-11-21T17:00:00");
    }
}
