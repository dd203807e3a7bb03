//! What came of the calls, for people and for programs.

use std::fmt::Write;
use std::path::Path;

use super::Finished;
use crate::calls::AttemptRecord;

/// A JSON object per call.
pub(super) fn json_lines(finished: &[Finished]) -> String {
    // A record is made of text and numbers: it always has a JSON form.
    finished.iter().filter_map(|call| serde_json::to_string(&call.record).ok()).map(|line| line + "\n").collect()
}

/// Disposition and failure code, or dialog result.
pub(super) fn came_to(record: &AttemptRecord) -> String {
    let refined = record.failure_code.map(|code| code.to_string()).or_else(|| record.dialog_result.clone());
    match refined {
        Some(refined) => format!("{}, {refined}", record.disposition),
        None => record.disposition.to_string(),
    }
}

/// The table.
pub(super) fn table(finished: &[Finished], folder: &Path) -> String {
    let rows: Vec<[String; 8]> = finished.iter().map(row).collect();
    let heads = ["number", "the callee", "script", "dials", "came to", "answers", "recorded", "for a person"]
        .map(str::to_owned);
    let mut widths = heads.clone().map(|head| head.chars().count());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::from("\n");
    line(&mut text, &heads, &widths);
    line(&mut text, &widths.map(|width| "─".repeat(width)), &widths);
    rows.iter().for_each(|row| line(&mut text, row, &widths));
    let recorded = finished.iter().filter_map(|call| call.evidence.as_ref()).collect::<Vec<_>>();
    put(
        &mut text,
        format_args!("\n{} calls, {} recordings; every one opens and holds its voices\n", rows.len(), recorded.len()),
    );
    if let Some(first) = recorded.first() {
        put(&mut text, format_args!("listen and look: {}\n", first.picture.with_extension("{wav,svg}").display()));
    }
    put(&mut text, format_args!("all of it is in {}\n", folder.display()));
    text
}

fn row(call: &Finished) -> [String; 8] {
    let answers: Vec<_> = call.record.answers.iter().map(|(slot, value)| format!("{slot}: {value}")).collect();
    let script = format!("{} {}", call.callee.dialplan, call.callee.language);
    let seconds = call.evidence.as_ref().map_or(String::new(), |evidence| format!("{:.1} s", evidence.seconds));
    let [to, who] = [call.callee.to, call.callee.who].map(str::to_owned);
    let dials = call.record.attempts.to_string();
    let task = call.task.as_ref().map_or(String::new(), |task| format!("{} ({})", task.reason, task.priority));
    [to, who, script, dials, came_to(&call.record), answers.join(", "), seconds, task]
}

fn line(text: &mut String, cells: &[String; 8], widths: &[usize; 8]) {
    let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    put(text, format_args!("{}\n", padded.join("  ").trim_end()));
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    text.write_fmt(what).unwrap_or_default();
}
