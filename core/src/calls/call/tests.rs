//! The disposition table, row by row, and what holds for every row.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::calls::{Moving, Priority, SuppressReason, TaskReason, Verdict, transition};
use crate::dialog::Kind;
use crate::model::{Disposition, FailureCode, Outcome};

pub(super) const NOW: u64 = 1_800_000_000_000;
const MINUTE: u64 = 60_000;

pub(super) fn context() -> CallContext {
    CallContext {
        kind: Kind::Consent,
        attempts_used: 0,
        redials: RedialCounts::default(),
        deferrals: 0,
        not_after_ms: None,
        rescheduled_to_ms: None,
        provider_wait_ms: None,
        now_ms: NOW,
    }
}

fn used(cause: RedialCause, count: u32) -> CallContext {
    CallContext { redials: RedialCounts(BTreeMap::from([(cause, count)])), attempts_used: count, ..context() }
}

fn outcome(disposition: Disposition) -> Outcome {
    Outcome::unanswered(disposition)
}

fn came(outcome: &Outcome, context: &CallContext) -> (&'static str, Option<u64>, Option<(&'static str, &'static str)>) {
    let aftermath = after(outcome, context, &CallPolicy::default());
    let wait = aftermath.due_at_ms.map(|at| (at - NOW) / MINUTE);
    (aftermath.call.as_str(), wait, aftermath.task.map(|t| (t.reason.as_str(), t.priority.as_str())))
}

/// Rows 002-28 and 002-51: the call's next state, the minutes until it is due, and the task, by the table.
#[test]
fn every_disposition_leads_where_the_table_says() {
    let completed = ("completed", None, None);
    let failed = |reason, priority| ("failed", None, Some((reason, priority)));
    let redial = |minutes| ("redial_wait", Some(minutes), None);
    let (no_answer, busy) = (RedialCause::NoAnswer, RedialCause::Busy);
    let table = [
        (Disposition::Completed, context(), completed),
        (Disposition::Transferred, context(), completed),
        (Disposition::DoNotCall, context(), completed),
        (Disposition::NoAnswer, context(), redial(15)),
        (Disposition::NoAnswer, used(no_answer, 1), redial(30)),
        (Disposition::NoAnswer, used(no_answer, 2), failed("no-answer", "low")),
        (Disposition::NoAnswer, used(busy, 2), redial(15)),
        (Disposition::Busy, context(), redial(15)),
        (Disposition::Busy, used(busy, 1), redial(30)),
        (Disposition::Busy, used(busy, 2), failed("busy", "low")),
        (Disposition::Voicemail, context(), redial(15)),
        (Disposition::Voicemail, used(no_answer, 2), failed("voicemail", "low")),
        (Disposition::PartiallyCompleted, context(), failed("partially-completed", "normal")),
        (Disposition::Declined, context(), failed("declined", "low")),
        (Disposition::Canceled, context(), ("canceled", None, None)),
    ];
    for (disposition, context, expected) in table {
        assert_eq!(came(&outcome(disposition), &context), expected, "{disposition} after {context:?}");
    }
}

/// Rows 000-29, 000-32 and 002-28: transient codes are dialed once more after five minutes, then and else a person
/// gets a task with the code as its reason.
#[test]
fn every_failure_code_leads_where_the_table_says() {
    for code in FailureCode::ALL.iter().copied() {
        let priority = TaskReason::from(code).default_priority().as_str();
        let task = ("failed", None, Some((code.as_str(), priority)));
        let transient =
            ["network", "timeout", "circuit_open", "media_failed", "speech_failed"].contains(&code.as_str());
        let first = if transient { ("redial_wait", Some(5), None) } else { task };
        assert_eq!(came(&Outcome::failed(code), &context()), first, "{code}");
        assert_eq!(came(&Outcome::failed(code), &used(RedialCause::Transient, 1)), task, "{code}");
    }
}

