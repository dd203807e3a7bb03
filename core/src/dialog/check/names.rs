//! Names and where they point.

use std::collections::HashMap;

use crate::dialog::finding::{Code, Findings, did_you_mean, known};
use crate::dialog::schema::Name;

/// The names of one kind of thing, and which of them something uses.
pub(super) struct Names<'s> {
    what: &'static str,
    unknown: Code,
    names: Vec<&'s Name>,
    index: HashMap<&'s str, usize>,
    used: Vec<bool>,
    /// How many names may still be compared in search of the nearest.
    comparisons: usize,
}

/// Keeps a script with thousands of states and mistakes from being searched for seconds; a few hundred ns each.
const MOST_COMPARISONS: usize = 300_000;

impl<'s> Names<'s> {
    pub(super) fn new(what: &'static str, unknown: Code, names: impl Iterator<Item = &'s Name>) -> Self {
        let names: Vec<&Name> = names.collect();
        let index = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
        let used = vec![false; names.len()];
        Self { what, unknown, names, index, used, comparisons: MOST_COMPARISONS }
    }

    /// The place of a name; a finding where there is none.
    pub(super) fn find(&mut self, name: &Name, findings: &mut Findings) -> Option<usize> {
        let found = self.get(name.as_str());
        if found.is_none() {
            let help = self.help(name.as_str());
            findings.add(self.unknown, name.at, format!("no {} is named `{}`", self.what, name.text), help);
        }
        found
    }

    fn help(&mut self, name: &str) -> String {
        let names = self.names.iter().map(|n| n.as_str());
        if self.comparisons < self.names.len() {
            return known(names);
        }
        self.comparisons -= self.names.len();
        did_you_mean(name, names)
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
