//! Whole calls over real sockets: what a gateway meets when it dials the sandbox's numbers.

mod gateway;

use std::time::Duration;

use gateway::{Callback, Gateway};
use serde_json::json;
use voxgate_sandbox::{Config, Fault, FaultKind, Operation, Sandbox};

fn sandbox(config: Config) -> Sandbox {
    Sandbox::start(Config { calls_per_second: 100.0, ..config }).expect("the sandbox starts")
}

fn statuses(callbacks: &[Callback]) -> Vec<&str> {
    callbacks.iter().map(|callback| callback.get("CallStatus")).collect()
}

#[tokio::test]
async fn an_answered_call_talks_and_ends_with_signed_callbacks_in_order() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let sid = gateway.place("+12065550110", &[]).await;
    let mut media = gateway.stream().await;
    assert_eq!(media.start["start"]["callSid"], sid.as_str());
    assert_eq!(media.start["start"]["customParameters"], json!({"token": "t-1"}));
    media.prompt(1200, "greet").await;
    assert_eq!(media.next_of("mark").await.expect("an echo")["mark"]["name"], "greet");
    // The callee takes the quiet for the end of the question, and answers.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    media.prompt(1200, "again").await;
    assert_eq!(media.next_of("dtmf").await.expect("a key")["dtmf"]["digit"], "1");
    let (_, call) = gateway.get(&format!("Calls/{sid}.json")).await;
    assert_eq!(call["status"], "in-progress");
    media.close().await;
    let over = gateway.over(&sid).await;
    let callbacks = gateway.callbacks(&sid);
    assert_eq!(statuses(&callbacks), ["initiated", "ringing", "in-progress", "completed"]);
    assert!(callbacks.iter().all(|callback| callback.signed));
    let numbers: Vec<&str> = callbacks.iter().map(|callback| callback.get("SequenceNumber")).collect();
    assert_eq!(numbers, ["0", "1", "2", "3"]);
    assert!(over.get("CallDuration").parse::<u32>().expect("seconds") >= 1);
    let report = sandbox.shut_down();
    let call = &report.calls[0];
    assert_eq!((call.status.as_str(), call.persona.as_str(), call.prompts), ("completed", "reminder_confirms", 2));
    assert_eq!((call.marks, call.media_bytes, call.ran_dry), (2, 19_200, 0));
    assert_eq!((report.violations.len(), report.timings.start_to_media.count), (0, 1));
}

#[tokio::test]
async fn those_who_are_not_reached_say_why() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let (busy, away) =
        (gateway.place("+12065550115", &[]).await, gateway.place("+12065550116", &[("Timeout", "1")]).await);
    let (declined, none) = (gateway.place("+12065550122", &[]).await, gateway.place("+4930999999", &[]).await);
    for (sid, status, sip) in
        [(&busy, "busy", "486"), (&away, "no-answer", ""), (&declined, "busy", "603"), (&none, "failed", "404")]
    {
        let over = gateway.over(sid).await;
        assert_eq!((over.get("CallStatus"), over.get("SipResponseCode"), over.get("CallDuration")), (status, sip, "0"));
    }
    let (status, problem) = gateway.try_place("+12065550120", &[]).await.expect("an answer");
    assert_eq!((status, &problem["code"], &problem["status"]), (400, &json!(21_211), &json!(400)));
    assert_eq!(problem["more_info"], "https://www.twilio.com/docs/errors/21211");
}

#[tokio::test]
async fn a_voicemail_is_told_of_at_its_beep() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let verdict_url = gateway.verdict_url();
    let amd = [
        ("MachineDetection", "DetectMessageEnd"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", verdict_url.as_str()),
    ];
    let sid = gateway.place("+12065550117", &amd).await;
    let media = gateway.stream().await;
    let verdict = gateway.callback(&sid, |callback| !callback.get("AnsweredBy").is_empty()).await;
    assert_eq!((verdict.get("AnsweredBy"), verdict.signed), ("machine_end_beep", true));
    let after: u64 = verdict.get("MachineDetectionDuration").parse().expect("ms");
    assert!((8000..11_000).contains(&after), "{after} ms");
    media.close().await;
    gateway.over(&sid).await;
}

