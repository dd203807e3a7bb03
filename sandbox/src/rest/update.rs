//! Changing a call: hang it up, or give it another document.

use super::create::inline;
use super::form::Fields;
use super::problem::Problem;
use crate::network::order::Document;

const KNOWN: [&str; 4] = ["Status", "Url", "Method", "Twiml"];

/// What the caller wants of a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// End it; with `canceled` only when it has not been answered.
    HangUp {
        only_before_answer: bool,
    },
    Redirect(Document),
}

/// Reads the form of an update: exactly one of a status, an address, a document.
pub(super) fn read(body: &[u8]) -> Result<Change, Problem> {
    let mut fields = Fields::parse(body);
    let status = fields.take_word("Status", &["completed", "canceled"])?;
    let url = fields.take_url("Url", 21_205)?;
    let twiml = fields.take("Twiml")?;
    fields.take_word("Method", &["POST"])?;
    fields.finish(&KNOWN)?;
    match (status, url, twiml) {
        (Some(status), None, None) => Ok(Change::HangUp { only_before_answer: status == "canceled" }),
        (None, Some(url), None) => Ok(Change::Redirect(Document::Url(url))),
        (None, None, Some(twiml)) => inline(twiml).map(Change::Redirect),
        _ => Err(Problem::parameter("send exactly one of Status, Url and Twiml")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_change_is_taken() {
        assert_eq!(read(b"Status=completed"), Ok(Change::HangUp { only_before_answer: false }));
        assert_eq!(read(b"Status=canceled"), Ok(Change::HangUp { only_before_answer: true }));
        let document = Document::Inline("<Response/>".to_owned());
        assert_eq!(read(b"Twiml=%3CResponse%2F%3E"), Ok(Change::Redirect(document)));
        for body in ["", "Status=busy", "Status=completed&Twiml=x", "Url=http://a/b&Twiml=x", "State=completed"] {
            assert_eq!(read(body.as_bytes()).map_err(|problem| problem.code), Err(20_001), "{body}");
        }
    }
}
