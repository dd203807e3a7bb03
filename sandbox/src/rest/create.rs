//! Placing a call: the parameters, checked as the real service would.

use std::time::Duration;

use super::form::{Fields, e164};
use super::problem::Problem;
use crate::network::order::{CallOrder, Detection, DetectionMode, Document, Progress, StatusCallback};

/// Longest inline document, in characters.
pub(super) const TWIML_CHARS: usize = 4000;
const RING_DEFAULT_S: u64 = 60;
const RING_MOST_S: u64 = 600;
/// The longest call that the carrier allows: 24 h.
const TIME_LIMIT_S: u64 = 86_400;
const DETECTION_DEFAULT_S: u64 = 30;
const KNOWN: [&str; 21] = [
    "To",
    "From",
    "Url",
    "Method",
    "Twiml",
    "ApplicationSid",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "Timeout",
    "TimeLimit",
    "MachineDetection",
    "MachineDetectionTimeout",
    "MachineDetectionSpeechThreshold",
    "MachineDetectionSpeechEndThreshold",
    "MachineDetectionSilenceTimeout",
    "AsyncAmd",
    "AsyncAmdStatusCallback",
    "AsyncAmdStatusCallbackMethod",
    "CallReason",
    "Record",
];

/// Reads the form of a new call. `from_numbers` are the caller's own; any number is when there are none.
pub(super) fn read(body: &[u8], from_numbers: &[String]) -> Result<CallOrder, Problem> {
    let mut fields = Fields::parse(body);
    let order = CallOrder {
        to: to(&mut fields)?,
        from: from(&mut fields, from_numbers)?,
        document: document(&mut fields)?,
        callback: callback(&mut fields)?,
        ring_timeout: seconds(&mut fields, "Timeout", 1, RING_MOST_S, RING_DEFAULT_S)?,
        time_limit: seconds(&mut fields, "TimeLimit", 1, TIME_LIMIT_S, TIME_LIMIT_S)?,
        detection: detection(&mut fields)?,
    };
    // What the callee's phone shows; nobody looks at it here.
    fields.take("CallReason")?;
    if fields.take_word("Record", &["true", "false"])? == Some("true") {
        return Err(Problem::parameter("the sandbox records nothing; leave Record out"));
    }
    fields.finish(&KNOWN)?;
    Ok(order)
}

fn to(fields: &mut Fields) -> Result<String, Problem> {
    let Some(text) = fields.take("To")?.filter(|text| !text.is_empty()) else {
        return Err(Problem::bad(21_201, "No 'To' number is specified"));
    };
    e164(&text).ok_or_else(|| Problem::bad(21_211, format!("The 'To' number {text} is not a valid phone number.")))
}

fn from(fields: &mut Fields, own: &[String]) -> Result<String, Problem> {
    let Some(text) = fields.take("From")?.filter(|text| !text.is_empty()) else {
        return Err(Problem::bad(21_213, "No 'From' number is specified"));
    };
    let Some(number) = e164(&text) else {
        return Err(Problem::bad(21_212, format!("The 'From' number {text} is not a valid phone number.")));
    };
    if !own.is_empty() && !own.contains(&number) {
        let message = format!("The source phone number provided, {number}, is not yet verified for your account.");
        return Err(Problem::bad(21_210, message));
    }
    Ok(number)
}

/// The address wins where both an address and a document are sent, as with the carrier.
fn document(fields: &mut Fields) -> Result<Document, Problem> {
    let url = fields.take_url("Url", 21_205)?;
    let twiml = fields.take("Twiml")?;
    fields.take_word("Method", &["POST"])?;
    if fields.take("ApplicationSid")?.is_some() {
        return Err(Problem::bad(21_218, "Invalid ApplicationSid: the sandbox has no applications; send Twiml or Url"));
    }
    match (url, twiml) {
        (Some(url), _) => Ok(Document::Url(url)),
        (None, Some(twiml)) => inline(twiml),
        (None, None) => Err(Problem::bad(21_205, "Url parameter is required")),
    }
}

/// An inline document within its length.
pub(super) fn inline(twiml: String) -> Result<Document, Problem> {
    let chars = twiml.chars().count();
    if chars > TWIML_CHARS {
        return Err(Problem::parameter(format!("Twiml has {chars} characters; {TWIML_CHARS} are the most")));
    }
    Ok(Document::Inline(twiml))
}

fn callback(fields: &mut Fields) -> Result<Option<StatusCallback>, Problem> {
    let url = fields.take_url("StatusCallback", 21_609)?;
    fields.take_word("StatusCallbackMethod", &["POST"])?;
    let mut events = Vec::new();
    for name in fields.take_all("StatusCallbackEvent") {
        let event = Progress::from_name(&name).ok_or_else(|| {
            Problem::parameter(format!(
                "StatusCallbackEvent {name:?} is none of initiated, ringing, answered, completed; repeat the key for each"
            ))
        })?;
        events.push(event);
    }
    if events.is_empty() {
        events.push(Progress::Completed);
    }
    Ok(url.map(|url| StatusCallback { url, events }))
}

