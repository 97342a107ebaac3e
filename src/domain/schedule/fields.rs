//! The five fields of a cron line, read strictly and written out for the `cron` crate.
//!
//! The crate counts weekdays from 1 = Sunday, takes fields people write for others and names no field in its errors.
//! So each field is read here into the numbers it means, and handed over as a plain list.

use std::collections::BTreeSet;

use super::ScheduleError;
use crate::domain::names::nearest;

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What may stand in a field.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Names for the numbers from `min` on.
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[] };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[] };
const DAY: Field = Field { name: "day of the month", min: 1, max: 31, names: &[] };
const MONTH: Field = Field { name: "month", min: 1, max: 12, names: &MONTHS };
const WEEKDAY: Field = Field { name: "weekday", min: 0, max: 7, names: &WEEKDAYS };

/// A cron line as the numbers it means.
pub(super) struct Fields {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: BTreeSet<u32>,
    months: BTreeSet<u32>,
    /// 0 = Sunday to 6.
    weekdays: BTreeSet<u32>,
    /// Neither day field begins with `*`.
    either_day: bool,
}

impl Fields {
    pub(super) fn parse(expression: &str) -> Result<Self, ScheduleError> {
        let parts: Vec<&str> = expression.split(' ').filter(|part| !part.is_empty()).collect();
        let [minute, hour, day, month, weekday] = parts[..] else {
            return Err(ScheduleError::FieldCount { expression: expression.to_owned(), found: parts.len() });
        };
        let read = |field: Field, text: &str| {
            field.read(text).map_err(|problem| ScheduleError::Field {
                expression: expression.to_owned(),
                field: field.name,
                problem,
            })
        };
        Ok(Self {
            minutes: read(MINUTE, minute)?,
            hours: read(HOUR, hour)?,
            days: read(DAY, day)?,
            months: read(MONTH, month)?,
            weekdays: read(WEEKDAY, weekday)?.into_iter().map(|n| n % 7).collect(),
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// The line as the crate reads it: seconds first, weekdays by name. Two lines when either day will do.
    pub(super) fn rules(&self) -> Vec<String> {
        let weekdays: Vec<&str> = self.weekdays.iter().map(|n| WEEKDAYS[*n as usize]).collect();
        let (days, weekdays) = (list(&self.days), weekdays.join(","));
        let rule = |days: &str, weekdays: &str| {
            format!("0 {} {} {days} {} {weekdays}", list(&self.minutes), list(&self.hours), list(&self.months))
        };
        if self.either_day { vec![rule(&days, "*"), rule("*", &weekdays)] } else { vec![rule(&days, &weekdays)] }
    }
}

fn list(numbers: &BTreeSet<u32>) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

impl Field {
    /// `*`, `5`, `1-5`, `*/15`, `8-18/2`, and lists of these.
    fn read(&self, text: &str) -> Result<BTreeSet<u32>, String> {
        let mut numbers = BTreeSet::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (part, None),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.min, if self.name == WEEKDAY.name { 6 } else { self.max }),
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                None => {
                    let number = self.number(range)?;
                    if let Some(step) = step {
                        return Err(format!("a step needs a range: write {range}-{}/{step} or */{step}", self.max));
                    }
                    (number, number)
                }
            };
            let step = match step.map(str::parse::<usize>) {
                None => 1,
                Some(Ok(step)) if step > 0 => step,
                Some(_) => return Err(format!("{part:?} needs a step of 1 or more behind the /")),
            };
            if from <= to {
                numbers.extend((from..=to).step_by(step));
            } else if self.name == WEEKDAY.name {
                // Fri-Mon and Sat-Sun are what people say.
                numbers.extend((from..=to + 7).step_by(step).map(|n| n % 7));
            } else {
                return Err(format!(
                    "{range} runs backwards; write {from}-{max},{min}-{to}",
                    max = self.max,
                    min = self.min
                ));
            }
        }
        Ok(numbers)
    }

    /// A number within bounds, or a name.
    fn number(&self, text: &str) -> Result<u32, String> {
        let bounds = || match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!("{} to {}, {first} to {last}", self.min, self.max),
            _ => format!("{} to {}", self.min, self.max),
        };
        let word = text.to_lowercase();
        if let Some((_, number)) = self.names.iter().zip(self.min..).find(|(name, _)| **name == word) {
            return Ok(number);
        }
        let near = || {
            let spelled_out = self.names.iter().find(|name| word.starts_with(**name)).copied();
            spelled_out.or_else(|| nearest(&word, self.names.iter().copied()))
        };
        match text.parse::<u32>() {
            Ok(number) if (self.min..=self.max).contains(&number) => Ok(number),
            Ok(number) => Err(format!("{number} is out of bounds; it goes from {}", bounds())),
            Err(_) if text.is_empty() => Err(format!("a number is missing; it goes from {}", bounds())),
            Err(_) => Err(match near() {
                Some(name) => format!("{text:?} is not known; did you mean {name}?"),
                None => format!("{text:?} is not known; it goes from {}", bounds()),
            }),
        }
    }
}
