//! Names and where they point.

use std::collections::HashMap;

use crate::dialog::finding::{Code, Findings, did_you_mean};
use crate::dialog::schema::Name;

/// The names of one kind of thing, and which of them something uses.
pub(super) struct Names<'s> {
    what: &'static str,
    unknown: Code,
    names: Vec<&'s Name>,
    index: HashMap<&'s str, usize>,
    used: Vec<bool>,
}

impl<'s> Names<'s> {
    pub(super) fn new(what: &'static str, unknown: Code, names: impl Iterator<Item = &'s Name>) -> Self {
        let names: Vec<&Name> = names.collect();
        let index = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
        Self { what, unknown, used: vec![false; names.len()], names, index }
    }

    /// The place of a name; a finding where there is none.
    pub(super) fn find(&mut self, name: &Name, findings: &mut Findings) -> Option<usize> {
        let found = self.get(name.as_str());
        if found.is_none() && findings.open() {
            let help = did_you_mean(name.as_str(), self.names.iter().map(|n| n.as_str()));
            findings.add(self.unknown, name.at, format!("no {} is named `{}`", self.what, name.text), help);
        }
        found
    }

    pub(super) fn get(&mut self, name: &str) -> Option<usize> {
        let found = self.index.get(name).copied();
        if let Some(i) = found {
            self.used[i] = true;
        }
        found
    }

    /// Says which names nothing used.
    pub(super) fn tell_unused(&self, findings: &mut Findings) {
        for (name, _) in self.names.iter().zip(&self.used).filter(|(_, used)| !**used) {
            let message = format!("nothing uses {} `{}`", self.what, name.text);
            findings.add(Code::Unused, name.at, message, "remove it, or use it");
        }
    }
}
