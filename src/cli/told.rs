//! A step of a call in words, for whoever watches; `--json` has all of it.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::Value;

use super::shown::{cell, shown};

/// What a column takes of a text that somebody else wrote, in characters.
const MOST: usize = 100;

/// Tells steps one after the other, and names an attempt where it begins to be told of.
#[derive(Debug, Default)]
pub(super) struct Teller {
    json: bool,
    attempt: Option<String>,
}

impl Teller {
    /// One that tells in words, or in JSON.
    pub(super) fn new(json: bool) -> Self {
        Self { json, attempt: None }
    }

    /// Prints a step.
    pub(super) fn print(&mut self, step: &Value) {
        let line = if self.json { Some(step.to_string()) } else { self.tell(step) };
        line.into_iter().for_each(|line| println!("{line}"));
    }

    /// The step as a line, or two where its attempt is another than before; nothing where it says what another one says.
    fn tell(&mut self, step: &Value) -> Option<String> {
        let words = words(step)?;
        let mut text = String::new();
        if let Some(attempt) = step["attempt_id"].as_str()
            && self.attempt.as_deref() != Some(attempt)
        {
            let _ = writeln!(text, "-- attempt {}", shown(&step["attempt_id"])); // a String takes everything
            self.attempt = Some(attempt.to_owned());
        }
        let (at, kind) = (time(step), cell(step, "kind"));
        let _ = write!(text, "{at}  {kind:<14}  {words}"); // a String takes everything
        Some(text)
    }
}

/// In UTC, of one width.
fn time(step: &Value) -> String {
    let at = cell(step, "at");
    at.parse::<Timestamp>().map_or(at, |at| at.strftime("%F %T%.3f").to_string())
}

fn words(step: &Value) -> Option<String> {
    let detail = &step["detail"];
    Some(match cell(step, "kind").as_str() {
        "call" | "attempt" | "owner" | "slot" | "task" | "recording" => {
            format!("{}: {}", cell(detail, "to"), cell(detail, "reason"))
        }
        "gate" => gate(detail),
        "request" => request(detail),
        "provider_event" => format!("{}: {}", cell(detail, "provider"), reported(detail)),
        "journal" => return journal(detail),
        "event" => cell(detail, "name"),
        _ => fields(detail, &[]),
    })
}

fn gate(detail: &Value) -> String {
    let findings = detail["rules"]["findings"].as_array().map_or(&[][..], Vec::as_slice);
    let against = findings.iter().find(|finding| finding["passed"] == false);
    let why = match against {
        Some(finding) => format!(": {}", cell(finding, "looked_at")),
        None => format!(" by {} rules", findings.len()),
    };
    format!("{}{why}", cell(detail, "reason"))
}

fn request(detail: &Value) -> String {
    let answer = ["raw_status", "error"].into_iter().find(|name| !detail[*name].is_null());
    let answer = answer.map_or_else(|| "no answer".to_owned(), |name| cut(&cell(detail, name)));
    let operation = cell(detail, "operation");
    format!("{operation}: {answer} (HTTP {}, {} ms)", cell(detail, "http_status"), cell(detail, "latency_ms"))
}

/// What the provider's message says; the message itself where nobody has said that, or nothing in it concerns the call.
fn reported(detail: &Value) -> String {
    let said = ["reports", "body"]
        .into_iter()
        .map(|name| &detail[name])
        .find(|said| said.as_str() != Some("") && !said.is_null());
    cut(&shown(said.unwrap_or(&Value::Null)))
}

fn journal(detail: &Value) -> Option<String> {
    if detail["fact"] == "checkpoint" {
        // The state that follows says the same.
        return None;
    }
    Some(match detail["event"].as_str() {
        Some("state") => format!("-> {}", cell(detail, "state")),
        Some("said") => format!("says {}", names(&detail["prompts"])),
        Some("turn") if detail["text"].is_null() => "hears what it does not understand".to_owned(),
        Some("turn") => format!("hears \"{}\"", cut(&cell(detail, "text"))),
        Some("key") => format!("key {}", cell(detail, "key")),
        Some(event) => format!("{} {}", event.replace('_', " "), fields(detail, &["event", "session_ms", "utterance"])),
        None => format!("kept: {}", fields(detail, &["session_ms"])),
    })
}

