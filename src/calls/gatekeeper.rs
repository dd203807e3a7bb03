//! The gate as the store asks it: the core's rules, given what the store knows.

use voxgate_core::calls::{
    CallContext, Decision, Question, RULES_VERSION, Verdict as Word, after, decide, turned_away,
};
use voxgate_core::model::{Disposition, Outcome, PhoneNumber};

use super::Calls;
use crate::store::{CallRow, GateFacts, Ruling, Verdict};

impl Calls {
    /// What may be done with a call now.
    pub(crate) fn ruling(&self, call: &CallRow, facts: &GateFacts, now_ms: u64) -> Ruling {
        if call.cancel_at_ms.is_some() {
            return self.canceled(call, now_ms);
        }
        let Ok(number) = call.order.to.parse::<PhoneNumber>() else { return malformed() };
        let line = self.providers.get(&call.order.provider);
        let decision = decide(
            &self.settings.rules,
            &Question {
                number: &number,
                time_zone: call.order.time_zone.as_deref(),
                now_ms,
                not_before_ms: call.order.not_before_ms,
                not_after_ms: call.order.not_after_ms,
                attempts_used: call.attempts_used,
                stop_dialing: facts.dialing_stopped,
                on_dnc: facts.on_dnc,
                live: line.is_some_and(|line| line.is_live()),
                on_allow_list: line.is_some_and(|line| line.permit(&number).is_ok()),
            },
        );
        let verdict = turned_away(decision.verdict, &self.context(call, now_ms), &self.settings.policy)
            .map_or(Verdict::Allow, |back| Verdict::Refuse(back.aftermath));
        let reason = reason(&decision.verdict);
        Ruling { verdict, reason, rules: json(&decision), rule_version: decision.version.into_owned() }
    }

    /// Somebody asked to stop it, here or elsewhere: that needs no rule.
    fn canceled(&self, call: &CallRow, now_ms: u64) -> Ruling {
        let outcome = Outcome::unanswered(Disposition::Canceled);
        let aftermath = after(&outcome, &self.context(call, now_ms), &self.settings.policy);
        Ruling {
            verdict: Verdict::Refuse(aftermath),
            reason: "canceled".to_owned(),
            rules: "[]".to_owned(),
            rule_version: RULES_VERSION.to_owned(),
        }
    }

    /// What of a call matters to what becomes of it.
    pub(super) fn context(&self, call: &CallRow, now_ms: u64) -> CallContext {
        CallContext {
            kind: self.stage.kind(&call.order.dialplan),
            attempts_used: call.attempts_used,
            redials: call.redials.clone(),
            deferrals: call.deferrals,
            not_after_ms: call.order.not_after_ms,
            rescheduled_to_ms: None,
            provider_wait_ms: None,
            now_ms,
        }
    }
}

/// A number that is none gets an attempt, which fails as `invalid_number`: no provider ever hears of it.
fn malformed() -> Ruling {
    Ruling {
        verdict: Verdict::Allow,
        reason: "malformed number: never dialed".to_owned(),
        rules: "[]".to_owned(),
        rule_version: RULES_VERSION.to_owned(),
    }
}

fn reason(word: &Word) -> String {
    match word {
        Word::Allow => "allowed".to_owned(),
        Word::Defer { cause, .. } => cause.to_string(),
        Word::Suppress { reason } => reason.to_string(),
        Word::Expire => "not_after has passed".to_owned(),
    }
}

fn json(decision: &Decision) -> String {
    serde_json::to_string(decision).unwrap_or_else(|error| {
        tracing::error!(%error, "a decision of the gate cannot be written");
        "{}".to_owned()
    })
}
