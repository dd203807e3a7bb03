//! `voxgate load` as a program that reads its figures sees it.

use std::process::Command;

/// Row 002-32. More sessions than the config allows where it says nothing, and orders to busy lines meanwhile: each of
/// them has its one outcome.
#[test]
fn a_load_of_more_sessions_than_the_default_limit_loses_none() {
    let arguments = ["load", "--sessions", "101", "--seconds", "2", "--orders", "10", "--json"];
    let run = Command::new(env!("CARGO_BIN_EXE_voxgate")).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!((&figures["sessions"], &figures["lost"], &figures["doubled"]), (&101.into(), &0.into(), &0.into()));
    assert_eq!((&figures["orders"]["accepted"], &figures["ran_dry"]), (&20.into(), &0.into()));
    for key in ["cores", "reference_cores", "rss_mib_per_session", "ran_dry"] {
        assert!(figures[key].is_number(), "{key}: {figures}");
    }
    for key in ["late_ms", "reference_late_ms", "first_audio_ms", "setup_ms"] {
        assert!(figures[key]["count"].as_u64() > Some(100), "{key}: {figures}");
    }
}
