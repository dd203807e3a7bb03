//! How a variable's value is read aloud: dates as dates, digits one by one.

mod de;
mod en;
mod es;
mod fr;

use jiff::civil::{Date, DateTime, Time};

use super::schema::VariableKind;

/// How one language reads dates and times.
struct Rules {
    date: fn(Date) -> String,
    time: fn(Time) -> String,
    /// Between the two.
    at: fn(Time) -> &'static str,
}

fn rules(language: &str) -> Option<Rules> {
    match language.split('-').next() {
        Some("en") => Some(Rules { date: en::date, time: en::time, at: |_| "at" }),
        Some("es") => Some(Rules { date: es::date, time: es::time, at: es::at }),
        Some("de") => Some(Rules { date: de::date, time: de::time, at: |_| "um" }),
        Some("fr") => Some(Rules { date: fr::date, time: fr::time, at: |_| "à" }),
        Some(_) | None => None,
    }
}

/// Whether a language has a rule for values of this kind.
pub(crate) fn can_read(kind: VariableKind, language: &str) -> bool {
    match kind {
        VariableKind::Text | VariableKind::Number | VariableKind::Digits => true,
        VariableKind::Date | VariableKind::Time | VariableKind::DateTime => rules(language).is_some(),
    }
}

/// What a value of this kind may look like.
pub(crate) fn example(kind: VariableKind) -> &'static str {
    match kind {
        VariableKind::Text => "Ana",
        VariableKind::Number => "42",
        VariableKind::Digits => "4711",
        VariableKind::Date => "2026-12-01",
        VariableKind::Time => "10:30",
        VariableKind::DateTime => "2026-12-01T10:30:00-08:00",
    }
}

/// The words for a value.
///
/// # Errors
/// What the value should be, where it is not of its kind.
pub(crate) fn read_aloud(kind: VariableKind, value: &str, language: &str) -> Result<String, String> {
    let expected = |what: &str| format!("it is not {what}, give it as in {:?}", example(kind));
    let rules = || rules(language).ok_or_else(|| format!("{language:?} has no rule to read it aloud"));
    match kind {
        VariableKind::Text => Ok(value.to_owned()),
        VariableKind::Number if is_number(value) => Ok(value.to_owned()),
        VariableKind::Number => Err(expected("a number")),
        VariableKind::Digits => digits(value).ok_or_else(|| expected("a row of digits")),
        VariableKind::Date => {
            let date: Date = value.parse().map_err(|_| expected("a date"))?;
            Ok((rules()?.date)(date))
        }
        VariableKind::Time => {
            let time: Time = value.parse().map_err(|_| expected("a time of day"))?;
            Ok((rules()?.time)(time))
        }
        VariableKind::DateTime => {
            let at = date_time(value).ok_or_else(|| expected("a date and time of RFC 3339 with the local offset"))?;
            let rules = rules()?;
            Ok(format!("{} {} {}", (rules.date)(at.date()), (rules.at)(at.time()), (rules.time)(at.time())))
        }
    }
}

/// The local date and time, the offset set aside. One in UTC (`Z`) has no local time and is not taken, nor is a bare date.
fn date_time(value: &str) -> Option<DateTime> {
    if !value.contains(':') {
        return None;
    }
    value.parse().ok()
}

fn is_number(value: &str) -> bool {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let mut parts = unsigned.split('.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.next().is_some_and(digits) && parts.next().is_none_or(digits) && parts.next().is_none()
}

fn digits(value: &str) -> Option<String> {
    if !value.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(value.chars().map(String::from).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_a_person_would() {
        use VariableKind::{Date, DateTime, Digits, Number, Text, Time};
        let table = [
            (Text, "Ana", "en-US", "Ana"),
            (Number, "-3.5", "en-US", "-3.5"),
            (Digits, "4711", "en-US", "4 7 1 1"),
            (DateTime, "2026-12-01T10:30:00-08:00", "en-US", "Tuesday, December first at 10:30 AM"),
            (DateTime, "2026-12-01T10:30", "en-US", "Tuesday, December first at 10:30 AM"),
            (DateTime, "2026-12-01T00:05:00+02:00", "en-US", "Tuesday, December first at 12:05 AM"),
            (DateTime, "2026-03-22T12:00:00+01:00", "en-US", "Sunday, March twenty-second at 12 PM"),
            (Date, "2026-05-31", "en-US", "Sunday, May thirty-first"),
            (Time, "17:00", "en-US", "5 PM"),
            (
                DateTime,
                "2026-12-01T10:30:00-08:00",
                "es-US",
                "el martes primero de diciembre a las diez y media de la mañana",
            ),
            (DateTime, "2026-12-02T13:00:00-08:00", "es-US", "el miércoles dos de diciembre a la una de la tarde"),
            (
                DateTime,
                "2026-12-31T21:45:00-08:00",
                "es-US",
                "el jueves treinta y uno de diciembre a las nueve y cuarenta y cinco de la noche",
            ),
            (Time, "12:15", "es-US", "doce y cuarto de la tarde"),
            (DateTime, "2026-12-01T10:30", "de-DE", "Dienstag, der erste Dezember um zehn Uhr dreißig"),
            (DateTime, "2026-12-21T13:01", "de-DE", "Montag, der einundzwanzigste Dezember um dreizehn Uhr eins"),
            (Time, "01:00", "de-DE", "ein Uhr"),
            (DateTime, "2026-12-01T10:30", "fr-FR", "le mardi premier décembre à dix heures trente"),
            (DateTime, "2026-12-21T21:21", "fr-FR", "le lundi vingt et un décembre à vingt et une heures vingt et une"),
            (Time, "12:00", "fr-FR", "midi"),
        ];
        for (kind, value, language, reading) in table {
            assert_eq!(read_aloud(kind, value, language).as_deref(), Ok(reading), "{value}");
        }
    }

    #[test]
    fn what_is_not_of_its_kind_is_refused() {
        use VariableKind::{Date, DateTime, Digits, Number, Time};
        let table = [
            (Number, "twelve"),
            (Number, "1."),
            (Number, "inf"),
            (Digits, "47 11"),
            (Date, "12/01/2026"),
            (Date, "2026-02-30"),
            (Time, "25:00"),
            (DateTime, "2026-12-01"),
            (DateTime, "tomorrow at ten"),
            (DateTime, "2026-12-01T18:30:00Z"),
        ];
        for (kind, value) in table {
            let error = read_aloud(kind, value, "en-US").unwrap_err();
            assert!(error.contains(example(kind)), "{value}: {error}");
        }
    }
}
