//! A plan with a call's variables: every prompt in its final words.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::state::{Ix, PromptIx, SlotIx};
use super::{Dialplan, Piece, PromptTexts, Spoken, Variable};
use crate::dialog::finding::nearest;
use crate::dialog::io::{Prompt, Recorded};
use crate::dialog::spoken;

/// What one dialog says, in one language.
#[derive(Clone, Debug)]
pub struct Binding {
    pub(crate) language: usize,
    pub(crate) prompts: Vec<Arc<Prompt>>,
    /// By prompt: whether all that it speaks is known.
    complete: Vec<bool>,
    /// The variables as they were given, by their place.
    pub(crate) values: Vec<String>,
    /// And as they are spoken.
    readings: Vec<String>,
}

/// Why a call cannot be made with these variables. Has every reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindError {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The script is not spoken in this language.
    UnknownLanguage {
        /// The language asked for.
        language: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// The script has no such variable.
    UnknownVariable {
        /// The name given.
        name: String,
        /// The nearest one that it has.
        nearest: Option<String>,
    },
    /// The script needs a variable that was not given.
    Missing {
        /// Its name.
        name: String,
        /// What it may look like.
        example: String,
    },
    /// A value is not of the variable's type.
    WrongType {
        /// Its name.
        name: String,
        /// What is wrong with the value. The value itself may be personal and is not repeated.
        expected: String,
    },
}

impl Binding {
    /// Every prompt of the script in the call's language, its variables filled in, but those that speak what is learned
    /// only in the call.
    pub fn prompts(&self) -> impl Iterator<Item = &Arc<Prompt>> {
        self.prompts.iter().zip(&self.complete).filter(|(_, complete)| **complete).map(|(prompt, _)| prompt)
    }

    pub(crate) fn is_complete(&self, prompt: PromptIx) -> bool {
        self.complete[prompt.index()]
    }

    /// Puts what was learned into the prompts that speak it.
    pub(crate) fn learn(&mut self, plan: &Dialplan, slot: SlotIx, slots: &[Option<String>]) {
        for (i, prompt) in plan.prompts.iter().enumerate() {
            let spoken = &prompt.spoken[self.language];
            if spoken.slots().any(|s| s == slot) {
                self.complete[i] = spoken.slots().all(|s| slots[s.index()].is_some());
                self.prompts[i] = Arc::new(plan.prompt(&prompt.name, spoken, self.language, &self.readings, slots));
            }
        }
    }
}

impl Dialplan {
    /// Puts a call's variables into the prompts of one language.
    ///
    /// # Errors
    /// Names every variable that is unknown, missing or of the wrong type, and what to do about it.
    pub fn bind(&self, language: &str, given: &BTreeMap<String, String>) -> Result<Binding, BindError> {
        let mut problems: Vec<Problem> = given.keys().filter_map(|name| self.unknown(name)).collect();
        let position = self.languages.iter().position(|l| l == language);
        if position.is_none() {
            let known = self.languages.clone();
            problems.push(Problem::UnknownLanguage { language: language.to_owned(), known });
        }
        let mut values = Vec::new();
        let mut readings = Vec::new();
        for variable in &self.variables {
            match variable.read(given.get(&variable.name), language) {
                Ok((value, reading)) => {
                    values.push(value);
                    readings.push(reading);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let (Some(language), true) = (position, problems.is_empty()) else {
            return Err(BindError { problems });
        };
        let nothing = vec![None; self.slots.len()];
        let prompt = |p: &PromptTexts| self.prompt(&p.name, &p.spoken[language], language, &readings, &nothing);
        let prompts = self.prompts.iter().map(|p| Arc::new(prompt(p))).collect();
        let complete = self.prompts.iter().map(|p| p.spoken[language].slots().next().is_none()).collect();
        Ok(Binding { language, prompts, complete, values, readings })
    }

    /// The examples that the script gives for its variables, for tests and rehearsals.
    #[must_use]
    pub fn examples(&self) -> BTreeMap<String, String> {
        self.variables.iter().filter_map(|v| Some((v.name.clone(), v.example.clone()?))).collect()
    }

    fn unknown(&self, name: &str) -> Option<Problem> {
        if self.variables.iter().any(|v| v.name == name) {
            return None;
        }
        let nearest = nearest(name, self.variables.iter().map(|v| v.name.as_str())).map(str::to_owned);
        Some(Problem::UnknownVariable { name: name.to_owned(), nearest })
    }

    fn prompt(
        &self,
        name: &str,
        spoken: &Spoken,
        language: usize,
        readings: &[String],
        slots: &[Option<String>],
    ) -> Prompt {
        let word = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Variable(variable) => readings[variable.index()].clone(),
            Piece::Slot(slot) => self.reading(*slot, slots, language),
        };
        let text: String = spoken.pieces.iter().map(word).collect();
        let recorded = spoken
            .audio
            .as_ref()
            .map(|path| Recorded { path: path.clone(), exact: spoken.recorded_words() == Some(text.as_str()) });
        Prompt { name: name.to_owned(), language: self.languages[language].clone(), text, recorded }
    }
}

impl Dialplan {
    /// What was learned, in words; nothing where nothing was.
    fn reading(&self, slot: SlotIx, slots: &[Option<String>], language: usize) -> String {
        let (declared, value) = (&self.slots[slot.index()], &slots[slot.index()]);
        let (Some(kind), Some(value)) = (declared.reading, value) else { return String::new() };
        spoken::read_aloud(kind, value, &self.languages[language]).unwrap_or_else(|_| value.clone())
    }
}

impl Variable {
    /// The value as it was given and as it is spoken.
    fn read(&self, given: Option<&String>, language: &str) -> Result<(String, String), Problem> {
        let name = || self.name.clone();
        let Some(value) = given.map(|v| v.trim()).filter(|v| !v.is_empty()) else {
            let example = self.example.clone().unwrap_or_else(|| spoken::example(self.kind).to_owned());
            return Err(Problem::Missing { name: name(), example });
        };
        let length = value.chars().count();
        if length > self.max {
            let expected = format!("it has {length} characters, give at most {}", self.max);
            return Err(Problem::WrongType { name: name(), expected });
        }
        if value.chars().any(char::is_control) {
            let expected = "it has a line break or another control character, give plain text".to_owned();
            return Err(Problem::WrongType { name: name(), expected });
        }
        match spoken::read_aloud(self.kind, value, language) {
            Ok(reading) => Ok((value.to_owned(), reading)),
            Err(expected) => Err(Problem::WrongType { name: name(), expected }),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLanguage { language, known } => {
                write!(f, "the dialplan is not spoken in {language:?}, only in {}", known.join(", "))
            }
            Self::UnknownVariable { name, nearest: Some(nearest) } => {
                write!(f, "the dialplan has no variable {name:?}; did you mean {nearest:?}?")
            }
            Self::UnknownVariable { name, nearest: None } => {
                write!(f, "the dialplan has no variable {name:?}; leave it out")
            }
            Self::Missing { name, example } => write!(f, "variable {name:?} is missing; give it, as in {example:?}"),
            Self::WrongType { name, expected } => write!(f, "variable {name:?}: {expected}"),
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<String> = self.problems.iter().map(Problem::to_string).collect();
        f.write_str(&problems.join("; "))
    }
}

impl std::error::Error for BindError {}
