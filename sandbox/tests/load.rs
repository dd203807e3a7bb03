//! What the callees themselves cost: many of them against a server that talks to each, in one process.
//!
//! A measurement: `cargo test -p voxgate-sandbox --release --features measure --test load -- --nocapture`

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use voxgate_sandbox::{Config, Sandbox, bare};

const CALLS: usize = 300;
const SECONDS: u64 = 30;

/// CPU time of the threads of this process that bear a name, in seconds.
fn cpu_of(thread: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux");
    let mut ticks = 0;
    for task in tasks.flatten() {
        let text = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        let Some((name, rest)) = text.rsplit_once(')') else { continue };
        if name.ends_with(thread) {
            let field =
                |n: usize| rest.split_whitespace().nth(n).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
            ticks += field(11) + field(12);
        }
    }
    ticks as f64 / 100.0
}

/// Talks to one callee: prompts of 2 s in frames of 20 ms with a lead of 60 ms, a mark behind each, 1.5 s between them.
async fn talk(tcp: TcpStream) {
    tcp.set_nodelay(true).expect("nodelay");
    let Ok(mut socket) = tokio_tungstenite::accept_async(tcp).await else { return };
    let (mut sid, mut frame) = (String::new(), 0_u32);
    let payload = STANDARD.encode([0x20_u8; 160]);
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        if sid.is_empty() {
            let value: Value = serde_json::from_str(&text).expect("JSON");
            sid = value["streamSid"].as_str().unwrap_or_default().to_owned();
            continue;
        }
        if !text.contains("\"event\":\"media\"") {
            continue;
        }
        let count = match frame % 175 {
            0 => 4,
            1..97 => 1,
            _ => 0,
        };
        for _ in 0..count {
            let media = json!({"event":"media","streamSid":sid,"media":{"payload":payload}}).to_string();
            let _ = socket.feed(Message::text(media)).await;
        }
        if frame % 175 == 97 {
            let mark = json!({"event":"mark","streamSid":sid,"mark":{"name":"m"}}).to_string();
            let _ = socket.feed(Message::text(mark)).await;
        }
        let _ = socket.flush().await;
        frame += 1;
    }
}

fn serve() -> std::net::SocketAddr {
    let (sender, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            sender.send(listener.local_addr().expect("an address")).expect("the test waits");
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(talk(tcp));
            }
        });
    });
    address.recv().expect("the server starts")
}

#[tokio::test]
async fn callees_by_the_hundred() {
    let server = serve();
    let sandbox = Sandbox::start(Config { calls_per_second: 200.0, ..Config::default() }).expect("it starts");
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let twiml = format!("<Response><Connect><Stream url=\"ws://{server}/m\"/></Connect></Response>");
    for n in 0..CALLS {
        let to = format!("+1206556{n:04}");
        let form = [("To", to.as_str()), ("From", "+12065550100"), ("Twiml", twiml.as_str())];
        let url = format!("{}/2010-04-01/Accounts/{}/Calls.json", sandbox.base_url(), sandbox.account_sid());
        let request = http.post(url).basic_auth(sandbox.account_sid(), Some(sandbox.auth_token())).form(&form);
        assert_eq!(request.send().await.expect("an answer").status().as_u16(), 201);
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    let before = cpu_of("voxgate-sandbox");
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    let cores = (cpu_of("voxgate-sandbox") - before) / SECONDS as f64;
    let report = sandbox.shut_down();
    let sum = |field: fn(&voxgate_sandbox::report::CallReport) -> u64| report.calls.iter().map(field).sum::<u64>();
    println!("{CALLS} callees: {cores:.3} cores, {:.2} ms of CPU per session-second", cores * 1000.0 / CALLS as f64);
    println!("prompts {}, ran dry {}, dropped {}", sum(|c| c.prompts), sum(|c| c.ran_dry), sum(|c| c.frames_dropped));
    println!("own lateness {:?}", report.own_lateness);
    assert_eq!(report.violations_total, 0);
    assert_eq!(sum(|call| call.streams), CALLS as u64);
}

#[test]
fn bare_sockets_by_the_hundred() {
    let server = serve();
    let report = bare::drive(&format!("ws://{server}/m"), 300, 10).expect("it runs");
    println!("{report:?}");
    assert_eq!((report.opened, report.failed, report.ended_early), (300, 0, 0));
    assert!(report.frames_sent >= 300 * 500, "{} frames", report.frames_sent);
}
