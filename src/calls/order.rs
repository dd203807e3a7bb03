//! Orders: what a user wants, checked before anything of it is kept.

use std::collections::BTreeMap;
use std::fmt;

use voxgate_core::calls::parse_time_zone;
use voxgate_core::dialog::{BindError, Binding};

use crate::dialplans::{DialplanError, Dialplans};
use crate::store::{NewCall, WhenFull};

/// An order to reach a number with a script.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The number, as the user wrote it.
    pub to: String,
    /// The script's name.
    pub dialplan: String,
    /// BCP 47 tag, as in `en-US`.
    pub language: String,
    /// What the script needs to know.
    pub variables: BTreeMap<String, String>,
    /// IANA name of the zone that the called party lives in; `None`: by the number.
    pub time_zone: Option<String>,
    /// What it belongs to, for searches.
    pub campaign: Option<String>,
    /// Not to be dialed before this, in ms since 1970.
    pub not_before_ms: Option<u64>,
    /// Not to be dialed after this, in ms since 1970.
    pub not_after_ms: Option<u64>,
    /// What to do while every slot is taken.
    pub when_full: WhenFull,
    /// Who orders it.
    pub actor: String,
}

/// One thing that is wrong with an order.
#[derive(Debug)]
pub enum OrderProblem {
    /// There is no such script, or it has errors.
    Dialplan(DialplanError),
    /// Its variables or its language are not as the script needs them.
    Variables(BindError),
    /// There is no such time zone.
    TimeZone(String),
    /// `not_after` has passed.
    PastNotAfter,
    /// `not_after` comes before `not_before`.
    NoWindow,
    /// It is for later, and yet to be refused where there is no slot now.
    LaterOrNever,
}

impl NewOrder {
    /// An order to be dialed as soon as there is a slot.
    #[must_use]
    pub fn new(to: &str, dialplan: &str, language: &str, variables: BTreeMap<String, String>, actor: &str) -> Self {
        Self {
            to: to.to_owned(),
            dialplan: dialplan.to_owned(),
            language: language.to_owned(),
            variables,
            time_zone: None,
            campaign: None,
            not_before_ms: None,
            not_after_ms: None,
            when_full: WhenFull::Wait,
            actor: actor.to_owned(),
        }
    }

    /// Checks everything that can be known without asking anybody, but for the number: one that is none is an outcome,
    /// `failed/invalid_number`, which somebody must hear of.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn check(&self, dialplans: &Dialplans, now_ms: u64) -> Result<(), Vec<OrderProblem>> {
        let mut problems: Vec<_> = self.bind(dialplans).err().into_iter().collect();
        if let Some(name) = self.time_zone.as_ref().filter(|name| parse_time_zone(name).is_err()) {
            problems.push(OrderProblem::TimeZone(name.clone()));
        }
        problems.extend(self.window_problem(now_ms));
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn bind(&self, dialplans: &Dialplans) -> Result<Binding, OrderProblem> {
        let plan = dialplans.load(&self.dialplan).map_err(OrderProblem::Dialplan)?;
        plan.bind(&self.language, &self.variables).map_err(OrderProblem::Variables)
    }

    fn window_problem(&self, now_ms: u64) -> Option<OrderProblem> {
        if self.not_after_ms.is_some_and(|not_after| not_after < now_ms) {
            return Some(OrderProblem::PastNotAfter);
        }
        if let (Some(not_before), Some(not_after)) = (self.not_before_ms, self.not_after_ms)
            && not_after < not_before
        {
            return Some(OrderProblem::NoWindow);
        }
        let later = self.not_before_ms.is_some_and(|not_before| not_before > now_ms);
        (later && self.when_full == WhenFull::Reject).then_some(OrderProblem::LaterOrNever)
    }

    /// The order as it is kept, for this provider.
    #[must_use]
    pub fn placed_with(self, provider: &str) -> NewCall {
        NewCall {
            to: self.to,
            dialplan: self.dialplan,
            language: self.language,
            variables: self.variables,
            time_zone: self.time_zone,
            campaign: self.campaign,
            not_before_ms: self.not_before_ms,
            not_after_ms: self.not_after_ms,
            when_full: self.when_full,
            provider: provider.to_owned(),
            actor: self.actor,
        }
    }
}

impl fmt::Display for OrderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dialplan(error) => error.fmt(f),
            Self::Variables(error) => error.fmt(f),
            Self::TimeZone(name) => write!(f, "{name:?} is no time zone; give an IANA name, as in America/New_York"),
            Self::PastNotAfter => f.write_str("not_after has passed: give a later time"),
            Self::NoWindow => f.write_str("not_after comes before not_before: nothing could ever be dialed"),
            Self::LaterOrNever => f.write_str(
                "when_full: \"reject\" speaks of now, and not_before is in the future; give \"wait\", or no not_before",
            ),
        }
    }
}

impl std::error::Error for OrderProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> NewOrder {
        let variables = [("first_name", "Ana"), ("appointment", "2026-12-01T10:30:00-08:00")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        NewOrder::new("+12065550110", "reminder", "en-US", variables, "test")
    }

    const NOW: u64 = 1_796_000_000_000;

    fn problems(order: &NewOrder, now_ms: u64) -> Vec<String> {
        let checked = order.check(&Dialplans::shipped(), now_ms);
        checked.err().into_iter().flatten().map(|problem| problem.to_string()).collect()
    }

    /// What is wrong is told before anything is kept or asked of anybody.
    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        assert_eq!(problems(&order(), NOW), [""; 0]);
        let zone = NewOrder { time_zone: Some("America/Los_Angeles".to_owned()), ..order() };
        assert_eq!(problems(&zone, NOW), [""; 0]);
        let wrong = NewOrder {
            dialplan: "remainder".to_owned(),
            time_zone: Some("Mars/Olympus".to_owned()),
            not_after_ms: Some(NOW - 1),
            ..order()
        };
        let told = problems(&wrong, NOW);
        let wanted = ["did you mean \"reminder\"", "no time zone", "not_after has passed"];
        assert_eq!(told.len(), wanted.len(), "{told:?}");
        for (told, wanted) in told.iter().zip(wanted) {
            assert!(told.contains(wanted), "{told}");
        }
    }

    #[test]
    fn a_window_must_be_one() {
        let backwards = NewOrder { not_before_ms: Some(NOW + 2), not_after_ms: Some(NOW + 1), ..order() };
        assert!(problems(&backwards, NOW)[0].contains("before not_before"));
        let reject = NewOrder { not_before_ms: Some(NOW + 1), when_full: WhenFull::Reject, ..order() };
        assert!(problems(&reject, NOW)[0].contains("speaks of now"));
        let due = NewOrder { not_before_ms: Some(NOW), when_full: WhenFull::Reject, ..order() };
        assert_eq!(problems(&due, NOW), [""; 0]);
    }
}
