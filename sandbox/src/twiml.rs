//! TwiML, as much of it as a media gateway sends: `Connect`/`Stream`, `Hangup`, `Pause`, `Say`. What the carrier knows and
//! the sandbox does not simulate is refused rather than passed over.
//!
//! Source: <https://www.twilio.com/docs/voice/twiml/stream>.

use std::fmt;
use std::time::Duration;

use url::{Host, Url};

/// Longest name and value together of one `<Parameter>`, in characters.
const PARAMETER_CHARS: usize = 500;
/// `<Pause>` without a length.
const PAUSE_DEFAULT_S: u64 = 1;
/// How long the sandbox takes to read one word of a `<Say>`: its voice is of no interest here, its time is.
const SAY_WORD: Duration = Duration::from_millis(350);

/// One step of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Both ways of the call go to a WebSocket until that is closed.
    Stream(StreamOrder),
    /// The call ends.
    Hangup,
    /// Nothing happens for this long (`Say` is one of these to us).
    Wait(Duration),
}

/// What a `<Stream>` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamOrder {
    /// `ws://` (loopback only) or `wss://`, without a query.
    pub(crate) url: String,
    /// Names and values in the document's order; they come back in `start.customParameters`.
    pub(crate) parameters: Vec<(String, String)>,
}

/// Why a document was refused, with the carrier's own code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TwimlError {
    /// 12100 (not XML), 12200 (not the schema) or 31920 (the stream cannot be opened).
    pub(crate) code: u32,
    /// What is wrong, where, and what to do.
    pub(crate) text: String,
}

impl fmt::Display for TwimlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.text)
    }
}

/// Reads a document.
pub(crate) fn parse(text: &str) -> Result<Vec<Verb>, TwimlError> {
    let document = roxmltree::Document::parse(text).map_err(|error| refuse(12_100, format!("not XML: {error}")))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(schema(&root, "the root element must be Response"));
    }
    allow_attributes(&root, &[])?;
    elements(&root)?.into_iter().map(|verb| parse_verb(&verb)).collect()
}

fn parse_verb(verb: &roxmltree::Node<'_, '_>) -> Result<Verb, TwimlError> {
    match verb.tag_name().name() {
        "Connect" => connect(verb),
        "Hangup" => allow_attributes(verb, &[]).map(|()| Verb::Hangup),
        "Pause" => pause(verb),
        "Say" => {
            allow_attributes(verb, &["voice", "language", "loop"])?;
            let words = verb.text().unwrap_or_default().split_whitespace().count();
            Ok(Verb::Wait(SAY_WORD * u32::try_from(words).unwrap_or(u32::MAX)))
        }
        other => Err(schema(verb, &format!("the sandbox knows Connect, Hangup, Pause and Say, not {other}"))),
    }
}

fn connect(verb: &roxmltree::Node<'_, '_>) -> Result<Verb, TwimlError> {
    allow_attributes(verb, &[])?;
    let nouns = elements(verb)?;
    let [stream] = nouns.as_slice() else {
        return Err(schema(verb, "Connect needs exactly one Stream"));
    };
    if stream.tag_name().name() != "Stream" {
        return Err(schema(stream, "the sandbox connects to a Stream only"));
    }
    allow_attributes(stream, &["url", "name", "track"])?;
    if stream.attribute("track").is_some_and(|track| track != "inbound_track") {
        return Err(schema(stream, "Connect has the inbound_track only"));
    }
    let Some(url) = stream.attribute("url") else {
        return Err(schema(stream, "Stream needs a url"));
    };
    check_stream_url(url)?;
    let parameters = elements(stream)?.iter().map(parameter).collect::<Result<_, _>>()?;
    Ok(Verb::Stream(StreamOrder { url: url.to_owned(), parameters }))
}

