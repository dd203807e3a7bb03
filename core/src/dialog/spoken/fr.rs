//! French. Spelled out: synthesisers read figures in many ways.

use jiff::civil::{Date, Time, Weekday};

pub(super) fn date(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let month = MONTHS[date.month() as usize - 1]; // months count from 1
    let day = match date.day() {
        1 => "premier".to_owned(),
        day => number(day),
    };
    format!("le {} {day} {month}", weekday(date.weekday()))
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "lundi",
        Weekday::Tuesday => "mardi",
        Weekday::Wednesday => "mercredi",
        Weekday::Thursday => "jeudi",
        Weekday::Friday => "vendredi",
        Weekday::Saturday => "samedi",
        Weekday::Sunday => "dimanche",
    }
}

/// From 0 to 59.
fn number(n: i8) -> String {
    const SMALL: [&str; 20] = [
        "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
        "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
    ];
    const TENS: [&str; 4] = ["vingt", "trente", "quarante", "cinquante"];
    let n = n.clamp(0, 59) as usize;
    match (n / 10, n % 10) {
        (0..=1, _) => SMALL[n].to_owned(),
        (tens, 0) => TENS[tens - 2].to_owned(),
        (tens, 1) => format!("{} et un", TENS[tens - 2]),
        (tens, ones) => format!("{}-{}", TENS[tens - 2], SMALL[ones]),
    }
}

/// On the 24-hour clock, which leaves no half of the day open.
pub(super) fn time(time: Time) -> String {
    let hour = match time.hour() {
        0 => return with_minutes("minuit", time.minute()),
        12 => return with_minutes("midi", time.minute()),
        1 => "une heure".to_owned(),
        21 => "vingt et une heures".to_owned(),
        hour => format!("{} heures", number(hour)),
    };
    with_minutes(&hour, time.minute())
}

fn with_minutes(hour: &str, minute: i8) -> String {
    match minute {
        0 => hour.to_owned(),
        // Minutes are feminine.
        1 => format!("{hour} une"),
        21 | 31 | 41 | 51 => format!("{hour} {}e", number(minute)),
        minute => format!("{hour} {}", number(minute)),
    }
}
