use jiff::civil::date;

use super::*;

/// Saturday, 21 November 2026, 9:00.
fn now() -> DateTime {
    date(2026, 11, 21).at(9, 0, 0, 0)
}

fn check(kind: Open, language: &str, table: &[(&str, Option<&str>)]) {
    for (text, expected) in table {
        assert_eq!(spoken(kind, text, language, now()).as_deref(), *expected, "{text:?} in {language}");
    }
}

#[test]
fn numbers_are_understood_in_four_languages() {
    let kind = Open::Number { from: 0, to: 999 };
    check(
        kind,
        "en-US",
        &[
            ("twelve", Some("12")),
            ("um, forty-two please", Some("42")),
            ("two hundred and five", Some("205")),
            ("7", Some("7")),
            ("not three", None),
            ("three or four", None),
            ("1000", None),
            ("", None),
        ],
    );
    check(kind, "es-US", &[("veintidós", Some("22")), ("ciento cinco", Some("105")), ("treinta y uno", Some("31"))]);
    check(kind, "de-DE", &[("einundzwanzig", Some("21")), ("zweihundertfünf", Some("205")), ("dreißig", Some("30"))]);
    check(
        kind,
        "fr-FR",
        &[("quatre-vingt-dix-sept", Some("97")), ("vingt et un", Some("21")), ("deux cent cinq", Some("205"))],
    );
}

#[test]
fn digits_are_understood_as_people_say_them() {
    let kind = Open::Digits { least: 4, most: 6 };
    check(
        kind,
        "en-US",
        &[
            ("four seven one one", Some("4711")),
            ("forty-seven eleven", Some("4711")),
            ("4711", Some("4711")),
            ("47 11", Some("4711")),
            ("oh double five one", Some("0551")),
            ("four seven", None),
            ("four seven one one and so on", None),
            ("1 2 3 4 5 6 7", None),
        ],
    );
    check(kind, "de-DE", &[("null acht fünfzehn", Some("0815"))]);
    check(kind, "fr-FR", &[("zéro six douze", Some("0612"))]);
}

#[test]
fn a_date_is_the_next_such_day() {
    check(
        Open::Date,
        "en-US",
        &[
            ("today", Some("2026-11-21")),
            ("tomorrow", Some("2026-11-22")),
            ("the day after tomorrow", Some("2026-11-23")),
            ("on Tuesday", Some("2026-11-24")),
            ("next Saturday", Some("2026-11-28")),
            ("December first", Some("2026-12-01")),
            ("the 1st of December", Some("2026-12-01")),
            ("12/1", Some("2026-12-01")),
            ("January 5th 2027", Some("2027-01-05")),
            ("the fifteenth", Some("2026-12-15")),
            ("February twenty-ninth", Some("2028-02-29")),
            ("Tuesday, December first", Some("2026-12-01")),
            ("Monday, December first", None),
            ("February thirtieth", None),
            ("not on Tuesday", None),
            ("Tuesday or Wednesday", None),
        ],
    );
    check(Open::Date, "es-US", &[("mañana", Some("2026-11-22")), ("el primero de diciembre", Some("2026-12-01"))]);
    check(
        Open::Date,
        "de-DE",
        &[
            ("übermorgen", Some("2026-11-23")),
            ("am ersten Dezember", Some("2026-12-01")),
            ("am 1.12.", Some("2026-12-01")),
        ],
    );
    check(Open::Date, "fr-FR", &[("mardi prochain", Some("2026-11-24")), ("le premier décembre", Some("2026-12-01"))]);
}

