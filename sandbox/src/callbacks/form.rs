//! The forms of callbacks, field for field as the carrier's.

use crate::calendar;
use crate::clock::Clock;
use crate::network::call::{Call, Status};
use crate::network::order::Progress;

/// Names and values in the order of writing.
pub(crate) type Form = Vec<(String, String)>;

/// Fields that every request about a call carries.
pub(crate) fn common(account_sid: &str, call: &Call, status: &str) -> Form {
    let (to, from) = (&call.order.to, &call.order.from);
    [
        ("CallSid", call.sid.as_str()),
        ("AccountSid", account_sid),
        ("From", from),
        ("To", to),
        ("Caller", from),
        ("Called", to),
        ("CallStatus", status),
        ("ApiVersion", "2010-04-01"),
        ("Direction", "outbound-api"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// A status callback.
pub(crate) fn progress(account_sid: &str, call: &Call, step: Progress, sequence: u32, clock: &Clock) -> Form {
    let status = match step {
        Progress::Initiated => Status::Initiated,
        Progress::Ringing => Status::Ringing,
        Progress::Answered => Status::InProgress,
        Progress::Completed => call.status(),
    };
    let mut form = common(account_sid, call, status.name());
    let mut add = |name: &str, value: String| form.push((name.to_owned(), value));
    add("Timestamp", calendar::rfc2822(clock.unix_ms(call.updated)));
    add("CallbackSource", "call-progress-events".to_owned());
    add("SequenceNumber", sequence.to_string());
    if step == Progress::Completed {
        let seconds = call.duration_s();
        add("CallDuration", seconds.to_string());
        add("Duration", seconds.div_ceil(60).to_string());
        if let Some(code) = call.sip_code {
            add("SipResponseCode", code.to_string());
        }
    }
    form
}

/// The verdict of asynchronous answering-machine detection.
pub(crate) fn verdict(account_sid: &str, call: &Call, answered_by: &str, after_ms: u128) -> Form {
    [
        ("CallSid", call.sid.clone()),
        ("AccountSid", account_sid.to_owned()),
        ("AnsweredBy", answered_by.to_owned()),
        ("MachineDetectionDuration", after_ms.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