#[tokio::test]
async fn hanging_up_stops_the_stream_and_ends_the_call() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let sid = gateway.place("+12065550124", &[]).await;
    let mut media = gateway.stream().await;
    let completed = [("Status".to_owned(), "completed".to_owned())];
    let (status, _) = gateway.post(&format!("Calls/{sid}.json"), &completed).await.expect("an answer");
    assert_eq!(status, 200);
    let stop = media.next_of("stop").await.expect("a stop");
    assert_eq!(stop["stop"]["callSid"], sid.as_str());
    assert!(media.next().await.is_none(), "nothing comes after stop");
    assert_eq!(gateway.over(&sid).await.get("CallStatus"), "completed");
    let (status, problem) = gateway.post(&format!("Calls/{sid}.json"), &completed).await.expect("an answer");
    assert_eq!((status, &problem["code"]), (400, &json!(21_220)));
    let (_, list) = gateway.get("Calls.json?To=%2B12065550124&PageSize=5").await;
    assert_eq!(list["calls"][0]["sid"], sid.as_str());
}

#[tokio::test]
async fn callees_hang_up_refuse_the_media_and_drop_the_line() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let early = gateway.place("+12065550121", &[]).await;
    let mut media = gateway.stream().await;
    media.prompt(4000, "long").await;
    assert!(media.next_of("stop").await.is_some());
    assert_eq!(gateway.over(&early).await.get("CallStatus"), "completed");

    let refuses = gateway.place("+12065550125", &[]).await;
    gateway.over(&refuses).await;

    let drops = gateway.place("+12065550128", &[]).await;
    let mut media = gateway.stream().await;
    media.prompt(4000, "long").await;
    assert!(media.next_of("stop").await.is_none(), "the line broke without a word");
    gateway.over(&drops).await;
    let streams: Vec<u64> = sandbox.report().calls.iter().map(|call| call.streams).collect();
    assert_eq!(streams, [1, 0, 1]);
}

#[tokio::test]
async fn what_the_carrier_refuses_is_in_the_report() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let sid = gateway.place("+12065550124", &[]).await;
    let mut media = gateway.stream().await;
    media.send(json!({"event":"media","streamSid":"MZwrong","media":{"payload":""}})).await;
    media.send(json!({"event":"say","streamSid":media.sid.clone()})).await;
    media.send_binary().await;
    assert!(media.next_of("stop").await.is_none());
    gateway.over(&sid).await;
    gateway.try_place("+12065550124", &[("TimeOut", "3")]).await.expect("an answer");
    gateway.try_place("+12065550124", &[("Timeout", "3")]).await.expect("an answer");
    let codes: Vec<u32> = sandbox.report().violations.iter().map(|violation| violation.code).collect();
    assert_eq!(codes, [31_951, 31_924, 20_001]);
}

