//! Peers of the media listener that are not what they should be. Row X-01.

use std::pin::Pin;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use voxgate::calls::AttemptRecord;
use voxgate_core::model::{Disposition, FailureCode};
use voxgate_sandbox::AUTH_TOKEN;
use voxgate_sandbox::signature::{sign, sign_handshake};

use crate::house::House;
use crate::peer::{Dialed, Peer};

type Acting = Pin<Box<dyn Future<Output = ()>>>;

/// What a call with such a peer comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// To its normal end.
    Confirmed,
    Failed(FailureCode),
}

/// One peer: what it is, what becomes of its call, what it does.
struct Case {
    what: &'static str,
    end: End,
    act: fn(Dialed) -> Acting,
}

const fn case(what: &'static str, end: End, act: fn(Dialed) -> Acting) -> Case {
    Case { what, end, act }
}

const MEDIA_FAILED: End = End::Failed(FailureCode::MediaFailed);

/// Runs all cases at once in one gateway with one media worker, and a call that must not notice any of it.
async fn side_by_side(dialplan: &str, cases: &[Case]) {
    let house = House::short().await;
    let calls = cases.iter().enumerate().map(|(k, case)| {
        let (house, to) = (&house, number(k));
        async move { house.answered(&to, dialplan, case.act).await }
    });
    let (bystander, records) = tokio::join!(house.call("+12065550134", "short"), join_all(calls));
    assert_eq!(end(&bystander), End::Confirmed, "another call: {bystander:?}");
    for (case, record) in cases.iter().zip(&records) {
        assert_eq!(end(record), case.end, "{}: {record:?}", case.what);
    }
    let left = house.close(cases.len() + 1).await;
    for (k, record) in records.iter().enumerate() {
        assert_eq!(left.outcome(&number(k)), record);
    }
    assert_eq!(left.report.violations, [], "the network complains of the other call");
    assert_eq!(left.report.calls[0].ran_dry, 0, "the other call ran dry");
}

fn number(k: usize) -> String {
    format!("+1206557{k:04}")
}

fn end(record: &AttemptRecord) -> End {
    match (record.disposition, record.failure_code) {
        (Disposition::Completed, None) => End::Confirmed,
        (_, Some(code)) => End::Failed(code),
        other => panic!("{other:?}"),
    }
}

/// Rows X-01, 002-14: whoever is not the call that was dialed is turned away, and the call itself still comes through,
/// unless its one-time secret was spent on a lie.
#[tokio::test]
async fn handshakes_and_introductions_that_are_wrong_are_turned_away() {
    side_by_side(
        "short",
        &[
            case("another path", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let url = dialed.url.replace("/media/twilio/", "/media/other/");
                    assert_eq!(dialed.refusal(&url, Some(&sign_handshake(AUTH_TOKEN, &url))).await, 404);
                    dialed.stream().await.agree().await;
                })
            }),
            case("no signature", End::Confirmed, |dialed| {
                Box::pin(async move {
                    assert_eq!(dialed.refusal(&dialed.url, None).await, 403);
                    dialed.stream().await.agree().await;
                })
            }),
            case("signatures that are forged, of another address, or no base64", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let forged = sign_handshake("a guess", &dialed.url);
                    let elsewhere = sign(AUTH_TOKEN, "wss://example.com/media/twilio/local", &[]);
                    for signature in [&*forged, &*elsewhere, "%%%", ""] {
                        assert_eq!(dialed.refusal(&dialed.url, Some(signature)).await, 403, "{signature}");
                    }
                    dialed.stream().await.agree().await;
                })
            }),
            case("a secret that nobody gave out", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let mut stranger = dialed.connect().await;
                    stranger.text(&dialed.start(&dialed.call_sid, "a-guess")).await;
                    assert_eq!(stranger.next().await, None);
                    dialed.stream().await.agree().await;
                })
            }),
            case("a secret that is used again", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let mut first = dialed.stream().await;
                    first.first_audio().await;
                    assert_eq!(dialed.stream().await.next().await, None, "the second is let in");
                    first.agree().await;
                })
            }),
            case("another call's id", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut liar = dialed.connect().await;
                    liar.text(&dialed.start("CA99999999999999999999999999999999", &dialed.token)).await;
                    assert_eq!(liar.next().await, None);
                })
            }),
            case("no start", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut silent = dialed.connect().await;
                    let closed = timeout(Duration::from_millis(3_000), silent.next()).await;
                    assert_eq!(closed, Ok(None), "it is still let in after 3 s");
                })
            }),
            case("no handshake", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let address = dialed.url.split('/').nth(2).unwrap().to_owned();
                    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
                    tokio::io::AsyncWriteExt::write_all(&mut socket, &[0x16; 300]).await.unwrap();
                    let mut rest = Vec::new();
                    // Whether it is answered or cut off: it ends.
                    let ended = tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut rest);
                    timeout(Duration::from_secs(7), ended).await.unwrap().ok();
                })
            }),
            case("start before connected", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.connect().await;
                    peer.text(&dialed.start(&dialed.call_sid, &dialed.token)).await;
                    peer.text(r#"{"event":"connected"}"#).await;
                    peer.agree().await;
                })
            }),
            case("media before start", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.connect().await;
                    peer.frame().await;
                    assert_eq!(peer.next().await, None);
                })
            }),
        ],
    )
    .await;
}

