//! Each bad script gives exactly the findings that stand beside it. `UPDATE_EXPECTED=1` writes them anew, for review.

use std::path::{Path, PathBuf};

use voxgate_core::dialog::check;
use voxgate_core::dialog::finding::Code;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/dialplans")
}

fn bad_scripts() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let mut scripts: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    scripts.sort();
    scripts
}

fn rendered(path: &Path) -> String {
    let source = std::fs::read(path).expect("the script can be read");
    let file = path.file_name().expect("it is a file").to_string_lossy();
    let text = check(&file, &source).report.render(&String::from_utf8_lossy(&source));
    text.lines().map(|l| l.trim_end().to_owned() + "\n").collect()
}

#[test]
fn each_bad_script_gives_exactly_its_findings() {
    for path in bad_scripts() {
        let found = rendered(&path);
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &found).expect("the findings can be written");
        }
        let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
        assert!(found == wanted, "{} gives\n{found}\ninstead of\n{wanted}", path.display());
    }
}

#[test]
fn every_code_has_a_script_that_earns_it() {
    let all: String = bad_scripts().iter().map(|p| rendered(p)).collect();
    let earned = |code: &Code| all.contains(&format!("[{}]", code.as_str()));
    // Shown by tests that make their scripts: large ones, and many findings.
    let elsewhere = [Code::TooLarge, Code::TooManyFindings];
    let missing: Vec<&str> =
        Code::ALL.iter().filter(|c| !elsewhere.contains(c) && !earned(c)).map(|c| c.as_str()).collect();
    assert!(missing.is_empty(), "no bad script shows {missing:?}");
}
