//! What the law and good manners ask of a script, by its kind. One file per kind.

mod consent;
mod everyone;
mod survey;

use crate::dialog::finding::Findings;
use crate::dialog::plan::{Dialplan, Kind};
use crate::dialog::schema::Script;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    everyone::check(script, plan, findings);
    // Whatever a script calls itself: who claims a consent must have it.
    consent::check(script, plan, findings);
    match plan.kind {
        Kind::Survey => survey::check(script, plan, findings),
        Kind::Consent => consent::check_defaults(script, plan, findings),
        Kind::Reminder => {}
    }
}