#[test]
fn a_reminder_whose_message_was_left_is_done_and_no_other() {
    let left = Outcome { message_left: true, ..outcome(Disposition::Voicemail) };
    let reminder = CallContext { kind: Kind::Reminder, ..context() };
    assert_eq!(came(&left, &reminder), ("completed", None, None));
    assert_eq!(came(&left, &context()), ("redial_wait", Some(15), None), "a consent needs an answer");
    assert_eq!(came(&outcome(Disposition::Voicemail), &reminder), ("redial_wait", Some(15), None));
    let event = |outcome: &Outcome| after(outcome, &reminder, &CallPolicy::default()).lifecycle;
    assert_eq!(event(&left), LifecycleEvent::LeftVoicemail);
    assert_eq!(event(&outcome(Disposition::Voicemail)), LifecycleEvent::Failed);
}

#[test]
fn who_asked_for_a_person_gets_one_first() {
    let asked = Outcome { dialog_result: Some("wants_person".to_owned()), ..outcome(Disposition::PartiallyCompleted) };
    assert_eq!(came(&asked, &context()), ("failed", None, Some(("asked_for_person", "high"))));
}

/// Nothing is dialed after the order's time: the call fails at once, with its task.
#[test]
fn no_redial_is_later_than_the_order_allows() {
    let until = |ms| CallContext { not_after_ms: Some(NOW + ms), ..context() };
    assert_eq!(came(&outcome(Disposition::Busy), &until(15 * MINUTE)), ("redial_wait", Some(15), None));
    let late = came(&outcome(Disposition::Busy), &until(15 * MINUTE - 1));
    assert_eq!(late, ("failed", None, Some(("busy", "low"))));
}

#[test]
fn a_provider_that_asks_for_more_time_gets_it() {
    let asked = |minutes| CallContext { provider_wait_ms: Some(minutes * MINUTE), ..context() };
    let network = Outcome::failed(FailureCode::Network);
    assert_eq!(came(&network, &asked(40)), ("redial_wait", Some(40), None));
    assert_eq!(came(&network, &asked(2)), ("redial_wait", Some(5), None));
}

#[test]
fn an_agreed_time_is_kept_and_costs_no_attempt() {
    let agreed = |minutes: u64| CallContext {
        rescheduled_to_ms: Some(NOW + minutes * MINUTE),
        not_after_ms: Some(NOW + 60 * MINUTE),
        ..context()
    };
    let rescheduled = outcome(Disposition::Rescheduled);
    assert_eq!(came(&rescheduled, &agreed(45)), ("scheduled", Some(45), None));
    assert!(!after(&rescheduled, &agreed(45), &CallPolicy::default()).counted);
    let person = ("failed", None, Some(("rescheduled", "normal")));
    assert_eq!(came(&rescheduled, &agreed(61)), person, "too late for the order");
    assert_eq!(came(&rescheduled, &context()), person, "nobody knows when");
    let past = CallContext { rescheduled_to_ms: Some(NOW - MINUTE), ..context() };
    assert_eq!(came(&rescheduled, &past), ("scheduled", Some(0), None));
}

#[test]
fn a_call_is_put_back_for_longer_each_time_until_it_fails() {
    let policy = CallPolicy::default();
    let mut context = context();
    let mut waits = Vec::new();
    loop {
        let PutBack { outcome, aftermath } = put_back(DeferralCause::BreakerOpen, None, &context, &policy);
        assert!(!aftermath.counted);
        if aftermath.call != CallState::Deferred {
            assert_eq!(outcome.failure_code, Some(FailureCode::CircuitOpen));
            assert_eq!((aftermath.call, aftermath.redial), (CallState::RedialWait, Some(RedialCause::Transient)));
            break;
        }
        assert_eq!(outcome.disposition, Disposition::Canceled);
        waits.push((aftermath.due_at_ms.unwrap() - NOW) / 1_000);
        context.deferrals += 1;
    }
    assert_eq!((waits.len(), &waits[..7]), (20, &[30, 60, 120, 240, 480, 900, 900][..]));
    context.redials.add(RedialCause::Transient);
    let last = put_back(DeferralCause::ProviderQueue, None, &context, &policy).aftermath;
    assert_eq!((last.call, last.task.map(|t| t.reason)), (CallState::Failed, Some(TaskReason::CircuitOpen)));
}