/// Row X-01: what a carrier might do by accident is borne, what breaks the protocol ends that session alone.
#[tokio::test]
async fn messages_that_are_wrong_end_their_own_session_at_most() {
    side_by_side(
        "short",
        &[
            case("a little garbage", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    for text in ["", "{", "null", r#"{"event":7}"#, r#"{"event":"media","media":{}}"#] {
                        peer.text(text).await;
                    }
                    peer.agree().await;
                })
            }),
            case("nothing but garbage", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    for k in 0..20 {
                        peer.text(&format!("garbage {k}")).await;
                    }
                    peer.listen().await;
                })
            }),
            case("binary", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    peer.first_audio().await;
                    peer.binary().await;
                    peer.listen().await;
                })
            }),
            case("a message of 100 KB", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    peer.text(&format!(r#"{{"event":"media","media":{{"payload":"{}"}}}}"#, "A".repeat(100_000))).await;
                    peer.listen().await;
                })
            }),
            case("disorder, doubles, other tracks, unknown events", End::Confirmed, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    for (sequence, at_ms, track) in [
                        (3, 40, "inbound"),
                        (2, 20, "inbound"),
                        (3, 40, "inbound"),
                        (4, 60, "outbound"),
                        (5, 80_000, "inbound"),
                    ] {
                        let message = peer.media(sequence, at_ms, track);
                        peer.text(&message).await;
                    }
                    peer.text(r#"{"event":"weather","sun":true}"#).await;
                    peer.text(r#"{"event":"mark","mark":{"name":"none of yours"}}"#).await;
                    peer.text(&dialed.start(&dialed.call_sid, &dialed.token)).await;
                    peer.agree().await;
                })
            }),
            case("a flood of audio", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    flood(&mut peer, Message::text(r#"{"event":"media","media":{"timestamp":"0","payload":"/w=="}}"#))
                        .await;
                })
            }),
            case("a flood of pings", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    flood(&mut peer, Message::Ping(Bytes::new())).await;
                })
            }),
            case("the socket is dropped in the middle", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    dialed.stream().await.first_audio().await;
                })
            }),
        ],
    )
    .await;
}

/// As fast as it is taken, until it is not.
async fn flood(peer: &mut Peer, message: Message) {
    peer.first_audio().await;
    for _ in 0..5_000 {
        peer.send(message.clone()).await;
    }
    timeout(Duration::from_secs(10), peer.listen()).await.expect("a flood goes on for ever");
}

/// Row X-01: a peer that stops in either direction ends its own session.
#[tokio::test]
async fn peers_that_stall_end_their_own_session() {
    side_by_side(
        "long",
        &[
            case("it never reads", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    let mut pace = tokio::time::interval(Duration::from_millis(20));
                    // Its own audio goes on: only ours is not taken.
                    for _ in 0..700 {
                        pace.tick().await;
                        peer.frame().await;
                    }
                })
            }),
            case("it never sends", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let mut peer = dialed.stream().await;
                    while peer.next().await.is_some() {}
                })
            }),
            case("it never does anything", MEDIA_FAILED, |dialed| {
                Box::pin(async move {
                    let peer = dialed.stream().await;
                    tokio::time::sleep(Duration::from_secs(14)).await;
                    drop(peer);
                })
            }),
        ],
    )
    .await;
}