fn parameter(node: &roxmltree::Node<'_, '_>) -> Result<(String, String), TwimlError> {
    if node.tag_name().name() != "Parameter" {
        return Err(schema(node, "a Stream holds Parameter elements only"));
    }
    allow_attributes(node, &["name", "value"])?;
    let (Some(name), Some(value)) = (node.attribute("name"), node.attribute("value")) else {
        return Err(schema(node, "a Parameter needs a name and a value"));
    };
    if name.chars().count() + value.chars().count() >= PARAMETER_CHARS {
        return Err(schema(node, "name and value of a Parameter must be shorter than 500 characters together"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn pause(verb: &roxmltree::Node<'_, '_>) -> Result<Verb, TwimlError> {
    allow_attributes(verb, &["length"])?;
    let seconds = match verb.attribute("length") {
        None => PAUSE_DEFAULT_S,
        Some(text) => text.parse().map_err(|_| schema(verb, "the length of a Pause is a whole number of seconds"))?,
    };
    Ok(Verb::Wait(Duration::from_secs(seconds)))
}

/// The stream's address: `wss` without a query. Plain `ws` is the sandbox's one concession, and on the loopback only.
fn check_stream_url(text: &str) -> Result<(), TwimlError> {
    let url = Url::parse(text).map_err(|error| refuse(31_920, format!("Stream url {text:?}: {error}")))?;
    if url.query().is_some() {
        return Err(refuse(31_920, format!("Stream url {text:?} has a query; put the data into Parameter elements")));
    }
    match url.scheme() {
        "wss" => Ok(()),
        "ws" if is_loopback(&url) => Ok(()),
        "ws" => Err(refuse(31_920, format!("Stream url {text:?}: plain ws is taken on the loopback only; use wss"))),
        other => Err(refuse(31_920, format!("Stream url {text:?}: the scheme must be wss, not {other}"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn elements<'a, 'i>(node: &roxmltree::Node<'a, 'i>) -> Result<Vec<roxmltree::Node<'a, 'i>>, TwimlError> {
    if let Some(text) = node.children().find(|c| c.is_text() && !c.text().unwrap_or_default().trim().is_empty()) {
        return Err(schema(&text, "text is allowed in Say only"));
    }
    Ok(node.children().filter(roxmltree::Node::is_element).collect())
}

fn allow_attributes(node: &roxmltree::Node<'_, '_>, known: &[&str]) -> Result<(), TwimlError> {
    match node.attributes().find(|attribute| !known.contains(&attribute.name())) {
        None => Ok(()),
        Some(unknown) => {
            let text = format!("the sandbox knows no attribute {:?} of {}", unknown.name(), node.tag_name().name());
            Err(schema(node, &text))
        }
    }
}

fn schema(node: &roxmltree::Node<'_, '_>, text: &str) -> TwimlError {
    let position = node.document().text_pos_at(node.range().start);
    refuse(12_200, format!("line {}, column {}: {text}", position.row, position.col))
}

fn refuse(code: u32, text: String) -> TwimlError {
    TwimlError { code, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(url: &str, inside: &str) -> String {
        format!("<Response><Connect><Stream url=\"{url}\">{inside}</Stream></Connect></Response>")
    }

    #[test]
    fn a_stream_with_parameters_is_read() {
        let text = stream(
            "ws://127.0.0.1:8081/media/twilio/a",
            "\n <Parameter name=\"token\" value=\"a&amp;b\"/><Parameter name=\"ref\" value=\"7\"/>\n",
        );
        let order = StreamOrder {
            url: "ws://127.0.0.1:8081/media/twilio/a".into(),
            parameters: vec![("token".into(), "a&b".into()), ("ref".into(), "7".into())],
        };
        assert_eq!(parse(&text), Ok(vec![Verb::Stream(order)]));
    }

    #[test]
    fn verbs_keep_their_order() {
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Pause length=\"2\"/><Pause/><Hangup/></Response>";
        let seconds = |n| Verb::Wait(Duration::from_secs(n));
        assert_eq!(parse(text), Ok(vec![seconds(2), seconds(1), Verb::Hangup]));
    }

    #[test]
    fn what_the_carrier_would_refuse_is_refused() {
        let long = "x".repeat(496);
        let cases = [
            ("<Response>".to_owned(), 12_100),
            ("<Reply/>".to_owned(), 12_200),
            ("<Response><Dial>+1</Dial></Response>".to_owned(), 12_200),
            ("<Response>hello</Response>".to_owned(), 12_200),
            ("<Response><Hangup now=\"1\"/></Response>".to_owned(), 12_200),
            ("<Response><Connect/></Response>".to_owned(), 12_200),
            (stream("wss://gw.example.com/m?x=1", ""), 31_920),
            (stream("https://gw.example.com/m", ""), 31_920),
            (stream("ws://gw.example.com/m", ""), 31_920),
            (stream("wss://h/m", "<Parameter name=\"a\"/>"), 12_200),
            (stream("wss://h/m", &format!("<Parameter name=\"abcd\" value=\"{long}\"/>")), 12_200),
        ];
        for (text, code) in cases {
            assert_eq!(parse(&text).map_err(|error| error.code), Err(code), "{text}");
        }
    }
}
