//! The gate: whether a number may be dialed for a call, and when.
//!
//! [`decide`] asks every rule and says everything that each of them found, so that the stored [`Decision`] tells all.
//! It is asked when a call is picked up and again right before the dial.

mod decision;
mod hours;
mod rules;
#[cfg(test)]
mod tests;
mod zone;

use std::borrow::Cow;

pub use decision::{Decision, RuleFinding, RuleId, SuppressReason, Verdict};
pub use hours::CallingHours;
pub use zone::{UnknownTimeZone, local_time, parse_time_zone, zones_of};

use self::rules::Wish;
use crate::calls::DeferralCause;
use crate::model::PhoneNumber;

/// The edition of the rules: a decision says by which one it was made.
pub const RULES_VERSION: &str = "1";

/// What a deployment allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What numbers that may be called begin with, as in `+49`; none: all.
    pub countries: Vec<String>,
    /// When somebody may be called.
    pub hours: CallingHours,
    /// Attempts at most, for one call.
    pub max_attempts: u32,
}

/// All that the rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The number to be dialed.
    pub number: &'a PhoneNumber,
    /// The called party's time zone by its IANA name, where the order gives one; else the number tells it.
    pub time_zone: Option<&'a str>,
    /// Now, in ms since 1970.
    pub now_ms: u64,
    /// Not to be dialed before this, in ms since 1970.
    pub not_before_ms: Option<u64>,
    /// Not to be dialed after this, in ms since 1970.
    pub not_after_ms: Option<u64>,
    /// Attempts that counted, without the one that is about to be made.
    pub attempts_used: u32,
    /// Whether all dialing is stopped.
    pub stop_dialing: bool,
    /// Whether the number is on our own do-not-call list.
    pub on_dnc: bool,
    /// Whether the provider may dial any number.
    pub live: bool,
    /// Whether the number is on the provider's allow list.
    pub on_allow_list: bool,
}

/// Asks every rule. What forbids for good weighs more than what is over, and that more than what is only too early; of
/// several that are too early the last counts.
#[must_use]
pub fn decide(rules: &Rules, question: &Question<'_>) -> Decision {
    let rulings = rules::rulings(rules, question);
    let wishes: Vec<Wish> = rulings.iter().map(|ruling| ruling.wish).collect();
    let verdict = verdict(&wishes, question.not_after_ms);
    let findings = rulings.into_iter().map(|ruling| ruling.finding).collect();
    Decision { verdict, findings, version: Cow::Borrowed(RULES_VERSION) }
}

fn verdict(wishes: &[Wish], not_after_ms: Option<u64>) -> Verdict {
    let mut deferred: Option<(DeferralCause, u64)> = None;
    let mut expired = false;
    for wish in wishes {
        match *wish {
            Wish::Suppress(reason) => return Verdict::Suppress { reason },
            Wish::Expire => expired = true,
            Wish::Defer { cause, until_ms } if deferred.is_none_or(|(_, other)| until_ms > other) => {
                deferred = Some((cause, until_ms));
            }
            Wish::Defer { .. } | Wish::Pass => {}
        }
    }
    // Dialing may be resumed at any moment; hours and the order's own time are known.
    let too_late = |until: u64| not_after_ms.is_some_and(|last| until > last);
    match deferred {
        _ if expired => Verdict::Expire,
        Some((cause, until)) if cause != DeferralCause::StopDialing && too_late(until) => Verdict::Expire,
        Some((cause, until_ms)) => Verdict::Defer { cause, until_ms },
        None => Verdict::Allow,
    }
}
