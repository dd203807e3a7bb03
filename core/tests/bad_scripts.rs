//! Each bad script gives exactly the findings that stand beside it, and each code has a smallest script that earns it
//! and nothing else, the same script mended, and a section in the documentation. `UPDATE_EXPECTED=1` writes the findings
//! anew, for review.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use voxgate_core::dialog::check;
use voxgate_core::dialog::finding::{Code, Report};

/// Shown by a test that makes its script: nobody would read one with so many mistakes.
const ONLY_GIANTS: [Code; 1] = [Code::TooManyFindings];
/// Earned once by each state that is caught, and no state is caught alone.
const EARNED_TWICE: [Code; 1] = [Code::NoWayToAnEnd];
/// In how many lines a script and its mended self may differ, both counted.
const FEW_LINES: usize = 4;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn scripts(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("fixtures/dialplans").join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut scripts: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    scripts.sort();
    scripts
}

fn of_code(folder: &str, code: Code) -> (String, Report) {
    let file = format!("{}.yaml", code.as_str());
    let path = root().join("fixtures/dialplans").join(folder).join(&file);
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let report = check(&file, source.as_bytes()).report;
    (source, report)
}

fn codes_with_scripts() -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(|code| !ONLY_GIANTS.contains(code))
}

fn rendered(path: &Path) -> String {
    let source = std::fs::read(path).expect("the script can be read");
    let file = path.file_name().expect("it is a file").to_string_lossy();
    let text = check(&file, &source).report.render(&String::from_utf8_lossy(&source));
    text.lines().map(|l| l.trim_end().to_owned() + "\n").collect()
}

#[test]
fn each_bad_script_gives_exactly_its_findings() {
    for path in scripts("bad") {
        let found = rendered(&path);
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            std::fs::write(&expected, &found).expect("the findings can be written");
        }
        let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
        assert!(!found.is_empty(), "{} is no bad script", path.display());
        assert!(found == wanted, "{} gives\n{found}\ninstead of\n{wanted}", path.display());
    }
}

#[test]
fn every_code_has_a_script_that_earns_it_and_nothing_else() {
    for code in codes_with_scripts() {
        let (source, report) = of_code("bad", code);
        let most = if EARNED_TWICE.contains(&code) { 2 } else { 1 };
        let earned = report.findings.len() == most && report.findings.iter().all(|f| f.code == code);
        assert!(earned, "{} earns\n{}", code.as_str(), report.render(&source));
    }
}

#[test]
fn every_code_has_the_same_script_mended() {
    for code in codes_with_scripts() {
        let ((bad, _), (mended, report)) = (of_code("bad", code), of_code("mended", code));
        assert!(report.findings.is_empty(), "{}", report.render(&mended));
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
        let differing = lines(&bad).symmetric_difference(&lines(&mended)).count();
        assert!((1..=FEW_LINES).contains(&differing), "{}: {differing} lines differ", code.as_str());
    }
}

/// Whatever an author forgets, the check has an answer.
#[test]
fn any_script_with_a_word_or_a_line_missing_is_checked_to_the_end() {
    for path in scripts("mended") {
        let source = std::fs::read_to_string(&path).expect("the script can be read");
        for gone in source.lines().chain(source.split([' ', ',', '\n'])).filter(|gone| !gone.is_empty()) {
            for (at, _) in source.match_indices(gone) {
                let rest = format!("{}{}", &source[..at], &source[at + gone.len()..]);
                let checked = check("mended.yaml", rest.as_bytes());
                assert_eq!(checked.plan.is_none(), checked.report.has_errors(), "{}: {gone}", path.display());
            }
        }
    }
}

#[test]
fn no_mended_script_is_left_over() {
    let codes: BTreeSet<&str> = codes_with_scripts().map(Code::as_str).collect();
    let mended = scripts("mended");
    let names = mended.iter().filter_map(|path| path.file_stem()?.to_str());
    assert_eq!(names.collect::<BTreeSet<_>>(), codes);
}

/// The documentation has a section for each code, with its weight, and with the findings of its script word for word.
#[test]
fn every_code_is_documented_and_no_section_is_left_over() {
    let path = root().join("docs/dialplan-findings.md");
    let mut page = std::fs::read_to_string(&path).expect("the page is there");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        page = codes_with_scripts().fold(page, |page, code| with_findings(&page, code));
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let sections: Vec<(&str, &str)> =
        page.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap_or((section, ""))).collect();
    let titles: Vec<&str> = sections.iter().map(|(title, _)| *title).collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(titles, codes, "one section for each code, in their order");
    for (code, (_, text)) in Code::ALL.iter().zip(&sections) {
        let weight = format!("**{:?}.** ", code.severity());
        assert!(text.trim_start().starts_with(&weight), "{}: the section begins with {weight}", code.as_str());
        assert!(text.contains("**What to do.** "), "{}: say what to do", code.as_str());
    }
    for code in codes_with_scripts() {
        assert!(with_findings(&page, code) == page, "{}: the page shows other findings", code.as_str());
    }
}

/// The page with the findings of this code's script as they are now.
fn with_findings(page: &str, code: Code) -> String {
    let section = format!("\n## {}\n", code.as_str());
    let shown = page.find(&section).and_then(|section| Some(section + page[section..].find("```text\n")?));
    let shown = shown.unwrap_or_else(|| panic!("{}: no section shows its findings", code.as_str()));
    let begin = shown + "```text\n".len();
    let end = begin + page[begin..].find("```").expect("the block ends");
    let script = root().join("fixtures/dialplans/bad").join(code.as_str()).with_extension("yaml");
    format!("{}{}{}", &page[..begin], rendered(&script), &page[end..])
}
