//! The rules, each of which looks at a question alone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::decision::{RuleFinding, RuleId, SuppressReason};
use super::{Question, Rules, zone, zones_of};
use crate::calls::DeferralCause;

/// When a call that was put back because all dialing is stopped is looked at again, in ms. Whoever resumes dialing may
/// do so earlier.
const STOPPED_MS: u64 = 60_000;

/// What a rule wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Pass,
    Defer { cause: DeferralCause, until_ms: u64 },
    Suppress(SuppressReason),
    Expire,
}

pub(super) struct Ruling {
    pub(super) wish: Wish,
    pub(super) finding: RuleFinding,
}

impl Ruling {
    fn new(rule: RuleId, wish: Wish, looked_at: String) -> Self {
        Self { wish, finding: RuleFinding { rule, passed: wish == Wish::Pass, looked_at } }
    }
}

/// All rules, in the order of [`RuleId`].
pub(super) fn rulings(rules: &Rules, question: &Question<'_>) -> [Ruling; RuleId::ALL.len()] {
    [
        stop_dialing(question),
        own_dnc(question),
        live(question),
        country(rules, question),
        max_attempts(rules, question),
        window(question),
        calling_hours(rules, question),
    ]
}

fn stop_dialing(question: &Question<'_>) -> Ruling {
    let until_ms = question.now_ms.saturating_add(STOPPED_MS);
    let (wish, looked_at) = if question.stop_dialing {
        (Wish::Defer { cause: DeferralCause::StopDialing, until_ms }, "all dialing is stopped")
    } else {
        (Wish::Pass, "dialing is not stopped")
    };
    Ruling::new(RuleId::StopDialing, wish, looked_at.to_owned())
}

fn own_dnc(question: &Question<'_>) -> Ruling {
    let (wish, looked_at) = if question.on_dnc {
        (Wish::Suppress(SuppressReason::OwnDnc), "the number is on the do-not-call list")
    } else {
        (Wish::Pass, "the number is not on the do-not-call list")
    };
    Ruling::new(RuleId::OwnDnc, wish, looked_at.to_owned())
}

fn live(question: &Question<'_>) -> Ruling {
    let (wish, looked_at) = match (question.live, question.on_allow_list) {
        (true, _) => (Wish::Pass, "the provider is live"),
        (false, true) => (Wish::Pass, "the provider is not live, and the number is on its allow list"),
        (false, false) => (
            Wish::Suppress(SuppressReason::NotAllowed),
            "the provider is not live, and the number is not on its allow list",
        ),
    };
    Ruling::new(RuleId::Live, wish, looked_at.to_owned())
}

fn country(rules: &Rules, question: &Question<'_>) -> Ruling {
    let number = question.number.as_str();
    let (wish, looked_at) = match rules.countries.iter().find(|prefix| number.starts_with(prefix.as_str())) {
        _ if rules.countries.is_empty() => (Wish::Pass, "every country may be called".to_owned()),
        Some(prefix) => (Wish::Pass, format!("{prefix} may be called")),
        None => {
            let known = rules.countries.join(", ");
            (Wish::Suppress(SuppressReason::CountryNotAllowed), format!("the number begins with none of {known}"))
        }
    };
    Ruling::new(RuleId::Country, wish, looked_at)
}

fn max_attempts(rules: &Rules, question: &Question<'_>) -> Ruling {
    let (used, most) = (question.attempts_used, rules.max_attempts);
    let wish = if used < most { Wish::Pass } else { Wish::Suppress(SuppressReason::MaxAttempts) };
    Ruling::new(RuleId::MaxAttempts, wish, format!("{used} of {most} attempts are used"))
}

fn window(question: &Question<'_>) -> Ruling {
    let Question { now_ms, not_before_ms, not_after_ms, .. } = *question;
    let wish = match (not_before_ms, not_after_ms) {
        (_, Some(last)) if last < now_ms => Wish::Expire,
        (Some(first), _) if first > now_ms => Wish::Defer { cause: DeferralCause::NotBefore, until_ms: first },
        (None | Some(_), None | Some(_)) => Wish::Pass,
    };
    let shown = |ms: Option<u64>| ms.and_then(at).map_or("any time".to_owned(), |at| at.to_string());
    let looked_at = format!("from {} until {}", shown(not_before_ms), shown(not_after_ms));
    Ruling::new(RuleId::Window, wish, looked_at)
}

/// The time that matters is now, or the order's first where that is yet to come: a call is put back once for both.
fn calling_hours(rules: &Rules, question: &Question<'_>) -> Ruling {
    let ruled = |wish, looked_at| Ruling::new(RuleId::CallingHours, wish, looked_at);
    let hours = rules.hours;
    if hours.is_whole_day() {
        return ruled(Wish::Pass, "calls are made at any hour".to_owned());
    }
    let names: &[&str] = question.time_zone.as_slice();
    let names = if names.is_empty() { zones_of(question.number) } else { names };
    let zones: Vec<TimeZone> = names.iter().filter_map(|name| zone::zone(name)).collect();
    let now = at(question.now_ms.max(question.not_before_ms.unwrap_or(0)));
    let (Some(now), true) = (now, !zones.is_empty() && zones.len() == names.len()) else {
        let told = names.first().map_or("the number's prefix tells no zone".to_owned(), |n| format!("no zone {n}"));
        return ruled(Wish::Suppress(SuppressReason::TimeZoneUnknown), told);
    };
    let clocks: Vec<String> = names.iter().zip(&zones).map(|(name, zone)| clock(name, zone, now)).collect();
    let wish = match hours.next_open(&zones, now) {
        Some(open) if open == now => Wish::Pass,
        Some(open) => Wish::Defer {
            cause: DeferralCause::OutsideHours,
            until_ms: u64::try_from(open.as_millisecond()).unwrap_or(0), // not before `now`, which is after 1970
        },
        None => Wish::Suppress(SuppressReason::NeverInHours),
    };
    ruled(wish, format!("{hours}; {}", clocks.join(", ")))
}

fn clock(name: &str, zone: &TimeZone, at: Timestamp) -> String {
    let local = zone.to_datetime(at);
    format!("{:02}:{:02} in {name}", local.hour(), local.minute())
}

fn at(ms: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok()
}
