//! The number plan: which number reaches which persona.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::clips::Clips;
use super::persona::Persona;
use super::{PersonaError, embedded, file, suggestion};

const PLAN_FILE: &str = "numbers.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    /// Who is reached by any other number.
    otherwise: Spanned<String>,
    numbers: BTreeMap<Spanned<String>, Spanned<Who>>,
    #[serde(default)]
    prefixes: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Whom a number reaches.
#[derive(Deserialize)]
#[serde(untagged)]
enum Who {
    Always(String),
    /// The first call reaches the first, the second the second; from then on it is always the last.
    InTurn(Vec<String>),
}

impl Who {
    fn names(&self) -> &[String] {
        match self {
            Self::Always(name) => std::slice::from_ref(name),
            Self::InTurn(names) => names,
        }
    }
}

/// One line of the number plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// The number; a prefix ends in `…`.
    pub number: String,
    /// The persona that it reaches.
    pub persona: String,
    /// Who that is, in a sentence.
    pub about: String,
}

/// All personas and the numbers that reach them.
#[derive(Debug)]
pub(crate) struct NumberPlan {
    /// In turn, never empty.
    numbers: BTreeMap<String, Vec<Arc<Persona>>>,
    /// Longest first.
    prefixes: Vec<(String, Arc<Persona>)>,
    otherwise: Arc<Persona>,
}

impl NumberPlan {
    /// Loads the shipped personas, then those of `folder` over them: `*.toml`, `numbers.toml` (which replaces the
    /// shipped plan), and clips in `audio/<voice>/<phrase>.wav`.
    pub(crate) fn load(folder: Option<&Path>) -> Result<Self, PersonaError> {
        let mut clips = Clips::embedded()?;
        if let Some(folder) = folder {
            clips.add_folder(&folder.join("audio"))?;
        }
        let mut sources = embedded_sources();
        if let Some(folder) = folder {
            add_folder_sources(&mut sources, folder)?;
        }
        let Some((plan_label, plan_text)) = sources.remove(PLAN_FILE) else {
            return Err(PersonaError::whole(PLAN_FILE, "there is no number plan"));
        };
        let mut personas = BTreeMap::new();
        for (label, text) in sources.values() {
            let persona = Arc::new(file::parse(label, text, &clips)?);
            personas.insert(persona.name.clone(), persona);
        }
        Self::from_plan(&plan_label, &plan_text, &personas)
    }

    /// Who is reached by a number that was called `before` times already.
    pub(crate) fn callee(&self, number: &str, before: usize) -> Arc<Persona> {
        let in_turn = self.numbers.get(number).and_then(|who| who.get(before).or(who.last()));
        let by_prefix = || self.prefixes.iter().find(|(prefix, _)| number.starts_with(prefix)).map(|(_, who)| who);
        in_turn.or_else(by_prefix).unwrap_or(&self.otherwise).clone()
    }

    /// Every line of the plan, numbers first.
    pub(crate) fn listing(&self) -> Vec<Number> {
        let line =
            |number: String, who: &Persona| Number { number, persona: who.name.clone(), about: who.about.clone() };
        let prefixes = self.prefixes.iter().map(|(prefix, who)| line(format!("{prefix}…"), who));
        let numbers = self.numbers.iter().flat_map(|(number, who)| who.iter().map(|who| line(number.clone(), who)));
        numbers.chain(prefixes).collect()
    }

    fn from_plan(label: &str, text: &str, personas: &BTreeMap<String, Arc<Persona>>) -> Result<Self, PersonaError> {
        let read: PlanFile = toml::from_str(text).map_err(|error| PersonaError::from_toml(label, text, &error))?;
        let find = |name: &str, at: usize| {
            let known: Vec<&str> = personas.keys().map(String::as_str).collect();
            personas.get(name).cloned().ok_or_else(|| {
                let what = format!("unknown persona {name:?}; {}", suggestion(name, &known));
                PersonaError::at(label, text, at, what)
            })
        };
        let one = |name: &Spanned<String>| find(name.get_ref(), name.span().start);
        let check = |number: &Spanned<String>| match is_number_start(number.get_ref()) {
            true => Ok(number.get_ref().clone()),
            false => Err(PersonaError::at(
                label,
                text,
                number.span().start,
                format!("{:?} is no number; write + and up to 15 digits", number.get_ref()),
            )),
        };
        let prefixes = read.prefixes.iter().map(|(prefix, name)| Ok((check(prefix)?, one(name)?)));
        let mut prefixes = prefixes.collect::<Result<Vec<_>, _>>()?;
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let in_turn = |(number, who): (_, &Spanned<Who>)| {
            let number = check(number)?;
            let at = who.span().start;
            let who = who.get_ref().names().iter().map(|name| find(name, at)).collect::<Result<Vec<_>, _>>()?;
            if who.is_empty() {
                return Err(PersonaError::at(
                    label,
                    text,
                    at,
                    format!("{number} reaches nobody; name at least one persona"),
                ));
            }
            Ok((number, who))
        };
        let numbers = read.numbers.iter().map(in_turn).collect::<Result<_, _>>()?;
        Ok(Self { numbers, prefixes, otherwise: one(&read.otherwise)? })
    }
}

