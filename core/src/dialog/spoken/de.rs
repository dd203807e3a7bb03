//! German. Spelled out: synthesisers read figures in many ways.

use jiff::civil::{Date, Time, Weekday};

pub(super) fn date(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let month = MONTHS[date.month() as usize - 1]; // months count from 1
    format!("{}, der {} {month}", weekday(date.weekday()), ordinal(date.day()))
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Montag",
        Weekday::Tuesday => "Dienstag",
        Weekday::Wednesday => "Mittwoch",
        Weekday::Thursday => "Donnerstag",
        Weekday::Friday => "Freitag",
        Weekday::Saturday => "Samstag",
        Weekday::Sunday => "Sonntag",
    }
}

/// As in "der erste".
fn ordinal(day: i8) -> String {
    match day {
        1 => "erste".to_owned(),
        3 => "dritte".to_owned(),
        7 => "siebte".to_owned(),
        8 => "achte".to_owned(),
        2..=19 => format!("{}te", number(day)),
        _ => format!("{}ste", number(day)),
    }
}

/// From 0 to 59.
fn number(n: i8) -> String {
    const SMALL: [&str; 20] = [
        "null",
        "eins",
        "zwei",
        "drei",
        "vier",
        "fünf",
        "sechs",
        "sieben",
        "acht",
        "neun",
        "zehn",
        "elf",
        "zwölf",
        "dreizehn",
        "vierzehn",
        "fünfzehn",
        "sechzehn",
        "siebzehn",
        "achtzehn",
        "neunzehn",
    ];
    const TENS: [&str; 4] = ["zwanzig", "dreißig", "vierzig", "fünfzig"];
    let n = n.clamp(0, 59) as usize;
    match (n / 10, n % 10) {
        (0..=1, _) => SMALL[n].to_owned(),
        (tens, 0) => TENS[tens - 2].to_owned(),
        (tens, 1) => format!("einund{}", TENS[tens - 2]),
        (tens, ones) => format!("{}und{}", SMALL[ones], TENS[tens - 2]),
    }
}

/// On the 24-hour clock, which leaves no half of the day open.
pub(super) fn time(time: Time) -> String {
    let hour = match time.hour() {
        1 => "ein".to_owned(),
        hour => number(hour),
    };
    match time.minute() {
        0 => format!("{hour} Uhr"),
        minute => format!("{hour} Uhr {}", number(minute)),
    }
}
