//! The scripts of `docs/dialplans.md`: every step of its tutorial checks, and the last one is a file that passes its tests.

use std::path::{Path, PathBuf};

use voxgate_core::dialog::{check, script_tests};
use voxgate_core::rehearsal;

fn read(path: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The whole scripts that a page shows.
fn scripts(page: &str) -> Vec<&str> {
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    blocks.filter(|block| block.starts_with("dialplan:")).collect()
}

#[test]
fn every_step_checks_without_a_finding_and_the_last_is_the_file() {
    let page = read("docs/dialplans.md");
    let steps = scripts(&page);
    assert!(steps.len() >= 3, "{} steps", steps.len());
    for step in &steps {
        let report = check("docs/dialplans.md", step.as_bytes()).report;
        assert!(report.findings.is_empty(), "{}", report.render(step));
    }
    assert_eq!(steps.last().copied(), Some(&*read("fixtures/dialplans/tutorial.yaml")), "word for word");
}

#[test]
fn the_last_script_passes_its_tests_and_they_visit_every_state() {
    let plan = check("tutorial.yaml", read("fixtures/dialplans/tutorial.yaml").as_bytes()).plan.expect("it checks");
    let mut visited = Vec::new();
    for test in plan.tests() {
        let run = script_tests::run(&plan, test);
        assert_eq!(run.failure, None, "{}", test.name);
        assert_eq!(rehearsal::run(&plan, test).failure, None, "{}, on the session", test.name);
        visited.extend(run.path);
    }
    let unvisited: Vec<_> = plan.states().filter(|state| !visited.contains(*state)).collect();
    assert!(unvisited.is_empty(), "no test visits {unvisited:?}");
}
