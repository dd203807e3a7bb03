//! Spanish, as in the United States and Latin America. Spelled out: synthesisers read figures in many ways.

use jiff::civil::{Date, Time, Weekday};

pub(super) fn date(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let month = MONTHS[date.month() as usize - 1]; // months count from 1
    let day = match date.day() {
        1 => "primero".to_owned(),
        day => number(day),
    };
    format!("el {} {day} de {month}", weekday(date.weekday()))
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "lunes",
        Weekday::Tuesday => "martes",
        Weekday::Wednesday => "miércoles",
        Weekday::Thursday => "jueves",
        Weekday::Friday => "viernes",
        Weekday::Saturday => "sábado",
        Weekday::Sunday => "domingo",
    }
}

/// From 0 to 59.
fn number(n: i8) -> String {
    const SMALL: [&str; 30] = [
        "cero",
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
        "trece",
        "catorce",
        "quince",
        "dieciséis",
        "diecisiete",
        "dieciocho",
        "diecinueve",
        "veinte",
        "veintiuno",
        "veintidós",
        "veintitrés",
        "veinticuatro",
        "veinticinco",
        "veintiséis",
        "veintisiete",
        "veintiocho",
        "veintinueve",
    ];
    const TENS: [&str; 3] = ["treinta", "cuarenta", "cincuenta"];
    let n = n.clamp(0, 59) as usize;
    match (n / 10, n % 10) {
        (0..=2, _) => SMALL[n].to_owned(),
        (tens, 0) => TENS[tens - 3].to_owned(),
        (tens, ones) => format!("{} y {}", TENS[tens - 3], SMALL[ones]),
    }
}

fn hour(time: Time) -> i8 {
    match time.hour() % 12 {
        0 => 12,
        hour => hour,
    }
}

/// "a la una", "a las dos".
pub(super) fn at(time: Time) -> &'static str {
    if hour(time) == 1 { "a la" } else { "a las" }
}

pub(super) fn time(time: Time) -> String {
    let hour = match hour(time) {
        1 => "una".to_owned(),
        hour => number(hour),
    };
    let minutes = match time.minute() {
        0 => String::new(),
        15 => " y cuarto".to_owned(),
        30 => " y media".to_owned(),
        minute => format!(" y {}", number(minute)),
    };
    let part = match time.hour() {
        0..=11 => "de la mañana",
        12..=19 => "de la tarde",
        _ => "de la noche",
    };
    format!("{hour}{minutes} {part}")
}