fn names(prompts: &Value) -> String {
    let prompts = prompts.as_array().map_or(&[][..], Vec::as_slice);
    prompts.iter().map(|prompt| cell(prompt, "name")).collect::<Vec<_>>().join(", ")
}

/// `name=value …`, without some.
fn fields(detail: &Value, without: &[&str]) -> String {
    let mut text = String::new();
    add_fields(&mut text, "", detail, without);
    text.trim_end().to_owned()
}

fn add_fields(text: &mut String, prefix: &str, value: &Value, without: &[&str]) {
    let Value::Object(object) = value else { return };
    for (name, value) in object {
        match value {
            Value::Null => {}
            _ if prefix.is_empty() && without.contains(&name.as_str()) => {}
            Value::Object(_) => add_fields(text, &format!("{prefix}{name}."), value, without),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let _ = write!(text, "{prefix}{name}={} ", cut(&shown(value))); // a String takes everything
            }
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &str, detail: &Value) -> Option<String> {
        let step = json!({"at": "2026-12-01T10:30:00.1Z", "kind": kind, "detail": detail});
        Some(Teller::default().tell(&step)?.chars().skip("2026-12-01 10:30:00.100  ".len() + 16).collect())
    }

    #[test]
    fn a_step_is_a_line_of_words() {
        for (kind, detail, expected) in [
            ("call", json!({"from": "pending", "to": "in_progress", "reason": "picked up"}), "in_progress: picked up"),
            (
                "request",
                json!({"operation": "dial", "raw_status": "queued", "http_status": 201, "latency_ms": 4}),
                "dial: queued (HTTP 201, 4 ms)",
            ),
            ("journal", json!({"event": "said", "prompts": [{"name": "greet"}, {"name": "ask"}]}), "says greet, ask"),
            ("journal", json!({"event": "turn", "text": "yes \u{1b}please"}), "hears \"yes  please\""),
            (
                "journal",
                json!({"event": "heard", "utterance": 3, "session_ms": 9, "heard_ms": 8, "evidence": "estimated"}),
                "heard evidence=estimated heard_ms=8",
            ),
            ("journal", json!({"fact": "opt_out", "input": "9", "session_ms": 9}), "kept: fact=opt_out input=9"),
        ] {
            assert_eq!(told(kind, &detail).unwrap(), expected);
        }
        assert_eq!(told("journal", &json!({"fact": "checkpoint", "state": "hello"})), None);
    }

    #[test]
    fn the_gate_says_which_rule_was_against_it() {
        let finding = |rule: &str, passed| json!({"rule": rule, "passed": passed, "looked_at": format!("at {rule}")});
        let no =
            json!({"reason": "own_dnc", "rules": {"findings": [finding("live", true), finding("own_dnc", false)]}});
        assert_eq!(told("gate", &no).unwrap(), "own_dnc: at own_dnc");
        let yes = json!({"reason": "allowed", "rules": {"findings": [finding("live", true)]}});
        assert_eq!(told("gate", &yes).unwrap(), "allowed by 1 rules");
    }

    #[test]
    fn an_attempt_is_named_once_and_times_have_one_width() {
        let step = |attempt: &str| {
            json!({"at": "2026-12-01T10:30:00.12Z", "kind": "slot", "attempt_id": attempt,
            "detail": {"to": "free", "reason": "proven over"}})
        };
        let mut teller = Teller::default();
        let line = "2026-12-01 10:30:00.120  slot            free: proven over";
        assert_eq!(teller.tell(&step("att-1")).unwrap(), format!("-- attempt att-1\n{line}"));
        assert_eq!(teller.tell(&step("att-1")).unwrap(), line);
    }

    #[test]
    fn what_others_wrote_is_cut() {
        let body = "ä".repeat(200);
        let line = told("provider_event", &json!({"provider": "main", "body": body})).unwrap();
        assert_eq!(line, format!("main: {}…", "ä".repeat(100)));
    }

    #[test]
    fn a_providers_message_is_told_by_what_it_says() {
        let detail = json!({"provider": "main", "reports": "ringing", "body": "AccountSid=AC1&ApiVersion=2010"});
        assert_eq!(told("provider_event", &detail).unwrap(), "main: ringing");
        let nothing = json!({"provider": "main", "reports": "", "body": "StreamEvent=started"});
        assert_eq!(told("provider_event", &nothing).unwrap(), "main: StreamEvent=started");
    }
}
