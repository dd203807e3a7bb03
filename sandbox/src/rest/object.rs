//! The call object: every value a string or null, as the carrier writes it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::calendar;
use crate::clock::Clock;
use crate::network::call::{Call, Status};

const SUBRESOURCES: [(&str, &str); 9] = [
    ("notifications", "Notifications"),
    ("recordings", "Recordings"),
    ("payments", "Payments"),
    ("events", "Events"),
    ("siprec", "Siprec"),
    ("streams", "Streams"),
    ("transcriptions", "Transcriptions"),
    ("user_defined_message_subscriptions", "UserDefinedMessageSubscriptions"),
    ("user_defined_messages", "UserDefinedMessages"),
];

/// The path of an account's calls.
pub(super) fn calls_path(account_sid: &str) -> String {
    format!("/2010-04-01/Accounts/{account_sid}/Calls")
}

/// One call as JSON.
pub(super) fn call_object(account_sid: &str, call: &Call, clock: &Clock) -> Value {
    let date = |at: Option<Duration>| at.map(|at| calendar::rfc2822(clock.unix_ms(at)));
    let base = format!("{}/{}", calls_path(account_sid), call.sid);
    let subresources: serde_json::Map<String, Value> =
        SUBRESOURCES.iter().map(|(key, name)| ((*key).to_owned(), json!(format!("{base}/{name}.json")))).collect();
    let status = call.status();
    // The carrier has no date for a call that has just been taken in.
    let dated = (status != Status::Queued).then_some(call.created);
    let waited = call.started.map_or(0, |started| started.saturating_sub(call.created).as_millis());
    json!({
        "sid": call.sid,
        "account_sid": account_sid,
        "parent_call_sid": null,
        "to": call.order.to,
        "to_formatted": formatted(&call.order.to),
        "from": call.order.from,
        "from_formatted": formatted(&call.order.from),
        "phone_number_sid": null,
        "status": status.name(),
        "start_time": date(call.started),
        "end_time": date(call.ended),
        "date_created": date(dated),
        "date_updated": date(dated.map(|_| call.updated)),
        "duration": status.is_final().then(|| call.duration_s().to_string()),
        "price": null,
        "price_unit": "USD",
        "direction": "outbound-api",
        "answered_by": call.answered_by,
        "api_version": "2010-04-01",
        "forwarded_from": null,
        "group_sid": null,
        "caller_name": null,
        "queue_time": waited.to_string(),
        "trunk_sid": null,
        "annotation": null,
        "uri": format!("{base}.json"),
        "subresource_uris": subresources,
    })
}

/// `(206) 555-0110` for a North American number; others stay as they are.
fn formatted(number: &str) -> String {
    match number.strip_prefix("+1").filter(|digits| digits.len() == 10) {
        Some(digits) => format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..]),
        None => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_as_people_write_them() {
        assert_eq!(formatted("+12065550110"), "(206) 555-0110");
        assert_eq!(formatted("+4930123456"), "+4930123456");
    }
}
