//! The script of the load: question after question for as long as is measured.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::time::Duration;

/// Its name.
pub(super) const NAME: &str = "load";
/// Question and answer take longer than this, so that a script with one question for each never runs out.
const QUESTION: Duration = Duration::from_secs(2);

/// Writes the script into a folder.
pub(super) fn write(folder: &Path, length: Duration) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let questions = length.as_secs() / QUESTION.as_secs() + 30;
    std::fs::write(folder.join(format!("{NAME}.yaml")), script(questions))
}

fn script(questions: u64) -> String {
    let mut states = String::new();
    for k in 0..questions {
        let next = if k + 1 < questions { format!("q{}", k + 1) } else { "done".to_owned() };
        let say = if k == 0 { "hello" } else { "question" };
        let state =
            format!("  q{k}: {{say: {say}, listen: {{slot: go, keys: {{\"1\": on}}}}, next: {{on: {next}}}}}\n");
        // Writing into a String cannot fail.
        states.write_str(&state).unwrap_or_default();
    }
    // A few are asked again.
    let turns = questions + 10;
    format!(
        "\
dialplan: {NAME}
version: 1
kind: reminder
languages: [en-US]
pipeline: stt_tts
limits: {{call: 60m, turns: {turns}}}
slots:
  go: {{values: [on]}}
defaults:
  barge_in: {{confirm: 300ms}}
  no_input: {{after: 5s, tries: 2, next: done}}
  no_match: {{tries: 2, next: done}}
answered_by: {{human: q0, unknown: q0, machine: done, screening: q0, fax: done}}
anywhere:
  stop_calling: {{hear: opt_out, keys: [\"9\"], next: opt_out}}
  person: {{hear: operator, keys: [\"0\"], next: done}}
states:
{states}  opt_out: {{say: goodbye, end: do-not-call}}
  done: {{say: goodbye, end: completed, result: confirmed}}
prompts:
  hello: {{en-US: \"This is an automated assistant that measures what a call costs. Shall we go on? Say yes, or press one.\"}}
  question: {{en-US: \"Here comes another question, as long as such questions are. Say yes, or press one.\"}}
  goodbye: {{en-US: \"Goodbye.\"}}
grammars:
  on: {{en-US: [yes, \"yes I agree\"]}}
"
    )
}

#[cfg(test)]
mod tests {
    use voxgate_core::dialog::check;

    use super::*;

    #[test]
    fn the_script_of_a_long_load_checks() {
        let source = script(280);
        let checked = check("load.yaml", source.as_bytes());
        assert!(checked.plan.is_some(), "{}", checked.report.render(&source));
    }
}
