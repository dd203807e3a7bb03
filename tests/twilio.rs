//! What the provider `twilio` sends, to the letter.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[expect(dead_code, reason = "each test binary uses a part of the carrier")]
mod carrier;

use std::time::Duration;

use carrier::{ACCOUNT, Answer, CALL, Carrier, call, error};
use voxgate::providers::{self, DialError, DialRequest, LostDial, RequestError};
use voxgate_core::calls::DialFailure;
use voxgate_core::model::FailureCode;

fn request() -> DialRequest {
    DialRequest {
        to: "+12065550110".parse().unwrap(),
        callback_url: "https://gw.example.com/v1/webhooks/line/a-1".to_owned(),
        media_url: "wss://gw.example.com/media/twilio/n1".to_owned(),
        call_ref: "a-1".to_owned(),
        secret: "one-time".to_owned(),
        ring_timeout: Duration::from_secs(25),
        max_duration: Duration::from_secs(600),
    }
}

/// Rows 002-26 and 002-63: caller id, ring timeout, callbacks, the document and machine detection are all in the dial.
#[tokio::test]
async fn a_dial_has_every_field_that_the_carrier_needs() {
    let carrier = Carrier::start().await;
    let provider = providers::provider(&carrier.section()).unwrap();
    carrier.will(Answer::Http(201, "", call("queued")));
    provider.dial(&request()).await.unwrap();
    let seen = &carrier.seen()[0];
    assert_eq!(seen.line, format!("POST /2010-04-01/Accounts/{ACCOUNT}/Calls.json HTTP/1.1"));
    assert_eq!(seen.authorization, "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMToxMjM0NQ==");
    let callback = "https://gw.example.com/v1/webhooks/line/a-1";
    let expected = [
        ("To", "+12065550110"),
        ("From", "+12065550100"),
        ("Timeout", "25"),
        ("TimeLimit", "600"),
        ("MachineDetection", "DetectMessageEnd"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", callback),
        ("StatusCallback", callback),
    ];
    for (name, value) in expected {
        assert_eq!(seen.values(name), [value], "{name}");
    }
    assert_eq!(seen.values("StatusCallbackEvent"), ["initiated", "ringing", "answered", "completed"]);
    let document = seen.values("Twiml")[0];
    assert!(document.contains("<Connect><Stream url=\"wss://gw.example.com/media/twilio/n1\">"), "{document}");
    assert!(document.contains("<Parameter name=\"token\" value=\"one-time\"/>"), "{document}");
    assert!(seen.values("Url").is_empty());
}

#[tokio::test]
async fn hanging_up_and_looking_for_a_call_say_what_they_mean() {
    let carrier = Carrier::start().await;
    let provider = providers::provider(&carrier.section()).unwrap();
    carrier.will(Answer::Http(200, "", call("canceled")));
    provider.hang_up(CALL, false).await.unwrap();
    carrier.will(Answer::Http(200, "", call("completed")));
    provider.hang_up(CALL, true).await.unwrap();
    let listed = |created: &str, direction: &str| {
        format!(
            r#"{{"sid":"{created}","status":"ringing","direction":"{direction}","date_created":"Sun, 06 Nov 1994 {created} +0000"}}"#
        )
    };
    let page = [
        listed("08:49:00", "outbound-api"),
        listed("08:49:36", "outbound-api"),
        listed("08:49:37", "inbound"),
        call("queued"),
    ];
    carrier.will(Answer::Http(200, "", format!(r#"{{"calls":[{}]}}"#, page.join(","))));
    // 08:49:37 of that day.
    let lost = LostDial { to: request().to, sent_unix_ms: 784_111_777_000 };
    let found: Vec<_> = provider.find(&lost).await.unwrap().what.into_iter().map(|c| c.provider_call_id).collect();
    assert_eq!(found, ["08:49:36", CALL]);
    let seen = carrier.seen();
    assert_eq!((seen[0].values("Status"), seen[1].values("Status")), (vec!["canceled"], vec!["completed"]));
    assert_eq!(
        seen[2].line,
        format!(
            "GET /2010-04-01/Accounts/{ACCOUNT}/Calls.json?To=%2B12065550110&From=%2B12065550100&PageSize=20 HTTP/1.1"
        )
    );
}

/// A dial may be repeated only where it provably was not taken.
#[tokio::test]
async fn only_what_was_provably_not_taken_may_be_dialed_again() {
    let carrier = Carrier::start().await;
    let provider = providers::provider(&carrier.section()).unwrap();
    let table = [
        (
            Answer::Http(429, "retry-after: 2\r\n", error(20429, 429)),
            DialFailure::RateLimited { retry_after: Some(seconds(2)) },
        ),
        (Answer::Http(400, "", error(10004, 400)), DialFailure::RateLimited { retry_after: None }),
        (Answer::Http(400, "", error(21211, 400)), DialFailure::Refused(FailureCode::InvalidNumber)),
        (Answer::Http(401, "", error(20003, 401)), DialFailure::Refused(FailureCode::ProviderAccount)),
        (Answer::Http(400, "", "not json".to_owned()), DialFailure::Refused(FailureCode::ProviderRejected)),
        (Answer::Http(500, "", String::new()), DialFailure::Unknown),
        (Answer::Http(408, "", String::new()), DialFailure::Unknown),
        (Answer::Http(302, "location: /elsewhere\r\n", String::new()), DialFailure::Unknown),
        (Answer::Http(201, "", "{\"sid\":".to_owned()), DialFailure::Unknown),
        (Answer::Http(201, "", "x".repeat(300 * 1024)), DialFailure::Unknown),
        (Answer::Drop, DialFailure::Unknown),
    ];
    for (answer, expected) in table {
        carrier.will(answer);
        assert_eq!(provider.dial(&request()).await.unwrap_err().failure(), expected);
    }
    let mut section = carrier.section();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    section.base_url = Some(format!("http://{free}").parse().unwrap());
    let nowhere = providers::provider(&section).unwrap();
    assert!(matches!(nowhere.dial(&request()).await, Err(DialError::NotSent(_))));
    let bad_media = DialRequest { media_url: "https://x".to_owned(), ..request() };
    assert!(matches!(provider.dial(&bad_media).await, Err(DialError::Impossible(_))));
}

/// Row 000-30: a failure tells status and code, and never the secret.
#[tokio::test]
async fn failures_tell_everything_but_the_secret() {
    let carrier = Carrier::start().await;
    let provider = providers::provider(&carrier.section()).unwrap();
    carrier.will(Answer::Http(401, "", error(20003, 401)));
    let told = provider.dial(&request()).await.unwrap_err().to_string();
    assert!(told.contains("HTTP 401, code 20003: no"), "{told}");
    carrier.will(Answer::Drop);
    let Err(RequestError::Lost(lost)) = provider.status(CALL).await else { panic!("an answer") };
    assert!(!lost.contains(ACCOUNT) && !lost.contains(carrier::TOKEN), "{lost}");
}

/// The real service is the default, and building its client touches no network.
#[tokio::test]
async fn an_account_at_the_real_service_is_built_without_it() {
    let mut section = Carrier::start().await.section();
    section.base_url = None;
    assert!(providers::provider(&section).is_ok());
    section.from = None;
    assert_eq!(providers::provider(&section).unwrap_err().to_string(), "from: is missing");
}

fn seconds(s: u64) -> voxgate_core::time::Micros {
    voxgate_core::time::Micros::from_secs(s)
}