fn detection(fields: &mut Fields) -> Result<Option<Detection>, Problem> {
    let mode = fields.take_word("MachineDetection", &["Enable", "DetectMessageEnd"])?;
    let timeout = seconds(fields, "MachineDetectionTimeout", 3, 59, DETECTION_DEFAULT_S)?;
    fields.take_number("MachineDetectionSpeechThreshold", 1000, 6000)?;
    fields.take_number("MachineDetectionSpeechEndThreshold", 500, 5000)?;
    fields.take_number("MachineDetectionSilenceTimeout", 2000, 10_000)?;
    let asynchronous = fields.take_word("AsyncAmd", &["true", "false"])? == Some("true");
    let callback = fields.take_url("AsyncAmdStatusCallback", 21_609)?;
    fields.take_word("AsyncAmdStatusCallbackMethod", &["POST"])?;
    let mode = match mode {
        None => return Ok(None),
        Some("Enable") => DetectionMode::Enable,
        Some(_) => DetectionMode::DetectMessageEnd,
    };
    Ok(Some(Detection { mode, timeout, asynchronous: asynchronous.then_some(callback) }))
}

fn seconds(fields: &mut Fields, name: &str, least: u64, most: u64, default: u64) -> Result<Duration, Problem> {
    fields.take_number(name, least, most).map(|seconds| Duration::from_secs(seconds.unwrap_or(default)))
}

#[cfg(test)]
mod tests {
    use url::form_urlencoded::Serializer;

    use super::*;

    const GOOD: [(&str, &str); 3] = [("To", "+12065550110"), ("From", "+12065550100"), ("Twiml", "<Response/>")];

    fn read_with(extra: &[(&str, &str)]) -> Result<CallOrder, Problem> {
        let overridden = |name: &str| extra.iter().any(|(other, _)| *other == name);
        let fields = GOOD.iter().filter(|(name, _)| !overridden(name)).chain(extra).filter(|(_, value)| *value != "-");
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        read(body.as_bytes(), &["+12065550100".to_owned()])
    }

    #[test]
    fn the_whole_form_is_read() {
        let order = read_with(&[
            ("StatusCallback", "http://127.0.0.1:8080/v1/webhooks/twilio/a?x=1"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "answered"),
            ("Timeout", "25"),
            ("MachineDetection", "DetectMessageEnd"),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", "http://127.0.0.1:8080/amd"),
        ])
        .expect("a good form");
        assert_eq!((order.to.as_str(), order.ring_timeout), ("+12065550110", Duration::from_secs(25)));
        let callback = order.callback.expect("a callback");
        assert_eq!(callback.events, [Progress::Initiated, Progress::Answered]);
        let detection = order.detection.expect("detection");
        assert_eq!(detection.mode, DetectionMode::DetectMessageEnd);
        assert_eq!(detection.asynchronous, Some(Some("http://127.0.0.1:8080/amd".to_owned())));
    }

    #[test]
    fn separators_in_a_number_are_tolerated_and_completed_is_the_default_event() {
        let order = read_with(&[("To", "+1 (206) 555-0110"), ("StatusCallback", "https://a.example/x")]);
        let order = order.expect("a good form");
        assert_eq!(order.to, "+12065550110");
        assert_eq!(order.callback.map(|callback| callback.events), Some(vec![Progress::Completed]));
    }

    #[test]
    fn each_fault_has_the_carriers_code_and_names_the_parameter() {
        let long = format!("<Response>{}</Response>", " ".repeat(4000));
        for (extra, code, named) in [
            (("To", "-"), 21_201, "To"),
            (("To", "12065550110"), 21_211, "To"),
            (("To", "+0123456789"), 21_211, "To"),
            (("To", "+1206555011x"), 21_211, "To"),
            (("From", "-"), 21_213, "From"),
            (("From", "me"), 21_212, "From"),
            (("From", "+12065550199"), 21_210, "+12065550199"),
            (("Twiml", "-"), 21_205, "Url"),
            (("Url", "ftp://x"), 21_205, "Url"),
            (("ApplicationSid", "AP1"), 21_218, "ApplicationSid"),
            (("Twiml", long.as_str()), 20_001, "Twiml"),
            (("Timeout", "0"), 20_001, "Timeout"),
            (("Timeout", "601"), 20_001, "Timeout"),
            (("Timeout", "20s"), 20_001, "Timeout"),
            (("StatusCallback", "http://my_host/x"), 21_609, "StatusCallback"),
            (("StatusCallbackEvent", "initiated ringing"), 20_001, "repeat the key"),
            (("MachineDetection", "enable"), 20_001, "did you mean \"Enable\"?"),
            (("AsyncAmd", "True"), 20_001, "AsyncAmd"),
            (("StatusCallBack", "http://a/b"), 20_001, "did you mean \"StatusCallback\"?"),
            (("Record", "true"), 20_001, "Record"),
        ] {
            let problem = read_with(&[extra]).expect_err("refused");
            assert_eq!(problem.code, code, "{extra:?}: {}", problem.message);
            assert!(problem.message.contains(named), "{extra:?}: {}", problem.message);
        }
        let twice = read_with(&[("Timeout", "20"), ("Timeout", "30")]).expect_err("refused");
        assert!(twice.message.contains("more than once"));
    }
}
