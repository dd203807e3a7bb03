//! The sandbox against the carrier's own Python library; see `interop/twilio_client.py` for what to install.

use std::path::Path;
use std::process::Command;

use voxgate_sandbox::{Config, Sandbox};

#[test]
fn the_carriers_own_library_agrees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../.venv/bin/python");
    let sandbox = Sandbox::start(Config { calls_per_second: 50.0, ..Config::default() }).expect("it starts");
    let status = Command::new(python)
        .arg(root.join("tests/interop/twilio_client.py"))
        .args([&sandbox.base_url(), sandbox.account_sid(), sandbox.auth_token()])
        .status()
        .expect("python runs");
    assert!(status.success(), "{:#?}", sandbox.report().violations);
}
