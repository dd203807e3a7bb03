//! What is wrong with a field, out of what serde says of it.

use crate::http::problem::FieldError;

/// A field's error. An unknown name is answered with the nearest known one.
pub(super) fn field_error(path: &str, what: &str) -> FieldError {
    // What serde has no name for yet, or none at all.
    let path = path.trim_end_matches(['.', '?']);
    if let Some(nearest) = nearest(what) {
        return FieldError::new(path, format!("{}; did you mean `{nearest}`?", without_list(what)));
    }
    if let Some(missing) = named(what, "missing field `") {
        return FieldError::new(&below(path, missing), format!("`{missing}` is missing"));
    }
    if let Some(twice) = named(what, "duplicate field `") {
        let known = path.rsplit('.').next() == Some(twice);
        let field = if known { path.to_owned() } else { below(path, twice) };
        return FieldError::new(&field, format!("`{twice}` is there twice"));
    }
    FieldError::new(path, what)
}

fn named<'a>(what: &'a str, beginning: &str) -> Option<&'a str> {
    what.strip_prefix(beginning)?.strip_suffix('`')
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// serde names what is known after what is not, each in backticks: "unknown field `a`, expected one of `b`, `c`".
fn nearest(what: &str) -> Option<&str> {
    let rest = what.strip_prefix("unknown field `").or_else(|| what.strip_prefix("unknown variant `"))?;
    let (unknown, known) = rest.split_once('`')?;
    let known = known.split('`').skip(1).step_by(2);
    let near = known.map(|name| (strsim::jaro_winkler(unknown, name), name)).filter(|(likeness, _)| *likeness > 0.8);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, name)| name)
}

fn without_list(what: &str) -> &str {
    what.split_once(", expected").map_or(what, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_with_what_to_do() {
        let table = [
            (
                "dialpan",
                "unknown field `dialpan`, expected one of `to`, `dialplan`",
                "dialpan: unknown field `dialpan`; did you mean `dialplan`?",
            ),
            (
                "q",
                "unknown field `q`, expected `to` or `dialplan`",
                "q: unknown field `q`, expected `to` or `dialplan`",
            ),
            (
                "when_full",
                "unknown variant `wat`, expected `wait` or `reject`",
                "when_full: unknown variant `wat`; did you mean `wait`?",
            ),
            (".", "missing field `to`", "to: `to` is missing"),
            ("a.b", "missing field `to`", "a.b.to: `to` is missing"),
            ("limit", "invalid digit found in string", "limit: invalid digit found in string"),
            (".", "unknown field ``", ": unknown field ``"),
            ("a.to", "duplicate field `to`", "a.to: `to` is there twice"),
            (".", "duplicate field `limit`", "limit: `limit` is there twice"),
        ];
        for (path, what, expected) in table {
            let error = field_error(path, what);
            assert_eq!(format!("{}: {}", error.field, error.detail), expected);
        }
    }
}
