//! The check: from a file's bytes to a plan, or to everything that is wrong with it.

mod build;
mod duration;
mod filled;
mod flow;
mod loops;
mod names;
mod rules;
mod shared;
mod speech;
mod texts;

use std::sync::Arc;

use super::finding::{Findings, Report};
use super::plan::Dialplan;
use super::{document, schema};

/// What became of a script.
#[derive(Debug)]
pub struct Checked {
    /// What was found; warnings do not keep a script from being used.
    pub report: Report,
    /// The plan, where no error was found.
    pub plan: Option<Arc<Dialplan>>,
}

/// Checks a script. `file` names it in the report.
#[must_use]
pub fn check(file: &str, source: &[u8]) -> Checked {
    let mut findings = Findings::default();
    let plan = read(source, &mut findings);
    let plan = plan.filter(|_| !findings.has_errors()).map(Arc::new);
    Checked { report: Report { file: file.to_owned(), findings: findings.into_sorted() }, plan }
}

fn read(source: &[u8], findings: &mut Findings) -> Option<Dialplan> {
    let root = document::read(source, findings)?;
    let script = schema::read(&root, findings)?;
    let built = build::build(&script, source, findings)?;
    texts::check(&script, &built.plan, findings);
    shared::check(&script, &built.plan, findings);
    if built.whole {
        flow::check(&script, &built.plan, findings);
        filled::check(&script, &built.plan, findings);
        if loops::check(&script, &built.plan, findings) {
            duration::check(&script, &built.plan, findings);
        }
        rules::check(&script, &built.plan, findings);
    }
    Some(built.plan)
}
