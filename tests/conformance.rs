//! One suite for every kind of provider. A kind that is registered and has no counterpart here fails the build.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[expect(dead_code, reason = "each test binary uses a part of the carrier")]
mod carrier;

use std::time::Duration;

use carrier::{Answer, CALL, Carrier, call, encode, error, sign};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use voxgate::providers::{
    self, DialError, DialRequest, LostDial, Provider, RequestError, WebhookError, WebhookRequest,
};
use voxgate_core::calls::{CallEnd, CallStatus, Happened};
use voxgate_core::model::FailureCode;

/// What the far end of a kind does next, in words that every kind knows.
enum Next {
    Accepts,
    IsRinging,
    IsOver,
    KnowsNoSuchCall,
    RefusesTheNumber,
    IsBusy,
    BreaksDown,
    Vanishes,
    Lists,
}

/// The far end of one kind.
struct Counterpart {
    carrier: Carrier,
    answer: fn(Next) -> Answer,
    /// Headers and body of a signed callback to this address that says "ringing".
    callback: fn(&str) -> (HeaderMap, Vec<u8>),
    handshake: fn(&str) -> HeaderMap,
}

async fn counterpart(kind: &str) -> Counterpart {
    match kind {
        "twilio" => Counterpart {
            carrier: Carrier::start().await,
            answer: twilio_answer,
            callback: twilio_callback,
            handshake: |url| signed(url, &[]),
        },
        other => panic!("the kind \"{other}\" is registered and has no counterpart in this suite"),
    }
}

