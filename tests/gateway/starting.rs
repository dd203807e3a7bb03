//! A gateway that cannot start says which field is wrong and what to do.

use std::process::Command;

use tempfile::TempDir;
use voxgate::app::App;
use voxgate::config::Config;

use crate::house::{House, config};

async fn refusal(change: impl FnOnce(&mut Config)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path(), "http://127.0.0.1:9");
    change(&mut config);
    match App::start(config).await {
        Ok(_) => panic!("it starts"),
        Err(error) => error.to_string(),
    }
}

fn says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_its_field() {
    let house = House::open().await;
    let (server, media) = (house.app.http_address(), house.app.media_address());
    says(
        &refusal(|c| c.server.bind = server).await,
        &["server.bind", &server.to_string(), "taken", "choose another port"],
    );
    says(&refusal(|c| c.media.bind = media).await, &["media.bind", &media.to_string(), "taken", "choose another port"]);
    says(&refusal(|c| c.media.bind = server).await, &["media.bind", "taken"]);
    house.close(0).await;
}

#[tokio::test]
async fn names_that_nobody_has_are_told_with_the_known_ones() {
    let kind = |c: &mut Config| c.providers.get_mut("network").unwrap().kind = "twillio".into();
    says(&refusal(kind).await, &["providers.network.kind", "\"twillio\"", "twilio"]);
    says(&refusal(|c| c.speech.stt = "psychic".into()).await, &["speech.stt", "\"psychic\"", "local, scripted, none"]);
    says(&refusal(|c| c.speech.tts = "mime".into()).await, &["speech.tts", "\"mime\"", "local, scripted, none"]);
    says(&refusal(|c| c.calls.provider = None).await, &["calls.provider"]);
    says(&refusal(|c| c.calls.provider = Some("other".into())).await, &["calls.provider", "other", "network"]);
}

/// A file stands where each folder should be: nobody can write there, whoever runs the test.
#[tokio::test]
async fn folders_that_cannot_be_written_are_told_with_their_field() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let taken = file.path().join("folder");
    let path = taken.display().to_string();
    says(&refusal(|c| c.store.dir = taken.clone()).await, &["store.dir", &path, "choose a folder"]);
    says(&refusal(|c| c.recordings.dir = taken.clone()).await, &["recordings.dir", &path, "choose a folder"]);
    for tts in ["scripted", "local"] {
        let said = refusal(|c| {
            c.speech.tts = tts.into();
            c.speech.cache_dir = taken.clone();
        });
        says(&said.await, &["speech.cache_dir", &path, "choose a folder"]);
    }
}

/// The command as a user runs it.
#[test]
fn config_check_tells_everything_that_is_wrong_and_exits_with_2() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bad.toml");
    let text = "[server]\nbnid = \"127.0.0.1:0\"\n[media]\nbind = 7\n[calls]\nprovider = \"nobody\"\n";
    std::fs::write(&file, text).unwrap();
    let check = |path: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voxgate"));
        let answer = command.args(["config", "check", "--config"]).arg(path).env_clear().output().unwrap();
        assert_eq!(answer.status.code(), Some(2), "{answer:?}");
        String::from_utf8(answer.stdout).unwrap()
    };
    says(&check(&file), &["server.bnid", "bind", "media.bind", "calls.provider", "nobody", "bad.toml:2"]);
    says(&check(&folder.path().join("none.toml")), &["none.toml", "cannot be read"]);
}

/// A start that is refused leaves nothing behind, and `config check` refuses the same.
#[test]
fn what_serve_refuses_the_check_refuses_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    for verb in [&["serve"][..], &["config", "check"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voxgate"));
        let answer = command.args(verb).current_dir(folder.path()).env_clear().output().unwrap();
        let told = String::from_utf8_lossy(&[answer.stdout, answer.stderr].concat()).into_owned();
        assert_eq!(answer.status.code(), Some(2), "{verb:?}: {told}");
        assert!(told.contains("calls.provider: is missing"), "{told}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
