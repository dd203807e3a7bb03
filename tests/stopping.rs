//! A gateway that is stopped stops, whatever its peers do.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use voxgate::app::App;
use voxgate::config::{Config, Provider, Secret};

fn config(folder: &std::path::Path) -> Config {
    let mut config = Config::default();
    config.server.bind.set_port(0);
    config.media.bind.set_port(0);
    config.store.dir = folder.to_owned();
    config.recordings.dir = folder.join("recordings");
    config.speech.cache_dir = folder.join("speech");
    config.speech.stt = "none".to_owned();
    config.speech.tts = "none".to_owned();
    config.calls.provider = Some("line".to_owned());
    let line = Provider {
        kind: "twilio".to_owned(),
        base_url: Some("http://127.0.0.1:9".parse().unwrap()),
        account_sid: Some("AC01".to_owned()),
        auth_token: Some(Secret::new("token".to_owned())),
        from: Some("+12065550100".parse().unwrap()),
        ..Provider::default()
    };
    config.providers.insert("line".to_owned(), line);
    config
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(config(folder.path())).await.unwrap();
    let mut peers = [app.http_address(), app.media_address()].map(|address| TcpStream::connect(address).unwrap());
    for peer in &mut peers {
        peer.write_all(b"POST /v1/webhooks/line/a-1 HTTP/1.1\r\nhost:").unwrap();
    }
    // Until the server has taken the connection in.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tokio::time::timeout(Duration::from_secs(20), app.stop()).await.is_ok());
}