fn twilio_answer(next: Next) -> Answer {
    match next {
        Next::Accepts => Answer::Http(201, "", call("queued")),
        Next::IsRinging => Answer::Http(200, "", call("ringing")),
        Next::IsOver => Answer::Http(200, "", call("completed")),
        Next::KnowsNoSuchCall => Answer::Http(404, "", error(20404, 404)),
        Next::RefusesTheNumber => Answer::Http(400, "", error(21211, 400)),
        Next::IsBusy => Answer::Http(429, "retry-after: 7\r\n", error(20429, 429)),
        Next::BreaksDown => Answer::Http(503, "", "<html>".to_owned()),
        Next::Vanishes => Answer::Drop,
        Next::Lists => Answer::Http(200, "", format!(r#"{{"calls":[{}],"page_size":20}}"#, call("ringing"))),
    }
}

fn signed(url: &str, form: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-twilio-signature", sign(url, form).parse().unwrap());
    headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
    headers
}

fn twilio_callback(url: &str) -> (HeaderMap, Vec<u8>) {
    let form = [("CallSid", CALL), ("CallStatus", "ringing"), ("SequenceNumber", "1"), ("To", "+12065550110")];
    (signed(url, &form), encode(&form).into_bytes())
}

fn request() -> DialRequest {
    DialRequest {
        to: "+12065550110".parse().unwrap(),
        callback_url: "https://gw.example.com/v1/webhooks/line/a-1".to_owned(),
        media_url: "wss://gw.example.com/media/x/n1".to_owned(),
        call_ref: "a-1".to_owned(),
        secret: "one-time".to_owned(),
        ring_timeout: Duration::from_secs(25),
        max_duration: Duration::from_secs(600),
    }
}

/// Rows 000-13, 15, 16, 002-16: every registered kind dials, tells the status of running, ended and unknown calls, hangs up,
/// and tells its own callbacks from forged ones.
#[tokio::test]
async fn every_kind_conforms() {
    for kind in providers::kinds() {
        let far = counterpart(kind).await;
        let provider = providers::provider(&far.carrier.section()).unwrap();
        dials(provider.as_ref(), &far).await;
        tells_the_status(provider.as_ref(), &far).await;
        hangs_up(provider.as_ref(), &far).await;
        finds_lost_calls(provider.as_ref(), &far).await;
        in_its_own_words(provider.as_ref(), &far).await;
        checks_callbacks(provider.as_ref(), &far);
        checks_handshakes(provider.as_ref(), &far);
        assert!(!provider.capabilities().dialect.is_empty());
    }
}

/// Row 000-08: what is kept of an answer is the provider's own word.
async fn in_its_own_words(provider: &dyn Provider, far: &Counterpart) {
    far.carrier.will((far.answer)(Next::Accepts));
    assert_eq!(provider.dial(&request()).await.unwrap().raw, "queued");
    far.carrier.will((far.answer)(Next::IsRinging));
    assert_eq!(provider.status(CALL).await.unwrap().raw, "ringing");
}

async fn dials(provider: &dyn Provider, far: &Counterpart) {
    let after = async |next| {
        far.carrier.will((far.answer)(next));
        provider.dial(&request()).await.map(|told| told.what)
    };
    let accepted = after(Next::Accepts).await.unwrap();
    assert_eq!((accepted.provider_call_id.as_str(), accepted.status), (CALL, CallStatus::Queued));
    assert!(matches!(
        after(Next::RefusesTheNumber).await,
        Err(DialError::Refused { code: FailureCode::InvalidNumber, .. })
    ));
    assert_eq!(after(Next::IsBusy).await, Err(DialError::RateLimited { retry_after: Some(Duration::from_secs(7)) }));
    assert!(matches!(after(Next::BreaksDown).await, Err(DialError::Unknown(_))));
    assert!(matches!(after(Next::Vanishes).await, Err(DialError::Unknown(_))));
    assert_eq!(far.carrier.seen().len(), 5, "a provider repeats nothing by itself");
}

async fn tells_the_status(provider: &dyn Provider, far: &Counterpart) {
    let after = async |next| {
        far.carrier.will((far.answer)(next));
        provider.status(CALL).await.map(|told| told.what)
    };
    assert_eq!(after(Next::IsRinging).await, Ok(CallStatus::Ringing));
    assert_eq!(after(Next::IsOver).await, Ok(CallStatus::Ended(CallEnd::Completed)));
    assert_eq!(after(Next::KnowsNoSuchCall).await, Err(RequestError::UnknownCall));
    assert!(matches!(after(Next::BreaksDown).await, Err(RequestError::Refused { .. })));
    assert!(matches!(after(Next::Vanishes).await, Err(RequestError::Lost(_))));
}

async fn hangs_up(provider: &dyn Provider, far: &Counterpart) {
    far.carrier.will((far.answer)(Next::IsOver));
    let told = provider.hang_up(CALL, true).await.unwrap();
    assert_eq!(told.what, CallStatus::Ended(CallEnd::Completed));
    assert!(!told.raw.is_empty() && told.http_status == 200, "the provider's own words are kept: {told:?}");
    far.carrier.will((far.answer)(Next::KnowsNoSuchCall));
    assert_eq!(provider.hang_up(CALL, true).await, Err(RequestError::UnknownCall));
}

async fn finds_lost_calls(provider: &dyn Provider, far: &Counterpart) {
    far.carrier.will((far.answer)(Next::Lists));
    let lost = LostDial { to: request().to, sent_unix_ms: 0 };
    let found = provider.find(&lost).await.unwrap().what;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].provider_call_id.as_str(), &found[0].status), (CALL, &CallStatus::Ringing));
}

fn checks_callbacks(provider: &dyn Provider, far: &Counterpart) {
    let url = request().callback_url;
    let (headers, body) = (far.callback)(&url);
    let read =
        |url: &str, headers: &HeaderMap, body: &[u8]| provider.parse_webhook(&WebhookRequest { url, headers, body });
    let events = read(&url, &headers, &body).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].happened, Happened::Status(CallStatus::Ringing));
    assert_eq!(read(&url.replace("a-1", "a-2"), &headers, &body), Err(WebhookError::Forged));
    assert_eq!(read(&url, &headers, &[&body[..], b"&x=1"].concat()), Err(WebhookError::Forged));
    assert_eq!(read(&url, &HeaderMap::new(), &body), Err(WebhookError::Unsigned));
}

fn checks_handshakes(provider: &dyn Provider, far: &Counterpart) {
    let url = "wss://gw.example.com/media/x/n1";
    assert!(provider.check_handshake(url, &(far.handshake)(url)));
    assert!(!provider.check_handshake(&url.replace("wss", "https"), &(far.handshake)(url)));
    assert!(!provider.check_handshake(url, &HeaderMap::new()));
}
