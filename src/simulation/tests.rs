//! Campaigns in virtual time.

use std::collections::BTreeMap;

use voxgate_core::calls::{CallState, CallingHours, DeferralCause, SuppressReason, TaskReason};
use voxgate_core::dialog::Kind;
use voxgate_core::model::Disposition;

use super::*;
use crate::config::Config;
use crate::dialplans::Dialplans;

/// Monday, 2026-01-05T00:00:00Z: seven in the evening of Sunday in New York.
const START_MS: u64 = 1_767_571_200_000;

fn campaign(numbers: impl IntoIterator<Item = u64>, odds: &str) -> Campaign {
    let config = Config::default();
    let contact = |n: u64| Contact { number: format!("+1212555{n:04}").parse().unwrap(), time_zone: None };
    Campaign {
        contacts: numbers.into_iter().map(contact).collect(),
        kind: Kind::Consent,
        policy: config.call_policy(),
        rules: config.calls.rules(),
        sessions: 10,
        calls_per_second: 1.0,
        ring_ms: 30_000,
        odds: odds.parse().unwrap(),
        start_ms: START_MS,
        seed: 7,
    }
}

#[test]
fn a_campaign_is_the_same_for_the_same_seed_and_another_for_another() {
    let one = Campaign { odds: Odds::default(), ..campaign(0..500, "completed=1") };
    let again = run(&one).unwrap();
    assert_eq!(run(&one).unwrap(), again);
    assert_ne!(run(&Campaign { seed: 8, ..one }).unwrap(), again);
    assert_eq!(again.ended.values().sum::<u64>(), 500, "every call ends: {again}");
    assert!(again.peak_slots <= 10 && again.ended[&CallState::Completed] > 100, "{again}");
}

/// The table: a busy line is dialed twice more, then a person has a task.
#[test]
fn who_is_always_busy_is_dialed_three_times_and_left_to_a_person() {
    let summary = run(&campaign(0..40, "busy=1")).unwrap();
    assert_eq!(summary.dials_per_call, BTreeMap::from([(3, 40)]));
    assert_eq!(summary.ended, BTreeMap::from([(CallState::Failed, 40)]));
    assert_eq!(summary.tasks, BTreeMap::from([(TaskReason::Busy, 40)]));
}

#[test]
fn nobody_is_dialed_outside_calling_hours_and_no_attempt_is_used_for_it() {
    let night = Campaign { start_ms: START_MS + 3 * 3_600_000, ..campaign(0..5, "completed=1") };
    let summary = run(&night).unwrap();
    assert_eq!(summary.first_dial_ms, Some(START_MS + 13 * 3_600_000), "8 o'clock in New York");
    assert_eq!(summary.deferrals, BTreeMap::from([(DeferralCause::OutsideHours, 5)]));
    assert_eq!(summary.dials_per_call, BTreeMap::from([(1, 5)]));
    let mut always = night;
    always.rules.hours = CallingHours::ALWAYS;
    assert_eq!(run(&always).unwrap().first_dial_ms, Some(always.start_ms));
}

/// Invariant 3: no later dial passes an opt-out. One live attempt per number, too: the second call waits for the first.
#[test]
fn who_opted_out_is_not_dialed_for_a_second_call() {
    let summary = run(&campaign([1, 1, 1, 2], "do-not-call=1")).unwrap();
    assert_eq!((summary.dials, summary.suppressed[&SuppressReason::OwnDnc]), (2, 2));
    assert_eq!(summary.ended, BTreeMap::from([(CallState::Completed, 2), (CallState::Suppressed, 2)]));
}

#[test]
fn slots_and_the_providers_pace_hold_the_campaign_back() {
    let slots = run(&Campaign { sessions: 3, calls_per_second: 100.0, ..campaign(0..60, "completed=1") }).unwrap();
    assert_eq!((slots.peak_slots, slots.dials), (3, 60));
    let pace = run(&Campaign { sessions: 100, calls_per_second: 0.1, ..campaign(0..60, "busy=1") }).unwrap();
    assert!(pace.peak_slots < 100 && pace.peak_dials_per_hour <= 361, "{pace}");
    let last = pace.last_end_ms.unwrap() - pace.first_dial_ms.unwrap();
    assert!(last >= 179 * 10_000, "180 dials, one in ten seconds: {last} ms");
}

#[test]
fn contacts_are_checked_as_orders_are() {
    let plan = Dialplans::shipped().load("reminder").unwrap();
    let text = "number, time_zone, first_name, appointment\n\
        +12065550110, America/Los_Angeles, Ana, 2026-12-01T10:30:00-08:00\n\
        2065550111,, Bo, 2026-12-01T10:30:00-08:00\n\
        +12065550112, Mars/Olympus, Cy, 2026-12-01T10:30:00-08:00\n\
        +12065550113,, Di,\n\
        +12065550114,,\"E, F\", 2026-12-01T10:30:00-08:00\n";
    let (contacts, refused) = read_contacts(text.as_bytes(), &plan).unwrap();
    assert_eq!(contacts.len(), 2);
    assert_eq!(contacts[0].time_zone.as_deref(), Some("America/Los_Angeles"));
    let told: Vec<_> = refused.iter().map(|refused| (refused.line, refused.what.as_str())).collect();
    assert!(told[0].0 == 3 && told[0].1.contains("begins with +"), "{told:?}");
    assert!(told[1].0 == 4 && told[1].1.contains("not an IANA time zone"), "{told:?}");
    assert!(told[2].0 == 5 && told[2].1.contains("appointment"), "{told:?}");
    let told = read_contacts("phone\n+12065550110\n".as_bytes(), &plan).unwrap_err().to_string();
    assert!(told.contains("no column `number`") && told.contains("phone"), "{told}");
}

#[test]
fn odds_are_read_by_the_names_of_the_model() {
    let summary = run(&campaign(0..20, "no_answer=0, completed=0, hangup_early=2")).unwrap();
    assert_eq!(summary.attempts, BTreeMap::from([(Disposition::Failed, 20)]));
    for (text, wanted) in [
        ("completed", "has no ="),
        ("completed=-1", "not a number from 0"),
        ("answered=1", "is none of"),
        ("failed=1", "needs its failure code"),
        ("completed=0", "every weight is 0"),
    ] {
        let told = text.parse::<Odds>().unwrap_err().to_string();
        assert!(told.contains(wanted), "{text}: {told}");
    }
}
