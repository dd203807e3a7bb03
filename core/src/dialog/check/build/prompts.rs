//! Prompts: texts with their placeholders, and recordings.

use super::Builder;
use crate::dialog::finding::{Code, Findings};
use crate::dialog::plan::{Ix, Piece, PromptTexts, SlotIx, Spoken, VariableIx};
use crate::dialog::schema::{HoldsDecl, Name, PromptDecl, SpokenDecl};

impl Builder<'_, '_> {
    pub(super) fn prompt(&mut self, declared: &PromptDecl) -> PromptTexts {
        let script = self.script;
        let spoken = script.languages.iter().map(|language| {
            let spoken = declared.spoken.iter().find(|s| s.language.text == language.text);
            spoken.map(|s| self.spoken(declared, s)).unwrap_or_default()
        });
        PromptTexts { spoken: spoken.collect(), name: declared.name.text.clone() }
    }

    fn spoken(&mut self, prompt: &PromptDecl, declared: &SpokenDecl) -> Spoken {
        let mut pieces = Vec::new();
        for part in split(&declared.text, self.findings) {
            match part {
                Part::Words(words) => pieces.push(Piece::Words(words.to_owned())),
                Part::Variable(variable) => {
                    let name = Name { text: variable.to_owned(), at: declared.text.at };
                    pieces.extend(self.placeholder(&name));
                }
            }
        }
        let mut spoken = Spoken { pieces, audio: None, says: declared.says.as_ref().map(|s| s.text.clone()) };
        spoken.audio = match &declared.audio {
            Some(audio) => Some(audio.text.clone()),
            None => spoken.recorded_words().and(self.script.audio.as_ref()).map(|pattern| {
                pattern.text.replace("{prompt}", prompt.name.as_str()).replace("{language}", declared.language.as_str())
            }),
        };
        if spoken.audio.is_some() && spoken.recorded_words().is_none() {
            let help = "add `says`, with words that are true for every call";
            self.findings.add(
                Code::MissingField,
                declared.text.at,
                "no recording can say this prompt's variables",
                help,
            );
        }
        spoken
    }
}

impl Builder<'_, '_> {
    /// A variable, or a slot that can be read aloud.
    fn placeholder(&mut self, name: &Name) -> Option<Piece> {
        if let (None, Some(slot)) = (self.variables.get(name.as_str()), self.slots.get(name.as_str())) {
            if let HoldsDecl::Values(_) = self.script.slots[slot].holds {
                let message = format!("the values of slot `{}` have no words to be spoken", name.text);
                let help = "say it in the prompt's own words, one prompt for each value";
                self.findings.add(Code::NoReadingRule, name.at, message, help);
                return None;
            }
            return Some(Piece::Slot(SlotIx::new(slot)));
        }
        self.variables.find(name, self.findings).map(|i| Piece::Variable(VariableIx::new(i)))
    }
}

enum Part<'t> {
    Words(&'t str),
    Variable(&'t str),
}

fn split<'t>(text: &'t Name, findings: &mut Findings) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        if open > 0 {
            parts.push(Part::Words(&rest[..open]));
        }
        parts.push(Part::Variable(&rest[open + 1..open + length]));
        rest = &rest[open + length + 1..];
    }
    if rest.contains(['{', '}']) {
        findings.add(
            Code::BadValue,
            text.at,
            "a brace without its other half",
            "write a variable as in `{first_name}`",
        );
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest));
    }
    parts
}