#[test]
fn waiting_for_an_operator_a_slot_or_its_own_time_uses_no_deferral_up() {
    let context = CallContext { deferrals: 20, ..context() };
    for cause in [DeferralCause::StopDialing, DeferralCause::NoSlot, DeferralCause::NotBefore] {
        let aftermath = put_back(cause, Some(NOW + MINUTE), &context, &CallPolicy::default()).aftermath;
        assert_eq!((aftermath.call, aftermath.due_at_ms), (CallState::Deferred, Some(NOW + MINUTE)), "{cause}");
        assert!(!aftermath.deferral);
    }
}

/// The gate's word as the call's next state: legal at pick-up and right before the dial, with a task where it failed.
#[test]
fn the_gate_turns_a_call_away_without_an_attempt() {
    let suppress = |reason| Verdict::Suppress { reason };
    let table = [
        (suppress(SuppressReason::OwnDnc), "suppressed", None),
        (suppress(SuppressReason::NotAllowed), "suppressed", None),
        (suppress(SuppressReason::CountryNotAllowed), "suppressed", None),
        (suppress(SuppressReason::TimeZoneUnknown), "suppressed", None),
        (suppress(SuppressReason::NeverInHours), "suppressed", None),
        (suppress(SuppressReason::MaxAttempts), "failed", Some("max_attempts")),
        (Verdict::Expire, "expired", None),
        (Verdict::Defer { cause: DeferralCause::OutsideHours, until_ms: NOW + 1 }, "deferred", None),
    ];
    for (verdict, call, task) in table {
        let PutBack { outcome, aftermath } = turned_away(verdict, &context(), &CallPolicy::default()).unwrap();
        hold_for_every_row(&aftermath, &outcome, &context());
        assert_eq!(transition(CallState::Pending, aftermath.call), Ok(()));
        assert_eq!((aftermath.call.as_str(), aftermath.task.map(|t| t.reason.as_str())), (call, task));
        assert!(!aftermath.counted);
    }
    assert_eq!(turned_away(Verdict::Allow, &context(), &CallPolicy::default()), None);
}

pub(super) fn some_outcome() -> impl Strategy<Value = Outcome> {
    let dispositions = prop::sample::select(Disposition::ALL);
    let codes = prop::sample::select(FailureCode::ALL);
    let results = prop::option::of(prop::sample::select(&["wants_person", "consent_given", "reschedule_asked"][..]));
    (dispositions, codes, results, any::<bool>()).prop_map(|(disposition, code, result, left)| Outcome {
        failure_code: (disposition == Disposition::Failed).then_some(code),
        dialog_result: result.map(str::to_owned),
        message_left: left && disposition == Disposition::Voicemail,
        ..outcome(disposition)
    })
}

fn some_context() -> impl Strategy<Value = CallContext> {
    let kinds = prop::sample::select(&[Kind::Reminder, Kind::Consent, Kind::Survey][..]);
    let times = (
        prop::option::of(NOW - 100_000..NOW + 20_000_000),
        prop::option::of(NOW - 100_000..NOW + 20_000_000),
        prop::option::of(0..5_000_000u64),
    );
    (kinds, 0..8u32, prop::collection::vec(0..4u32, 3), 0..25u32, times).prop_map(
        |(kind, attempts_used, counts, deferrals, (not_after_ms, rescheduled_to_ms, provider_wait_ms))| CallContext {
            kind,
            attempts_used,
            redials: RedialCounts(RedialCause::ALL.iter().copied().zip(counts).collect()),
            deferrals,
            not_after_ms,
            rescheduled_to_ms,
            provider_wait_ms,
            now_ms: NOW,
        },
    )
}

