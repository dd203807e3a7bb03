//! The document that connects a call's media to us.

use super::super::{DialError, DialRequest};

/// The longest document that the provider takes inline, in characters.
const MAX_DOCUMENT: usize = 4_000;
/// The longest parameter, name and value together, in characters.
const MAX_PARAMETER: usize = 499;

/// The document for a call: its media to our address, with our name for it and its secret.
pub(super) fn connect(request: &DialRequest) -> Result<String, DialError> {
    let DialRequest { media_url, call_ref, secret, .. } = request;
    if !(media_url.starts_with("wss://") || media_url.starts_with("ws://")) || media_url.contains(['?', '#']) {
        return Err(DialError::Impossible(format!(
            "{media_url} is no media address: ws:// or wss://, without a query"
        )));
    }
    let parameters = [("call_ref", call_ref), ("token", secret)];
    if parameters.iter().any(|(name, value)| name.chars().count() + value.chars().count() > MAX_PARAMETER) {
        return Err(DialError::Impossible("a parameter of the media is too long".to_owned()));
    }
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Connect><Stream url=\"");
    push_escaped(&mut document, media_url);
    document.push_str("\">");
    for (name, value) in parameters {
        document.push_str("<Parameter name=\"");
        document.push_str(name);
        document.push_str("\" value=\"");
        push_escaped(&mut document, value);
        document.push_str("\"/>");
    }
    document.push_str("</Stream></Connect></Response>");
    if document.chars().count() > MAX_DOCUMENT {
        return Err(DialError::Impossible("the document for the call is too long".to_owned()));
    }
    Ok(document)
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn request(media_url: &str, secret: &str) -> DialRequest {
        DialRequest {
            to: "+12065550110".parse().unwrap(),
            callback_url: String::new(),
            media_url: media_url.to_owned(),
            call_ref: "a-1".to_owned(),
            secret: secret.to_owned(),
            ring_timeout: Duration::from_secs(30),
            max_duration: Duration::from_secs(600),
        }
    }

    #[test]
    fn the_document_is_escaped_and_bounded() {
        let document = connect(&request("wss://gw.example.com/media/twilio/a&b", "<\"'>")).unwrap();
        assert_eq!(
            document,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Connect>\
             <Stream url=\"wss://gw.example.com/media/twilio/a&amp;b\">\
             <Parameter name=\"call_ref\" value=\"a-1\"/>\
             <Parameter name=\"token\" value=\"&lt;&quot;&apos;&gt;\"/>\
             </Stream></Connect></Response>"
        );
        assert!(connect(&request("wss://gw.example.com/", &"x".repeat(500))).is_err());
        assert!(connect(&request(&format!("wss://gw.example.com/{}", "x".repeat(4_000)), "x")).is_err());
        assert!(connect(&request("wss://gw.example.com/?a=1", "x")).is_err());
        assert!(connect(&request("https://gw.example.com/", "x")).is_err());
    }
}
