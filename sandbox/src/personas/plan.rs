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
    numbers: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    prefixes: BTreeMap<Spanned<String>, Spanned<String>>,
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
    numbers: BTreeMap<String, Arc<Persona>>,
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

    /// Who is reached by a number.
    pub(crate) fn callee(&self, number: &str) -> Arc<Persona> {
        let by_prefix = || self.prefixes.iter().find(|(prefix, _)| number.starts_with(prefix)).map(|(_, who)| who);
        self.numbers.get(number).or_else(by_prefix).unwrap_or(&self.otherwise).clone()
    }

    /// Every line of the plan, numbers first.
    pub(crate) fn listing(&self) -> Vec<Number> {
        let line =
            |number: String, who: &Persona| Number { number, persona: who.name.clone(), about: who.about.clone() };
        let prefixes = self.prefixes.iter().map(|(prefix, who)| line(format!("{prefix}…"), who));
        self.numbers.iter().map(|(number, who)| line(number.clone(), who)).chain(prefixes).collect()
    }

    fn from_plan(label: &str, text: &str, personas: &BTreeMap<String, Arc<Persona>>) -> Result<Self, PersonaError> {
        let read: PlanFile = toml::from_str(text).map_err(|error| PersonaError::from_toml(label, text, &error))?;
        let find = |name: &Spanned<String>| {
            let known: Vec<&str> = personas.keys().map(String::as_str).collect();
            personas.get(name.get_ref()).cloned().ok_or_else(|| {
                let what = format!("unknown persona {:?}; {}", name.get_ref(), suggestion(name.get_ref(), &known));
                PersonaError::at(label, text, name.span().start, what)
            })
        };
        let check = |number: &Spanned<String>| match is_number_start(number.get_ref()) {
            true => Ok(number.get_ref().clone()),
            false => Err(PersonaError::at(
                label,
                text,
                number.span().start,
                format!("{:?} is no number; write + and up to 15 digits", number.get_ref()),
            )),
        };
        let resolve = |from: &BTreeMap<Spanned<String>, Spanned<String>>| {
            from.iter().map(|(number, name)| Ok((check(number)?, find(name)?))).collect::<Result<Vec<_>, _>>()
        };
        let mut prefixes = resolve(&read.prefixes)?;
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let numbers = resolve(&read.numbers)?.into_iter().collect();
        Ok(Self { numbers, prefixes, otherwise: find(&read.otherwise)? })
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
        assert_eq!(plan.callee("+12065550115").outcome, Outcome::Busy);
        assert_eq!(plan.callee("+12065567777").name, "load");
        assert_eq!(plan.callee("+4930999999").name, "unassigned");
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