fn is_number_start(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| (1..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

/// File name → (label for errors, text).
type Sources = BTreeMap<String, (String, String)>;

fn embedded_sources() -> Sources {
    let toml = |path: &Path| path.extension().is_some_and(|extension| extension == "toml");
    let read = |file: &include_dir::File<'static>| {
        let name = file.path().to_str()?.to_owned();
        Some((name.clone(), (format!("fixtures/personas/{name}"), file.contents_utf8()?.to_owned())))
    };
    embedded::PERSONAS.files().filter(|file| toml(file.path())).filter_map(read).collect()
}

fn add_folder_sources(sources: &mut Sources, folder: &Path) -> Result<(), PersonaError> {
    let label = folder.display().to_string();
    let entries = std::fs::read_dir(folder).map_err(|error| PersonaError::whole(&label, error.to_string()))?;
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".toml")) else {
            continue;
        };
        let label = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| PersonaError::whole(&label, error.to_string()))?;
        sources.insert(name.to_owned(), (label, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::persona::Outcome;
    use super::*;

    fn error_of(text: &str) -> String {
        let clips = Clips::embedded().expect("the shipped clips open");
        file::parse("p.toml", text, &clips).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_shipped_plan_and_all_its_personas_load() {
        let plan = NumberPlan::load(None).expect("the shipped plan loads");
        assert!(plan.numbers.len() >= 20, "{} numbers", plan.numbers.len());
        assert_eq!(plan.callee("+12065550115", 7).outcome, Outcome::Busy);
        assert_eq!(plan.callee("+12065567777", 0).name, "load");
        assert_eq!(plan.callee("+4930999999", 0).name, "unassigned");
    }

    #[test]
    fn a_number_may_reach_one_after_the_other() {
        let plan = NumberPlan::load(None).expect("the shipped plan loads");
        let names = [0, 1, 2].map(|before| plan.callee("+12065550135", before).name.clone());
        assert_eq!(names, ["busy", "reminder_confirms", "reminder_confirms"]);
        let text = "otherwise = \"a\"\n[numbers]\n\"+1\" = []\n";
        let someone = plan.callee("+12065550115", 0);
        let personas = BTreeMap::from([("a".to_owned(), someone)]);
        let error = NumberPlan::from_plan("n.toml", text, &personas).expect_err("refused");
        assert!(error.to_string().contains("+1 reaches nobody"), "{error}");
    }

    #[test]
    fn a_wrong_file_is_told_with_its_line_and_a_remedy() {
        let about = "about = \"x\"\n";
        for (text, expected) in [
            ("ring_ms = 5", "missing field `about`"),
            (&*format!("{about}ringms = 5"), "p.toml:2: unknown field \"ringms\"; did you mean \"ring_ms\"?"),
            (&*format!("{about}[[step]]\nsay = \"slt/yess\""), "p.toml:3: unknown clip"),
            (&*format!("{about}[[step]]\nsay = \"slt/yess\""), "did you mean \"slt/yes\"?"),
            (&*format!("{about}[[step]]\nsay = \"slt/yes\"\nkey = \"1\""), "p.toml:2: 2 things to do at once"),
            (&*format!("{about}[[step]]\nafter_ms = 1"), "0 things to do at once; name exactly one of say"),
            (&*format!("{about}[[step]]\nkey = \"1x\""), "p.toml:3: 'x' is no key"),
            (&*format!("{about}outcome = \"buzy\""), "buzy"),
            (&*format!("{about}outcome = \"busy\"\ncode = 3"), "p.toml:3: a code belongs to"),
            (&*format!("{about}[answered_by]\nverdict = \"humann\""), "did you mean \"human\"?"),
            (
                &*format!("{about}opening = [{{ key = \"1\", then = [{{ key = \"2\" }}] }}]"),
                "belong to a [[step]] only",
            ),
        ] {
            let error = error_of(text);
            assert!(error.contains(expected), "{text:?} gave {error:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_plan_that_names_nobody_is_refused() {
        let personas = BTreeMap::new();
        let error = NumberPlan::from_plan("n.toml", "otherwise = \"a\"\n[numbers]\n", &personas).expect_err("refused");
        assert!(error.to_string().starts_with("n.toml:1: unknown persona"), "{error}");
    }
}
