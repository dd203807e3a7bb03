//! Contacts from a CSV file: `number` first of all, `time_zone` and `language` where they are known, and a column for
//! each variable of the script.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use voxgate_core::calls::parse_time_zone;
use voxgate_core::dialog::Dialplan;
use voxgate_core::model::PhoneNumber;

/// Somebody to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The number.
    pub number: PhoneNumber,
    /// IANA name of the zone; `None`: by the number.
    pub time_zone: Option<String>,
}

/// A line that cannot be ordered as a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1; the head is the first.
    pub line: u64,
    /// What is wrong.
    pub what: String,
}

/// The file as a whole cannot be used.
#[derive(Debug)]
pub enum ContactsError {
    /// It is no CSV.
    Unreadable(csv::Error),
    /// There is no column `number`.
    NoNumbers(Vec<String>),
}

impl fmt::Display for ContactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::NoNumbers(columns) => write!(
                f,
                "has no column `number`; its first line names the columns {}; write: number,time_zone,language,…",
                columns.join(", ")
            ),
        }
    }
}

impl std::error::Error for ContactsError {}

/// Reads contacts, and checks each as an order would be: number, zone, language, the script's variables.
///
/// # Errors
/// [`ContactsError`]; a line that is wrong is not one.
pub fn read_contacts(text: impl Read, plan: &Dialplan) -> Result<(Vec<Contact>, Vec<Refused>), ContactsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let head: Vec<String> = reader.headers().map_err(ContactsError::Unreadable)?.iter().map(str::to_owned).collect();
    if !head.iter().any(|name| name == "number") {
        return Err(ContactsError::NoNumbers(head));
    }
    let (mut contacts, mut refused) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let read = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells = head.iter().cloned().zip(record.iter().map(str::to_owned));
                contact(cells.filter(|(_, cell)| !cell.is_empty()).collect(), plan)
                    .map_err(|what| Refused { line, what })
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Err(Refused { line, what: error.to_string() })
            }
        };
        match read {
            Ok(contact) => contacts.push(contact),
            Err(wrong) => refused.push(wrong),
        }
    }
    Ok((contacts, refused))
}

fn contact(mut cells: BTreeMap<String, String>, plan: &Dialplan) -> Result<Contact, String> {
    let number = cells.remove("number").ok_or("the number is missing")?;
    let number = number.parse().map_err(|error| format!("number: {error}"))?;
    let time_zone = cells.remove("time_zone").map(|name| parse_time_zone(&name)).transpose();
    let time_zone = time_zone.map_err(|error| format!("time_zone: {error}"))?;
    let language = cells.remove("language").or_else(|| plan.languages().first().cloned()).unwrap_or_default();
    plan.bind(&language, &cells).map_err(|error| error.to_string())?;
    Ok(Contact { number, time_zone })
}
