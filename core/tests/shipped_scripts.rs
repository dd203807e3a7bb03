//! The scripts in `dialplans/` check clean and pass their own tests, by texts and keys alone and on the session.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use voxgate_core::dialog::script_tests::{Deed, Expectation, ScriptTest};
use voxgate_core::dialog::{Checked, Dialplan, check, script_tests};
use voxgate_core::rehearsal;

fn scripts() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../dialplans");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("the script is there"))).collect()
}

fn plans() -> Vec<(PathBuf, Arc<Dialplan>)> {
    let plan = |path: &PathBuf, source: &[u8]| check(&path.display().to_string(), source).plan.expect("it checks");
    scripts().into_iter().map(|(path, source)| (path.clone(), plan(&path, &source))).collect()
}

#[test]
fn they_check_without_a_finding() {
    let found = scripts().into_iter().map(|(path, source)| {
        let Checked { report, .. } = check(&path.display().to_string(), &source);
        report.render(&String::from_utf8_lossy(&source))
    });
    let found: String = found.collect();
    assert!(found.is_empty(), "{found}");
}

/// A script is ordered by the name of its file, and answers are filed under the name that it gives itself.
#[test]
fn they_have_the_names_of_their_files() {
    for (path, plan) in plans() {
        assert_eq!(path.file_stem().and_then(|name| name.to_str()), Some(plan.id().name.as_str()));
    }
}

#[test]
fn there_are_ten_of_all_kinds_and_three_speak_four_languages() {
    let plans = plans();
    assert!(plans.len() >= 10, "{} scripts", plans.len());
    let kinds: BTreeSet<String> = plans.iter().map(|(_, plan)| format!("{:?}", plan.kind())).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    let in_four = plans.iter().filter(|(_, plan)| plan.languages() == ["en-US", "es-US", "de-DE", "fr-FR"]);
    assert_eq!(in_four.count(), 3);
}

/// Rows 002-01, 002-02, 002-03, 002-13, 002-48, 002-49, 002-50, 002-61: reminder, consent and survey, without any audio.
#[test]
fn they_pass_their_own_tests() {
    let mut wrong = Vec::new();
    for (path, plan) in plans() {
        let mut visited = BTreeSet::new();
        for test in plan.tests() {
            let run = script_tests::run(&plan, test);
            let differences = run.failure.map(|failure| failure.differences.join("; "));
            wrong.extend(differences.map(|d| format!("{}:{}: {}: {d}", path.display(), test.line, test.name)));
            visited.extend(run.path);
        }
        let unvisited = plan.states().filter(|s| !visited.contains(*s));
        wrong.extend(unvisited.map(|state| format!("{}: no test visits {state}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every test in its language, and those that need no words in every other language too.
fn in_all_languages(plan: &Dialplan) -> Vec<ScriptTest> {
    let wordless = |test: &ScriptTest| !test.caller.iter().any(|step| matches!(step.does, Deed::Say(_)));
    let mut tests = Vec::new();
    for language in plan.languages() {
        let fitting = plan.tests().iter().filter(|test| test.language == *language || wordless(test));
        tests.extend(fitting.map(|test| ScriptTest { language: language.clone(), ..test.clone() }));
    }
    tests
}

/// Rows 002-01, 002-02, 002-03, 002-61: the same tests on the session core in virtual time come to the same ends,
/// results, answers and prompts heard, by the same paths.
#[test]
fn they_pass_their_own_tests_on_a_session() {
    let mut wrong = Vec::new();
    for (path, plan) in plans() {
        for test in in_all_languages(&plan) {
            let (on_session, by_text) = (rehearsal::run(&plan, &test), script_tests::run(&plan, &test));
            if on_session.failure.is_some() || on_session.path != by_text.path {
                let at = format!("{}:{}: {} ({})", path.display(), test.line, test.name, test.language);
                wrong.push(format!("{at}: {:?}, by {:?}", on_session.failure, on_session.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A test that expects something else fails on a session too.
#[test]
fn a_wrong_expectation_fails_on_a_session() {
    let (_, plan) = plans().remove(0);
    let test = &plan.tests()[0];
    let heard = Some(vec!["goodbye".to_owned()]);
    let wrong = ScriptTest { expect: Expectation { heard, ..test.expect.clone() }, ..test.clone() };
    let failure = rehearsal::run(&plan, &wrong).failure.expect("that prompt was not said");
    assert_eq!(failure.differences, ["heard: prompt `goodbye` was not heard in full"]);
}

/// How many minutes of calls a second rehearses; `--nocapture` shows it.
#[test]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn calls_are_rehearsed_much_faster_than_they_last() {
    let plans = plans();
    let begun = Instant::now();
    let mut minutes = 0.0;
    let mut calls = 0;
    while calls < 1_000 {
        for (_, plan) in &plans {
            for test in plan.tests() {
                minutes += rehearsal::run(plan, test).lasted.as_ms() as f64 / 60_000.0;
                calls += 1;
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{calls} calls, {minutes:.0} call-minutes in {seconds:.2} s: {:.0} call-minutes a second",
        minutes / seconds
    );
    assert!(minutes / seconds > 60.0, "slower than a machine that has anything else to do");
}
