//! Persona files: TOML as authors write it, checked into a [`Persona`].

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::clips::Clips;
use super::persona::{Act, Anchor, Doing, Outcome, Persona, Step, Verdict};
use super::{PersonaError, suggestion};
use crate::stream::line::{LineEffects, Noise, NoiseColour, Stalls};

/// A person's pause before speaking, where the file names none.
const REACTION_MS: u64 = 500;
/// A verdict on a person, where the file names none: about what a carrier takes for a short greeting.
const VERDICT_MS: u64 = 1500;
const VERDICTS: [&str; 7] =
    ["human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonaFile {
    about: String,
    #[serde(default = "ring_default")]
    ring_ms: u64,
    #[serde(default)]
    outcome: OutcomeName,
    /// With `invalid`: the REST error. With `failed`: the SIP code.
    code: Option<Spanned<u32>>,
    answered_by: Option<AnsweredBy>,
    #[serde(default)]
    opening: Vec<Spanned<ActFile>>,
    hang_up_after_ms: Option<u64>,
    #[serde(default)]
    step: Vec<Spanned<ActFile>>,
    #[serde(default)]
    afterwards: Vec<Spanned<ActFile>>,
    #[serde(default)]
    cycle: bool,
    line: Option<LineFile>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum OutcomeName {
    #[default]
    Answer,
    NoMedia,
    Busy,
    NoAnswer,
    Declined,
    Failed,
    Invalid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnsweredBy {
    verdict: Spanned<String>,
    #[serde(default)]
    from: AnchorName,
    #[serde(default = "verdict_default")]
    after_ms: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum AnchorName {
    #[default]
    Answer,
    Opening,
}

/// One act; in a step it may carry `over_ms`, `then` and `again`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActFile {
    over_ms: Option<u64>,
    after_ms: Option<u64>,
    say: Option<Spanned<String>>,
    say_for_ever: Option<Spanned<String>>,
    key: Option<Spanned<String>>,
    tone: Option<ToneFile>,
    silent: Option<bool>,
    hang_up: Option<bool>,
    drop_socket: Option<bool>,
    #[serde(default)]
    then: Vec<Spanned<ActFile>>,
    #[serde(default)]
    again: Vec<Spanned<ActFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToneFile {
    hz: u16,
    ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineFile {
    noise_dbfs: Option<f32>,
    #[serde(default)]
    noise: NoiseColourName,
    #[serde(default)]
    jitter_ms: u64,
    stall_every_ms: Option<u64>,
    #[serde(default)]
    stall_ms: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum NoiseColourName {
    #[default]
    Pink,
    White,
}

fn ring_default() -> u64 {
    1000
}

fn verdict_default() -> u64 {
    VERDICT_MS
}

/// Reads and checks one persona file.
pub(super) fn parse(file: &str, source: &str, clips: &Clips) -> Result<Persona, PersonaError> {
    let read: PersonaFile = toml::from_str(source).map_err(|error| PersonaError::from_toml(file, source, &error))?;
    let check = Check { file, source, clips };
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".toml");
    Ok(Persona {
        name: name.to_owned(),
        about: read.about,
        ring: Duration::from_millis(read.ring_ms),
        outcome: check.outcome(read.outcome, read.code.as_ref())?,
        detection: check.verdict(read.answered_by)?,
        opening: check.acts(&read.opening)?,
        hang_up_after: read.hang_up_after_ms.map(Duration::from_millis),
        steps: read.step.iter().map(|step| check.step(step)).collect::<Result<_, _>>()?,
        afterwards: check.acts(&read.afterwards)?,
        cycle: read.cycle,
        line: read.line.map_or_else(LineEffects::default, line),
    })
}

fn line(read: LineFile) -> LineEffects {
    let colour = match read.noise {
        NoiseColourName::Pink => NoiseColour::Pink,
        NoiseColourName::White => NoiseColour::White,
    };
    LineEffects {
        noise: read.noise_dbfs.map(|dbfs| Noise { dbfs, colour }),
        jitter: Duration::from_millis(read.jitter_ms),
        stalls: read
            .stall_every_ms
            .map(|every| Stalls { every: Duration::from_millis(every), length: Duration::from_millis(read.stall_ms) }),
    }
}

struct Check<'a> {
    file: &'a str,
    source: &'a str,
    clips: &'a Clips,
}

impl Check<'_> {
    fn error(&self, offset: usize, text: impl Into<String>) -> PersonaError {
        PersonaError::at(self.file, self.source, offset, text)
    }

    fn outcome(&self, name: OutcomeName, code: Option<&Spanned<u32>>) -> Result<Outcome, PersonaError> {
        let value = code.map(|code| *code.get_ref());
        match name {
            OutcomeName::Invalid => return Ok(Outcome::Invalid(value.unwrap_or(21_211))),
            OutcomeName::Failed => {
                let sip = u16::try_from(value.unwrap_or(404)).ok().filter(|sip| (400..700).contains(sip));
                let at = code.map_or(0, |code| code.span().start);
                return sip
                    .map(Outcome::Failed)
                    .ok_or_else(|| self.error(at, "a failed call has a SIP code of 400 to 699"));
            }
            OutcomeName::Answer
            | OutcomeName::NoMedia
            | OutcomeName::Busy
            | OutcomeName::NoAnswer
            | OutcomeName::Declined => {}
        }
        if let Some(code) = code {
            return Err(
                self.error(code.span().start, "a code belongs to the outcomes failed and invalid only; remove it")
            );
        }
        Ok(match name {
            OutcomeName::NoMedia => Outcome::NoMedia,
            OutcomeName::Busy => Outcome::Busy,
            OutcomeName::NoAnswer => Outcome::NoAnswer,
            OutcomeName::Declined => Outcome::Declined,
            OutcomeName::Answer | OutcomeName::Failed | OutcomeName::Invalid => Outcome::Answer,
        })
    }

    fn verdict(&self, read: Option<AnsweredBy>) -> Result<Verdict, PersonaError> {
        let Some(read) = read else {
            let after = Duration::from_millis(VERDICT_MS);
            return Ok(Verdict { answered_by: "human".to_owned(), from: Anchor::Answer, after });
        };
        let verdict = read.verdict.get_ref().as_str();
        if !VERDICTS.contains(&verdict) {
            let text = format!("unknown verdict {verdict:?}; {}", suggestion(verdict, &VERDICTS));
            return Err(self.error(read.verdict.span().start, text));
        }
        let from = match read.from {
            AnchorName::Answer => Anchor::Answer,
            AnchorName::Opening => Anchor::Opening,
        };
        Ok(Verdict { answered_by: verdict.to_owned(), from, after: Duration::from_millis(read.after_ms) })
    }

    fn step(&self, read: &Spanned<ActFile>) -> Result<Step, PersonaError> {
        let step = read.get_ref();
        if step.over_ms.is_some() && step.after_ms.is_some() {
            return Err(self.error(read.span().start, "over_ms and after_ms exclude each other; keep one"));
        }
        let first_after = step.over_ms.map_or(step.after_ms.unwrap_or(REACTION_MS), |_| 0);
        let mut acts = vec![Act { after: Duration::from_millis(first_after), doing: self.doing(read)? }];
        acts.extend(self.acts(&step.then)?);
        Ok(Step { over: step.over_ms.map(Duration::from_millis), acts, again: self.acts(&step.again)? })
    }

    fn acts(&self, read: &[Spanned<ActFile>]) -> Result<Vec<Act>, PersonaError> {
        read.iter().map(|act| self.act(act)).collect()
    }

    fn act(&self, read: &Spanned<ActFile>) -> Result<Act, PersonaError> {
        let act = read.get_ref();
        if act.over_ms.is_some() || !act.then.is_empty() || !act.again.is_empty() {
            return Err(self.error(read.span().start, "over_ms, then and again belong to a [[step]] only"));
        }
        let after = Duration::from_millis(act.after_ms.unwrap_or(REACTION_MS));
        Ok(Act { after, doing: self.doing(read)? })
    }

    fn doing(&self, read: &Spanned<ActFile>) -> Result<Doing, PersonaError> {
        let act = read.get_ref();
        let mut found = Vec::new();
        if let Some(say) = &act.say {
            found.push(self.say(say, false)?);
        }
        if let Some(say) = &act.say_for_ever {
            found.push(self.say(say, true)?);
        }
        if let Some(key) = &act.key {
            found.push(self.press(key)?);
        }
        if let Some(tone) = &act.tone {
            found.push(Doing::Tone { hz: tone.hz, length: Duration::from_millis(tone.ms) });
        }
        let flags =
            [(act.silent, Doing::StaySilent), (act.hang_up, Doing::HangUp), (act.drop_socket, Doing::DropSocket)];
        found.extend(flags.into_iter().filter(|(flag, _)| *flag == Some(true)).map(|(_, doing)| doing));
        let count = found.len();
        match (found.pop(), count) {
            (Some(doing), 1) => Ok(doing),
            _ => Err(self.error(
                read.span().start,
                format!(
                    "{count} things to do at once; name exactly one of say, say_for_ever, key, tone, silent, hang_up, \
                     drop_socket (a second one goes into `then`)"
                ),
            )),
        }
    }

    fn say(&self, name: &Spanned<String>, for_ever: bool) -> Result<Doing, PersonaError> {
        let wanted = name.get_ref();
        let Some(clip) = self.clips.get(wanted) else {
            let text = format!("unknown clip {wanted:?}; {}", suggestion(wanted, &self.clips.names()));
            return Err(self.error(name.span().start, text));
        };
        Ok(Doing::Say { clip, for_ever })
    }

    fn press(&self, key: &Spanned<String>) -> Result<Doing, PersonaError> {
        let digits = key.get_ref();
        match digits.chars().find(|digit| !"0123456789*#ABCD".contains(*digit)) {
            None if !digits.is_empty() => Ok(Doing::Press(digits.clone())),
            None => Err(self.error(key.span().start, "key is empty; name at least one of 0-9, *, #, A-D")),
            Some(wrong) => Err(self.error(key.span().start, format!("{wrong:?} is no key; keys are 0-9, *, #, A-D"))),
        }
    }
}
