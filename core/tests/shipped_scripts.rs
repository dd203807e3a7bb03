//! The scripts in `dialplans/` check clean and pass their own tests, by texts and keys alone.

use std::path::PathBuf;

use voxgate_core::dialog::{Checked, check, script_tests};

fn scripts() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../dialplans");
    let names = ["consent", "reminder", "survey"].map(|name| folder.join(name).with_extension("yaml"));
    names.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("the script is there"))).collect()
}

#[test]
fn they_check_without_a_finding() {
    for (path, source) in scripts() {
        let Checked { report, .. } = check(&path.display().to_string(), &source);
        assert!(report.findings.is_empty(), "{}", report.render(&String::from_utf8_lossy(&source)));
    }
}

/// Rows 002-01, 002-02, 002-03, 002-13, 002-48, 002-49, 002-50, 002-61: reminder, consent and survey, without any audio.
#[test]
fn they_pass_their_own_tests() {
    let mut kinds = Vec::new();
    for (path, source) in scripts() {
        let plan = check(&path.display().to_string(), &source).plan.expect("it checks");
        kinds.push(plan.kind());
        let mut visited = std::collections::BTreeSet::new();
        for test in plan.tests() {
            let run = script_tests::run(&plan, test);
            assert_eq!(run.failure, None, "{}:{}: {}", path.display(), test.line, test.name);
            visited.extend(run.path);
        }
        let unvisited: Vec<_> = plan.states().filter(|s| !visited.contains(*s)).collect();
        assert!(unvisited.is_empty(), "{}: no test visits {unvisited:?}", path.display());
    }
    kinds.dedup();
    assert_eq!(kinds.len(), 3, "one script of each kind");
}
