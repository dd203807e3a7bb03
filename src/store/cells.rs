//! Reading rows: cells by name, as the types of the model.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::StoreError;

/// A row, by the names of its columns.
pub(super) trait Cells {
    /// A text, or NULL.
    fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError>;
    /// A number, or NULL.
    fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError>;

    /// A text.
    fn text(&self, column: &str) -> Result<String, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| missing(column))
    }

    /// A number.
    fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| missing(column))
    }

    /// A number that is not negative: a time in ms, a count.
    fn natural(&self, column: &str) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?).map_err(|_| unreadable(column, "it is negative"))
    }

    /// Such a number, or NULL.
    fn maybe_natural(&self, column: &str) -> Result<Option<u64>, StoreError> {
        let natural = |value| u64::try_from(value).map_err(|_| unreadable(column, "it is negative"));
        self.maybe_int(column)?.map(natural).transpose()
    }

    /// A small count.
    fn count(&self, column: &str) -> Result<u32, StoreError> {
        u32::try_from(self.int(column)?).map_err(|_| unreadable(column, "it is no count"))
    }

    /// 0 or 1.
    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A member of a closed list, or another text with a form.
    fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<T, StoreError> {
        self.text(column)?.parse().map_err(|error| unreadable(column, error))
    }

    /// The same, or NULL.
    fn maybe_parsed<T: FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let read = |text: String| text.parse().map_err(|error| unreadable(column, error));
        self.maybe_text(column)?.map(read).transpose()
    }

    /// JSON.
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| unreadable(column, error))
    }

    /// JSON, or NULL.
    fn maybe_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        let read = |text: String| serde_json::from_str(&text).map_err(|error| unreadable(column, error));
        self.maybe_text(column)?.map(read).transpose()
    }
}

impl Cells for AnyRow {
    fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

/// Reads every row.
pub(super) fn every<T>(rows: &[AnyRow], read: impl Fn(&AnyRow) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

/// A number for a column. What is beyond 2^63 ms is not a time.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number that may be missing.
pub(super) fn maybe(value: Option<u64>) -> Option<i64> {
    value.map(int)
}

/// JSON for a column.
pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Defect(format!("a row cannot be put into JSON: {error}")))
}

fn missing(column: &str) -> StoreError {
    unreadable(column, "it is NULL")
}

fn unreadable(column: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Defect(format!("the column {column} cannot be read: {why}"))
}
