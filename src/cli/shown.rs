//! Answers of the gateway, as people and programs want to read them.

use serde_json::Value;

/// Rows as JSON, one object a line.
pub(super) fn json_lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Rows as a table, or that there are none: what is above each column, and the field that stands in it. A dot leads into an object.
pub(super) fn table(columns: &[(&str, &str)], rows: &[Value]) -> String {
    if rows.is_empty() {
        return "none\n".to_owned();
    }
    let mut lines = vec![columns.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(|row| columns.iter().map(|(_, field)| cell(row, field)).collect()));
    let width = |n: usize| lines.iter().map(|cells| cells[n].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

/// A field as text; `-` where it is not set.
pub(super) fn cell(row: &Value, field: &str) -> String {
    shown(field.split('.').fold(row, |value, part| &value[part]))
}

/// A value as text on one line, with nothing in it that a terminal would obey.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_stand_in_columns() {
        let rows =
            [json!({"id": "a", "n": 12, "in": {"side": "x\u{1b}y"}}), json!({"id": "longer", "roles": ["b", "c"]})];
        let text = table(&[("ID", "id"), ("N", "n"), ("SIDE", "in.side"), ("ROLES", "roles")], &rows);
        assert_eq!(text, "ID      N   SIDE  ROLES\na       12  x y   -\nlonger  -   -     b,c\n");
        assert_eq!((table(&[("ID", "id")], &[]).as_str(), json_lines(&[]).as_str()), ("none\n", ""));
        assert_eq!(json_lines(&rows[1..]), "{\"id\":\"longer\",\"roles\":[\"b\",\"c\"]}\n");
    }
}