#[test]
fn a_bare_hour_is_in_the_afternoon_where_the_night_makes_no_sense() {
    check(
        Open::Time,
        "en-US",
        &[
            ("three", Some("15:00")),
            ("at three am", Some("03:00")),
            ("ten thirty", Some("10:30")),
            ("10:30", Some("10:30")),
            ("3 p.m.", Some("15:00")),
            ("3pm", Some("15:00")),
            ("half past two", Some("14:30")),
            ("a quarter to one", Some("12:45")),
            ("ten oh five in the morning", Some("10:05")),
            ("noon", Some("12:00")),
            ("in the evening at eight", Some("20:00")),
            ("twenty-five", None),
            ("ten sixty", None),
        ],
    );
    check(
        Open::Time,
        "es-US",
        &[("a las tres y media de la tarde", Some("15:30")), ("a las diez menos cuarto", Some("09:45"))],
    );
    check(
        Open::Time,
        "de-DE",
        &[("halb vier", Some("15:30")), ("um 15 Uhr 30", Some("15:30")), ("viertel nach neun", Some("09:15"))],
    );
    check(
        Open::Time,
        "fr-FR",
        &[("quinze heures trente", Some("15:30")), ("15h30", Some("15:30")), ("dix heures et demie", Some("10:30"))],
    );
}

#[test]
fn a_day_and_a_time_come_in_either_order() {
    check(
        Open::DateTime,
        "en-US",
        &[
            ("tomorrow at three", Some("2026-11-22T15:00")),
            ("Tuesday at ten thirty", Some("2026-11-24T10:30")),
            ("at ten in the morning on December first", Some("2026-12-01T10:00")),
            ("tomorrow morning at nine", Some("2026-11-22T09:00")),
            ("tomorrow", None),
            ("at three", None),
        ],
    );
    check(
        Open::DateTime,
        "es-US",
        &[
            ("mañana a las diez de la mañana", Some("2026-11-22T10:00")),
            ("el martes a las tres", Some("2026-11-24T15:00")),
        ],
    );
    check(Open::DateTime, "de-DE", &[("morgen um halb vier", Some("2026-11-22T15:30"))]);
    check(Open::DateTime, "fr-FR", &[("demain à quinze heures", Some("2026-11-22T15:00"))]);
}

#[test]
fn keys_are_read_in_the_order_of_the_language() {
    let typed = |kind, digits, language| typed(kind, digits, language, now());
    assert_eq!(typed(Open::Date, "1201", "en-US").as_deref(), Some("2026-12-01"));
    assert_eq!(typed(Open::Date, "0112", "de-DE").as_deref(), Some("2026-12-01"));
    assert_eq!(typed(Open::Date, "1301", "en-US"), None);
    assert_eq!(typed(Open::Time, "930", "en-US").as_deref(), Some("09:30"));
    assert_eq!(typed(Open::DateTime, "12011530", "en-US").as_deref(), Some("2026-12-01T15:30"));
    assert_eq!(typed(Open::Number { from: 1, to: 12 }, "13", "en-US"), None);
    assert_eq!(typed(Open::Digits { least: 4, most: 4 }, "0471", "en-US").as_deref(), Some("0471"));
    assert!(is_complete(Open::Number { from: 1, to: 12 }, 2) && !is_complete(Open::Number { from: 1, to: 12 }, 1));
}

/// Whatever a recogniser or a keypad makes up is a value of its kind, or none.
#[test]
fn every_value_is_of_its_kind() {
    let words: Vec<&str> = "one two five twenty thirty hundred and oh double first may december tuesday today half past quarter to at pm am noon 7 31 2027 12".split(' ').collect();
    let mut state = 7_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    for _ in 0..20_000 {
        let text: Vec<&str> = (0..1 + next(6)).map(|_| words[next(words.len())]).collect();
        let text = text.join(" ");
        let said = |kind| spoken(kind, &text, "en-US", now());
        assert!(said(Open::Date).is_none_or(|v| v.parse::<jiff::civil::Date>().unwrap() >= date(2000, 1, 1)), "{text}");
        assert!(said(Open::Time).is_none_or(|v| v.parse::<jiff::civil::Time>().is_ok()), "{text}");
        assert!(said(Open::DateTime).is_none_or(|v| v.parse::<DateTime>().is_ok()), "{text}");
        assert!(
            said(Open::Number { from: 1, to: 9 }).is_none_or(|v| (1..=9).contains(&v.parse::<u32>().unwrap())),
            "{text}"
        );
    }
}