fn hold_for_every_row(aftermath: &Aftermath, outcome: &Outcome, context: &CallContext) {
    assert_eq!(transition(CallState::InProgress, aftermath.call), Ok(()));
    assert_eq!(aftermath.call.is_terminal(), aftermath.due_at_ms.is_none(), "{aftermath:?}");
    assert!(aftermath.due_at_ms.is_none_or(|at| at >= context.now_ms));
    assert!(aftermath.lifecycle.is_terminal());
    assert_eq!(aftermath.task.is_some(), aftermath.call == CallState::Failed, "failed, exactly then a task");
    assert_eq!(aftermath.will_redial(), aftermath.call == CallState::RedialWait);
    assert_eq!(outcome.disposition == Disposition::Failed, outcome.failure_code.is_some());
    if aftermath.will_redial() {
        assert!(aftermath.due_at_ms <= context.not_after_ms.or(Some(u64::MAX)), "dialed after its time");
    }
}

proptest! {
    /// Every outcome leads to a legal move, a task exactly where it failed, one terminal event, and a time exactly
    /// where it goes on.
    #[test]
    fn every_outcome_leads_to_a_legal_move(outcome in some_outcome(), context in some_context()) {
        let aftermath = after(&outcome, &context, &CallPolicy::default());
        hold_for_every_row(&aftermath, &outcome, &context);
        let opted_out = outcome.disposition == Disposition::DoNotCall;
        prop_assert_eq!(aftermath.opt_out, opted_out);
        prop_assert!(!opted_out || aftermath.call == CallState::Completed);
    }

    /// The same holds where it is put back, from pending and from in progress.
    #[test]
    fn every_deferral_leads_to_a_legal_move(
        cause in prop::sample::select(DeferralCause::ALL),
        until in prop::option::of(NOW - 5_000..NOW + 5_000_000),
        context in some_context(),
    ) {
        let PutBack { outcome, aftermath } = put_back(cause, until, &context, &CallPolicy::default());
        hold_for_every_row(&aftermath, &outcome, &context);
        prop_assert_eq!(transition(CallState::Pending, aftermath.call), Ok(()));
        prop_assert!(!aftermath.counted);
    }

    /// Whatever its attempts come to, a call that nobody reschedules ends after at most as many as the policy says.
    #[test]
    fn redials_are_bounded(outcomes in prop::collection::vec(some_outcome(), 12), most in 1..8u32, max in 0..4u32) {
        let mut policy = CallPolicy { max_attempts: most, ..CallPolicy::default() };
        policy.redial.no_answer.max = max;
        let mut context = context();
        for outcome in outcomes.iter().filter(|o| o.disposition != Disposition::Rescheduled) {
            let aftermath = after(outcome, &context, &policy);
            context.attempts_used += u32::from(aftermath.counted);
            let Some(cause) = aftermath.redial else { break };
            context.redials.add(cause);
        }
        prop_assert!(context.attempts_used <= policy.most_attempts(), "{} attempts", context.attempts_used);
    }

    /// Each wait is the base times the factor to the power of the redials before it, and none beats the longest.
    #[test]
    fn waits_grow_by_the_factor(first in 1..10_000_000u64, factor in 1.0..4.0f64, n in 0..12u32) {
        let backoff = Backoff { first_ms: first, factor, longest_ms: 86_400_000 };
        let (this, next) = (backoff.wait_ms(n), backoff.wait_ms(n + 1));
        prop_assert!(next >= this && next <= backoff.longest_ms);
        prop_assert!(next == backoff.longest_ms || (next as f64 / factor - this as f64).abs() <= 2.0);
    }
}

#[test]
fn an_urgent_wish_of_the_deployment_wins() {
    let mut policy = CallPolicy::default();
    policy.priorities.0.insert(TaskReason::Declined, Priority::Urgent);
    let task = after(&outcome(Disposition::Declined), &context(), &policy).task.unwrap();
    assert_eq!(task.priority, Priority::Urgent);
}
