//! Callbacks: who sent them, and what they say.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use voxgate_core::calls::{Happened, ProviderEvent};

use super::super::{WebhookError, WebhookRequest};
use super::signature::{Form, HEADER, Verifier, form};
use super::status::{Cause, answered_by, call_status};

/// Checks a callback and reads it.
pub(super) fn parse(verifier: &Verifier, request: &WebhookRequest<'_>) -> Result<Vec<ProviderEvent>, WebhookError> {
    let signature = signature(request.headers).ok_or(WebhookError::Unsigned)?;
    if !is_form(request.headers) {
        if !verifier.body_is_signed(request.url, request.body, signature) {
            return Err(WebhookError::Forged);
        }
        return Err(WebhookError::Malformed("it is no form".to_owned()));
    }
    let form = form(request.body);
    if !verifier.form_is_signed(request.url, &form, signature) {
        return Err(WebhookError::Forged);
    }
    events(&form)
}

/// The signature that a request carries.
pub(super) fn signature(headers: &HeaderMap) -> Option<&str> {
    headers.get(HEADER)?.to_str().ok()
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn events(form: &Form) -> Result<Vec<ProviderEvent>, WebhookError> {
    let field = |name: &str| form.get(name).and_then(|values| values.first()).map(String::as_str);
    let Some(id) = field("CallSid").filter(|id| !id.is_empty()) else {
        return Err(WebhookError::Malformed("it names no CallSid".to_owned()));
    };
    let sequence = field("SequenceNumber").and_then(|n| n.parse().ok());
    let event = |sequence, happened| ProviderEvent { provider_call_id: id.to_owned(), sequence, happened };
    let who = field("AnsweredBy").and_then(answered_by).map(|who| event(None, Happened::AnsweredBy(who)));
    let status = field("CallStatus").map(|raw| {
        let cause = Cause {
            sip: field("SipResponseCode").and_then(|n| n.parse().ok()),
            code: field("ErrorCode").and_then(|n| n.parse().ok()),
        };
        event(sequence, Happened::Status(call_status(raw, cause)))
    });
    Ok(who.into_iter().chain(status).collect())
}

#[cfg(test)]
mod tests {
    use voxgate_core::calls::{CallEnd, CallStatus};
    use voxgate_core::model::AnsweredBy;

    use super::*;

    fn read(body: &str) -> Result<Vec<ProviderEvent>, WebhookError> {
        events(&form(body.as_bytes()))
    }

    fn event(sequence: Option<u64>, happened: Happened) -> ProviderEvent {
        ProviderEvent { provider_call_id: "CA1".to_owned(), sequence, happened }
    }

    #[test]
    fn callbacks_are_read_whatever_else_they_carry() {
        let status = "CallSid=CA1&AccountSid=AC1&CallStatus=ringing&SequenceNumber=1&Weather=sunny&CallbackSource=call-progress-events";
        assert_eq!(read(status).unwrap(), [event(Some(1), Happened::Status(CallStatus::Ringing))]);
        let failed = "CallSid=CA1&CallStatus=busy&SequenceNumber=2&SipResponseCode=603";
        assert_eq!(read(failed).unwrap(), [event(Some(2), Happened::Status(CallStatus::Ended(CallEnd::Declined)))]);
        let detected = "CallSid=CA1&AccountSid=AC1&AnsweredBy=machine_end_beep&MachineDetectionDuration=4200";
        assert_eq!(read(detected).unwrap(), [event(None, Happened::AnsweredBy(AnsweredBy::Machine))]);
        assert_eq!(read("CallSid=CA1&AnsweredBy=machine_start").unwrap(), []);
        assert_eq!(read("CallSid=CA1&StreamEvent=stream-started").unwrap(), []);
    }

    #[test]
    fn a_callback_without_a_call_is_refused() {
        for body in ["CallStatus=ringing", "CallSid=&CallStatus=ringing", "", "%%%"] {
            assert!(matches!(read(body), Err(WebhookError::Malformed(_))), "{body:?}");
        }
    }
}
