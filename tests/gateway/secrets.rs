//! What must not be found where others read: in the log, in what `trace` prints, in answers to bad requests.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;
use voxgate::config::Telemetry;
use voxgate::telemetry;
use voxgate_sandbox::AUTH_TOKEN;
use voxgate_sandbox::signature::{HEADER, sign};

use crate::house::{House, order};

/// Nobody else in these tests is called by it. Digits alone: a body may have its + escaped.
const DIGITS: &str = "12065574321";

/// MODEL, invariant 7, row 000-30: a call from its order to its recording, and all that can be asked wrongly meanwhile.
#[tokio::test]
async fn no_secret_is_written_where_others_read() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path().join("logs.jsonl");
    let settings = Telemetry { file: log.clone(), log: "info,voxgate=trace".to_owned(), ..Telemetry::default() };
    telemetry::start(&settings).unwrap();
    let house = House::short().await;
    let number = format!("+{DIGITS}");
    let dialed = house.switchboard.expect(&number);
    let call = house.app.order(order(&number, "short")).await.unwrap();
    let dialed = dialed.await.unwrap();
    let attempt = house.app.store().attempts_of(&call.id).await.unwrap().remove(0).id.to_string();
    report(&house, &attempt, &dialed.call_sid).await;
    let mut answers = wrong_requests(&house, &attempt).await;
    dialed.stream().await.agree().await;
    house.app.settled(&call.id, |call| !call.state.is_waiting()).await.unwrap();
    // The media's secret is good for one use.
    let refused = dialed.stream().await.next().await;
    answers.extend(refused);
    let secrets = [AUTH_TOKEN.to_owned(), house.key(), dialed.token.clone()];
    for (what, text) in [("answers", answers.join("\n")), ("trace", trace(&house, &attempt).await), ("log", read(&log))]
    {
        assert!(!text.is_empty(), "{what}");
        for secret in &secrets {
            assert!(!text.contains(secret), "{what} has {secret}: {}", around(&text, secret));
        }
        // Below INFO numbers are for whoever asked for such lines.
        let shown: String = text.lines().filter(|line| !is_detail(line)).collect();
        assert!(!shown.contains(DIGITS), "{what} has the number: {}", around(&shown, DIGITS));
    }
    assert!(read(&log).contains(&attempt), "the log tells of the call");
    house.close(1).await;
}

/// The provider's callback, signed: its body is kept, and shown by `trace`.
async fn report(house: &House, attempt: &str, call_sid: &str) {
    let url = format!("{}/v1/webhooks/network/{attempt}", house.api());
    let form = [("CallSid", call_sid), ("CallStatus", "in-progress"), ("To", &format!("+{DIGITS}"))];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = house.client().post(&url).header(HEADER, sign(AUTH_TOKEN, &url, &form)).form(&form);
    assert!(request.send().await.unwrap().status().is_success());
}

/// What is said to requests that are wrong, secrets in them or not.
async fn wrong_requests(house: &House, attempt: &str) -> Vec<String> {
    let (client, api, to) = (house.client(), house.api(), format!("+{DIGITS}"));
    let stranger = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let order = |dialplan: &str| json!({"to": to, "dialplan": dialplan, "language": "xx", "variables": {"to": to}});
    let requests = [
        stranger.get(format!("{api}/v1/calls")).bearer_auth(format!("{}x", house.key())),
        stranger.post(format!("{api}/v1/webhooks/network/{attempt}")).body(format!("To=%2B{DIGITS}")),
        stranger
            .post(format!("{api}/v1/webhooks/network/{attempt}"))
            .header(HEADER, sign(AUTH_TOKEN, "https://elsewhere", &[]))
            .body(format!("To=%2B{DIGITS}")),
        client.post(format!("{api}/v1/calls")).json(&order("nothing")),
        client.post(format!("{api}/v1/calls")).json(&order("short")),
        client.post(format!("{api}/v1/calls")).json(&json!({"to": [to]})),
        client.post(format!("{api}/v1/dnc")).json(&json!({"number": format!("{to}0000000000")})),
        client.delete(format!("{api}/v1/dnc/{to}")),
        client.get(format!("{api}/v1/calls/call-0")),
        client.post(format!("{api}/v1/attempts/{attempt}/disposition")).json(&json!({"disposition": "reached"})),
    ];
    let mut answers = Vec::new();
    for request in requests {
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_client_error(), "{answer:?}");
        answers.push(format!("{:?}\n{}", answer.headers().clone(), answer.text().await.unwrap()));
    }
    answers
}

/// Both forms of what the command prints.
async fn trace(house: &House, attempt: &str) -> String {
    let mut printed = String::new();
    for form in [None, Some("--json")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voxgate"));
        command.args(["trace", attempt, "--server", &house.api()]).args(form).env("VOXGATE_KEY", house.key());
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
        printed.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    assert!(printed.contains("provider_event"), "{printed}");
    printed
}

fn is_detail(line: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    matches!(line["level"].as_str(), Some("DEBUG" | "TRACE"))
}

fn around<'a>(text: &'a str, found: &str) -> &'a str {
    text.lines().find(|line| line.contains(found)).unwrap_or(text)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
