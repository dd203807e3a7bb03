//! Lists: the conditions that were asked for, a cursor, a limit. Only what is asked for stands in the statement, so that
//! its index is used.

use sqlx::AssertSqlSafe;
use std::fmt::Write;

use super::cells::int;
use super::tx::Statement;

/// Rows of one page at most.
pub const MOST_PER_PAGE: u32 = 500;

/// A statement that grows. Its texts are literals of this program; what comes from outside is a value.
pub(super) struct Listing {
    text: String,
    values: Vec<Value>,
}

enum Value {
    Text(String),
    Int(i64),
}

impl Listing {
    /// Begins with a `SELECT … FROM …` that has no condition yet.
    pub(super) fn of(select: &'static str) -> Self {
        Self { text: format!("{select} WHERE 1 = 1"), values: Vec::new() }
    }

    /// `condition` ends where its value stands, as in `"state ="`.
    pub(super) fn text(&mut self, condition: &'static str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.condition(condition, Value::Text(value.to_owned()));
        }
        self
    }

    /// The same with a number.
    pub(super) fn natural(&mut self, condition: &'static str, value: Option<u64>) -> &mut Self {
        if let Some(value) = value {
            self.condition(condition, Value::Int(int(value)));
        }
        self
    }

    /// One of several texts.
    pub(super) fn one_of(&mut self, column: &'static str, values: &[&'static str]) -> &mut Self {
        let mut separator = "";
        let _ = write!(self.text, " AND {column} IN ("); // writing to a String cannot fail
        for value in values {
            self.values.push(Value::Text((*value).to_owned()));
            let _ = write!(self.text, "{separator}${}", self.values.len());
            separator = ", ";
        }
        self.text.push(')');
        self
    }

    /// Rows that come after a number and a text, as in `"(rank, id) >"`.
    pub(super) fn after(&mut self, condition: &'static str, number: i64, text: &str) -> &mut Self {
        self.values.extend([Value::Int(number), Value::Text(text.to_owned())]);
        let last = self.values.len();
        let _ = write!(self.text, " AND {condition} (${}, ${last})", last - 1);
        self
    }

    /// A condition without a value.
    pub(super) fn also(&mut self, condition: &'static str) -> &mut Self {
        let _ = write!(self.text, " AND {condition}");
        self
    }

    /// The order, and how many rows.
    pub(super) fn order(&mut self, order: &'static str, limit: u32) -> &mut Self {
        self.values.push(Value::Int(limit.clamp(1, MOST_PER_PAGE).into()));
        let _ = write!(self.text, " ORDER BY {order} LIMIT ${}", self.values.len());
        self
    }

    /// The statement. Its text is one of many, so no connection keeps it prepared.
    pub(super) fn statement(&mut self) -> Statement<'static> {
        let mut statement = sqlx::query(AssertSqlSafe(std::mem::take(&mut self.text))).persistent(false);
        for value in self.values.drain(..) {
            statement = match value {
                Value::Text(text) => statement.bind(text),
                Value::Int(number) => statement.bind(number),
            };
        }
        statement
    }

    fn condition(&mut self, condition: &'static str, value: Value) {
        self.values.push(value);
        let _ = write!(self.text, " AND {condition} ${}", self.values.len());
    }
}
