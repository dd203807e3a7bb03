//! Surveys: what is asked is stored.

use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Dialplan, Ix};
use crate::dialog::schema::Script;

pub(super) fn check(script: &Script, plan: &Dialplan, findings: &mut Findings) {
    let stores = plan.states.iter().filter_map(|s| s.question()).any(|q| plan.slots[q.slot.index()].store);
    if !stores {
        let help = "ask for a slot that is stored: remove `store: false` from one";
        findings.add(Code::NothingStored, script.name.at, "this survey stores no answer", help);
    }
}
