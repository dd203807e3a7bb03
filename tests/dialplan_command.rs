//! `voxgate dialplan`, as an author or an editor calls it.

use std::process::{Command, Output};

fn dialplan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voxgate"));
    command.arg("dialplan").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.output().expect("the command starts")
}

#[test]
fn shipped_scripts_check_and_pass_their_tests() {
    for verb in ["check", "test"] {
        let output = dialplan(&[verb]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn errors_are_shown_with_their_place_and_exit_1() {
    let script = "fixtures/dialplans/bad/unreachable.yaml";
    let output = dialplan(&["check", script]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("error[unreachable-state]") && text.contains(&format!("{script}:18:3")), "{text}");
    assert_eq!(dialplan(&["test", script]).status.code(), Some(1));
}

#[test]
fn warnings_alone_exit_0() {
    let output = dialplan(&["check", "fixtures/dialplans/bad/warnings.yaml"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("warning[long-prompt]"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn editors_get_json() {
    let output = dialplan(&["check", "--json", "fixtures/dialplans/bad/unreachable.yaml"]);
    let reports: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let finding = &reports[0]["findings"][0];
    assert_eq!(finding["code"], "unreachable-state");
    assert_eq!((&finding["severity"], &finding["line"], &finding["column"]), (&"error".into(), &18.into(), &3.into()));
}

#[test]
fn bad_usage_exits_2() {
    for arguments in [&["check", "no/such/file.yaml"][..], &["chekc"], &[]] {
        assert_eq!(dialplan(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
