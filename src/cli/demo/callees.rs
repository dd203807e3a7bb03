//! Who is called in the demo, and what must come of it.

use std::collections::BTreeMap;

/// A simulated person.
#[derive(Debug)]
pub(super) struct Callee {
    /// The number, by the sandbox's number plan.
    pub(super) to: &'static str,
    /// Who that is.
    pub(super) who: &'static str,
    /// The script that is followed.
    pub(super) dialplan: &'static str,
    /// The call's language.
    pub(super) language: &'static str,
    /// Disposition and dialog result.
    pub(super) expected: (&'static str, Option<&'static str>),
    /// Whether both voices are in the recording.
    pub(super) speaks: bool,
}

impl Callee {
    /// What the scripts need to know. Nobody of this name exists.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let known: &[(&str, &str)] = match self.dialplan {
            "reminder" => &[("first_name", "Ana"), ("appointment", "2026-12-01T10:30:00-08:00")],
            "consent" => &[("first_name", "Ana")],
            _ => &[],
        };
        known.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

const fn callee(
    to: &'static str,
    who: &'static str,
    dialplan: &'static str,
    expected: (&'static str, Option<&'static str>),
) -> Callee {
    Callee { to, who, dialplan, language: "en-US", expected, speaks: true }
}

pub(super) const CALLEES: &[Callee] = &[
    callee("+12065550110", "confirms the appointment by voice", "reminder", ("completed", Some("confirmed"))),
    callee("+12065550111", "agrees, and agrees again", "consent", ("completed", Some("consent_given"))),
    callee("+12065550112", "does not agree", "consent", ("completed", Some("consent_refused"))),
    callee("+12065550113", "answers by voice and by keys", "survey", ("completed", Some("answered"))),
    Callee {
        language: "es-US",
        speaks: false,
        ..callee("+12065550114", "answers by keys, in Spanish", "survey", ("completed", Some("answered")))
    },
    callee("+12065550118", "wants no more calls", "reminder", ("do-not-call", None)),
    callee("+12065550119", "asks for a person", "reminder", ("partially-completed", Some("wants_person"))),
    callee("+12065550123", "asks to hear it again", "reminder", ("completed", Some("confirmed"))),
    callee("+12065550129", "talks over the prompts", "consent", ("completed", Some("consent_given"))),
    Callee { speaks: false, ..callee("+12065550117", "a voicemail", "reminder", ("voicemail", None)) },
    Callee { speaks: false, ..callee("+12065550115", "is busy", "reminder", ("busy", None)) },
    callee("+12065550135", "is busy, and confirms later", "reminder", ("completed", Some("confirmed"))),
    Callee { speaks: false, ..callee("+12065550116", "does not answer", "reminder", ("no-answer", None)) },
    Callee { speaks: false, ..callee("+1206555", "has no valid number", "reminder", ("failed", None)) },
    Callee { speaks: false, ..callee("+12065550121", "hangs up early", "consent", ("failed", None)) },
];

/// One who has opted out by now, and is ordered to be called again.
pub(super) const OPTED_OUT: &str = "+12065550118";
