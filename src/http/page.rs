//! Lists in pages: the newest first, and a cursor to go on from.

use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Code, Problem};

/// Items of a page where nothing is said.
const USUAL: u32 = 50;
/// Items of a page at most.
const MOST: u32 = 500;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Page<T> {
    /// The items.
    pub(super) items: Vec<T>,
    /// What to give as `cursor` for the next page; null on the last one.
    pub(super) next_cursor: Option<String>,
}

/// How many items a page is to have.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(limit) => Err(Problem::field(Code::InvalidField, "limit", format!("{limit} is not within 1 to {MOST}"))),
    }
}

impl<T> Page<T> {
    /// A page of rows that were asked for with `limit`. A full one may have another after it.
    pub(super) fn of<R>(rows: Vec<R>, limit: u32, cursor: impl Fn(&R) -> String, item: impl FnMut(R) -> T) -> Self {
        let full = rows.len() >= limit as usize;
        let next_cursor = rows.last().filter(|_| full).map(cursor);
        Self { items: rows.into_iter().map(item).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_says_where_to_go_on() {
        let page = |rows| Page::of(rows, 2, |row: &u32| row.to_string(), |row| row * 10);
        let full = page(vec![7, 5]);
        assert_eq!((full.items, full.next_cursor.as_deref()), (vec![70, 50], Some("5")));
        assert_eq!(page(vec![7]).next_cursor, None);
        assert_eq!(page(vec![]).next_cursor, None);
    }

    #[test]
    fn a_limit_is_within_bounds() {
        assert_eq!(limit(None).ok(), Some(USUAL));
        assert_eq!(limit(Some(500)).ok(), Some(500));
        assert!(limit(Some(0)).is_err() && limit(Some(501)).is_err());
    }
}
