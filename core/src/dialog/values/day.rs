//! Dates.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::said::Said;

/// What was said of a day.
#[derive(Debug, Default)]
struct Parts {
    /// Days from today.
    ahead: Option<u32>,
    weekday: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    year: Option<u32>,
    /// Two numbers where a month has no name.
    numbers: Vec<u32>,
}

/// A day: of those that it might be, the next one, today among them unless only a weekday was said.
pub(super) fn date(said: &mut Said<'_>, today: Date) -> Option<Date> {
    let mut parts = Parts::default();
    said.skip(&said.vocabulary.between);
    while parts.take(said) {
        said.skip(&said.vocabulary.between);
    }
    parts.place_numbers(said.month_first)?;
    parts.resolve(today)
}

impl Parts {
    /// Takes the next part; false where none stands there, or one that was said already.
    fn take(&mut self, said: &mut Said<'_>) -> bool {
        let words = said.vocabulary;
        let before = *said;
        let is_new = if let Some(ahead) = said.take(&words.days) {
            self.ahead.replace(ahead).is_none()
        } else if let Some(weekday) = said.take(&words.weekdays) {
            self.weekday.replace(weekday).is_none()
        } else if let Some(month) = said.take(&words.months) {
            self.month.replace(month).is_none()
        } else if let Some(day) = said.take(&words.ordinals) {
            self.day.replace(day).is_none()
        } else if let Some(number) = super::number::number(said) {
            self.number(number)
        } else {
            false
        };
        if !is_new {
            *said = before;
        }
        is_new
    }

    fn number(&mut self, number: u32) -> bool {
        match number {
            2_000..=2_199 => self.year.replace(number).is_none(),
            1..=31 if self.numbers.len() < 2 => {
                self.numbers.push(number);
                true
            }
            _ => false,
        }
    }

    /// A number beside a month's name is the day; of two, the language says which is which.
    fn place_numbers(&mut self, month_first: bool) -> Option<()> {
        match (&self.numbers[..], self.month, self.day) {
            ([], _, _) => {}
            ([day], _, None) => self.day = Some(*day),
            ([one, other], None, None) => {
                let (month, day) = if month_first { (*one, *other) } else { (*other, *one) };
                (self.month, self.day) = (Some(month), Some(day));
            }
            _ => return None,
        }
        Some(())
    }

    fn resolve(&self, today: Date) -> Option<Date> {
        let day_of_month = || i8::try_from(self.day?).ok();
        let date = match (self.ahead, self.weekday, self.month, self.day) {
            (Some(ahead), None, None, None) => today.checked_add(i64::from(ahead).days()).ok()?,
            (None, Some(weekday), None, None) => next(weekday, today)?,
            (None, _, Some(month), Some(_)) => self.in_month(i8::try_from(month).ok()?, day_of_month()?, today)?,
            (None, _, None, Some(_)) => with_day(day_of_month()?, today)?,
            _ => return None,
        };
        let fits = self.weekday.is_none_or(|weekday| weekday == number_of(date.weekday()));
        fits.then_some(date)
    }

    fn in_month(&self, month: i8, day: i8, today: Date) -> Option<Date> {
        match self.year {
            Some(year) => Date::new(i16::try_from(year).ok()?, month, day).ok(),
            // Eight years, for February 29.
            None => (0..=8).filter_map(|n| Date::new(today.year() + n, month, day).ok()).find(|date| *date >= today),
        }
    }
}

fn next(weekday: u32, today: Date) -> Option<Date> {
    let weekday = Weekday::from_monday_one_offset(i8::try_from(weekday).ok()?).ok()?;
    today.nth_weekday(1, weekday).ok()
}

fn with_day(day: i8, today: Date) -> Option<Date> {
    let month = |n: i64| today.first_of_month().checked_add(Span::new().months(n)).ok();
    (0..=2).filter_map(|n| month(n)?.with().day(day).build().ok()).find(|date| *date >= today)
}

fn number_of(weekday: Weekday) -> u32 {
    weekday.to_monday_one_offset().unsigned_abs().into()
}
