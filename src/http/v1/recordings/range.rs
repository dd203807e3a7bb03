//! Ranges of bytes: RFC 9110, section 14.

/// The bytes that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of them. So is answered what is no range, or more than one.
    All,
    /// From the first to the last, both among them.
    Part {
        /// Counted from 0.
        first: u64,
        /// Counted from 0.
        last: u64,
    },
    /// The file has no such bytes.
    Unsatisfiable,
}

/// Reads a `Range` header for a file of so many bytes.
pub(super) fn asked(header: Option<&str>, length: u64) -> Asked {
    let range = header.and_then(|header| header.trim().strip_prefix("bytes=")).and_then(|set| set.split_once('-'));
    let Some((first, last)) = range else { return Asked::All };
    match (number(first), number(last)) {
        (Some(None), Some(Some(0))) => Asked::Unsatisfiable,
        (Some(None), Some(Some(tail))) if length > 0 => {
            Asked::Part { first: length.saturating_sub(tail), last: length - 1 }
        }
        (Some(Some(first)), Some(last)) if last.is_none_or(|last| first <= last) => {
            if first >= length {
                return Asked::Unsatisfiable;
            }
            Asked::Part { first, last: last.unwrap_or(u64::MAX).min(length - 1) }
        }
        (Some(None), Some(Some(_))) => Asked::Unsatisfiable,
        _ => Asked::All,
    }
}

/// `None`: no number. `Some(None)`: nothing at all. A number too long for its type is a large one.
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((!text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_a_part_and_all_else_the_whole() {
        let part = |first, last| Asked::Part { first, last };
        let table = [
            (None, 100, Asked::All),
            (Some("bytes=0-0"), 100, part(0, 0)),
            (Some("bytes=10-19"), 100, part(10, 19)),
            (Some(" bytes=10- "), 100, part(10, 99)),
            (Some("bytes=10-1000"), 100, part(10, 99)),
            (Some("bytes=99-99999999999999999999999"), 100, part(99, 99)),
            (Some("bytes=-30"), 100, part(70, 99)),
            (Some("bytes=-300"), 100, part(0, 99)),
            (Some("bytes=100-"), 100, Asked::Unsatisfiable),
            (Some("bytes=-0"), 100, Asked::Unsatisfiable),
            (Some("bytes=0-"), 0, Asked::Unsatisfiable),
            (Some("bytes=-5"), 0, Asked::Unsatisfiable),
            (Some("bytes=20-10"), 100, Asked::All),
            (Some("bytes=-"), 100, Asked::All),
            (Some("bytes=a-b"), 100, Asked::All),
            (Some("bytes=0-1,5-6"), 100, Asked::All),
            (Some("seconds=0-1"), 100, Asked::All),
        ];
        for (header, length, expected) in table {
            assert_eq!(asked(header, length), expected, "{header:?} of {length}");
        }
    }
}