#[tokio::test]
async fn rest_faults_happen_as_ordered() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let order = |fault: Fault| {
        let url = format!("{}/sandbox/faults", sandbox.base_url());
        let request = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client").post(url);
        async move { assert_eq!(request.json(&fault).send().await.expect("an answer").status().as_u16(), 204) }
    };
    let calls = || sandbox.report().calls.len();
    order(Fault::times(FaultKind::RestDropBefore, 1)).await;
    assert!(gateway.try_place("+12065550115", &[]).await.is_err());
    assert_eq!(calls(), 0, "it was never looked at");
    order(Fault::times(FaultKind::RestDropAfter, 1)).await;
    assert!(gateway.try_place("+12065550115", &[]).await.is_err());
    assert_eq!(calls(), 1, "the call is placed, the answer lost");
    for (kind, status) in [(FaultKind::Rest429, 429), (FaultKind::RestStatus, 503), (FaultKind::RestHang, 503)] {
        order(Fault { ms: Some(50), ..Fault::times(kind, 1) }).await;
        assert_eq!(gateway.try_place("+12065550115", &[]).await.expect("an answer").0, status);
    }
    order(Fault { operation: Operation::List, ..Fault::times(FaultKind::RestStatus, 1) }).await;
    assert_eq!(gateway.get("Calls.json").await.0, 503);
    assert_eq!(gateway.get("Calls.json").await.1["calls"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn callback_faults_happen_as_ordered() {
    let run = async |kind: FaultKind| {
        let faults = vec![Fault::times(kind, 1)];
        let sandbox = sandbox(Config { faults, ..Config::default() });
        let gateway = Gateway::of(&sandbox).await;
        let sid = gateway.place("+12065550115", &[]).await;
        gateway.over(&sid).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let all = gateway.callbacks(&sid);
        all.iter().map(|callback| callback.get("SequenceNumber").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(run(FaultKind::CallbackDoubled).await, ["0", "0", "1", "2"]);
    assert_eq!(run(FaultKind::CallbackReordered).await, ["1", "0", "2"]);
    assert_eq!(run(FaultKind::CallbackLost).await, ["1", "2"]);
}

#[tokio::test]
async fn media_faults_reach_the_gateway() {
    let faults = vec![
        Fault { to: Some("+12065550124".to_owned()), ..Fault::times(FaultKind::MediaFlood, 1) },
        Fault::times(FaultKind::MediaDisorder, 1),
    ];
    let sandbox = sandbox(Config { faults, ..Config::default() });
    let gateway = Gateway::of(&sandbox).await;
    gateway.place("+12065550124", &[]).await;
    let mut media = gateway.stream().await;
    let (mut frames, mut last, mut back) = (0, 0_u64, 0);
    while frames < 700 {
        let message = media.next_of("media").await.expect("media");
        let number = message["sequenceNumber"].as_str().expect("text").parse().expect("a number");
        back += u32::from(number < last);
        last = number;
        frames += 1;
    }
    let report = sandbox.report();
    assert!(report.calls[0].frames_sent < 300, "500 of them came at once");
    assert_eq!((back, report.faults_pending), (1, 0));
}

#[tokio::test]
async fn a_document_may_be_fetched_and_replaced() {
    let sandbox = sandbox(Config::default());
    let gateway = Gateway::of(&sandbox).await;
    let document = gateway.document_url();
    let mut form = gateway.call_form("+12065550124", &[("Url", document.as_str())]);
    form.retain(|(name, _)| name != "Twiml");
    let (status, call) = gateway.post("Calls.json", &form).await.expect("an answer");
    assert_eq!(status, 201);
    let sid = call["sid"].as_str().expect("a sid");
    let mut media = gateway.stream().await;
    let twiml = [("Twiml".to_owned(), "<Response><Pause length=\"1\"/><Hangup/></Response>".to_owned())];
    let (status, call) = gateway.post(&format!("Calls/{sid}.json"), &twiml).await.expect("an answer");
    assert_eq!((status, &call["status"]), (200, &json!("in-progress")));
    assert!(media.next_of("stop").await.is_some(), "the stream ends for the new document");
    assert_eq!(gateway.over(sid).await.get("CallStatus"), "completed");
}

#[tokio::test]
async fn calls_beyond_the_rate_wait_in_the_queue() {
    let config = Config { calls_per_second: 1.0, concurrent_calls: Some(2), ..Config::default() };
    let sandbox = Sandbox::start(config).expect("the sandbox starts");
    let gateway = Gateway::of(&sandbox).await;
    gateway.place("+12065550115", &[]).await;
    let second = gateway.place("+12065550115", &[]).await;
    let (status, problem) = gateway.try_place("+12065550115", &[]).await.expect("an answer");
    assert_eq!((status, &problem["code"]), (400, &json!(10_004)));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (_, call) = gateway.get(&format!("Calls/{second}.json")).await;
    assert_eq!((&call["status"], &call["date_created"]), (&json!("queued"), &json!(null)));
    gateway.over(&second).await;
    let (_, call) = gateway.get(&format!("Calls/{second}.json")).await;
    let waited: u64 = call["queue_time"].as_str().expect("text").parse().expect("ms");
    assert!((500..1500).contains(&waited), "{waited} ms");
}

#[tokio::test]
async fn what_a_callee_says_and_hears_is_kept() {
    let folder = std::env::temp_dir().join(format!("voxgate-sandbox-keep-{}", std::process::id()));
    let sandbox = sandbox(Config { keep_heard: Some(folder.clone()), ..Config::default() });
    let gateway = Gateway::of(&sandbox).await;
    let sid = gateway.place("+12065550110", &[]).await;
    let mut media = gateway.stream().await;
    media.prompt(500, "greet").await;
    media.next_of("mark").await.expect("an echo");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    media.close().await;
    gateway.over(&sid).await;
    drop(sandbox);
    let mut reader = hound::WavReader::open(folder.join(format!("{sid}.wav"))).expect("a WAV file");
    let samples: Vec<i16> = reader.samples().collect::<Result<_, _>>().expect("whole");
    let loud = |side: usize| samples.iter().skip(side).step_by(2).filter(|sample| sample.abs() > 1000).count();
    assert_eq!((reader.spec().channels, reader.spec().sample_rate), (2, 8000));
    assert!(loud(0) > 200, "the callee's answer is on the left");
    assert!((3000..4100).contains(&loud(1)), "500 ms of prompt are on the right: {}", loud(1));
    std::fs::remove_dir_all(folder).expect("removed");
}
