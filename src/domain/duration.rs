//! Durations as people write them in `bot.toml`: `90s`, `15m`, `1h30m`, `2d` ↔ milliseconds.
//!
//! Written here rather than taken from a crate because the errors are part of the contract: a number without a
//! unit, an unknown unit and units out of order are each told apart, since "30" in an SLA policy must never be
//! guessed to be minutes. How durations are *shown* in answers (kpis.md R17) is another matter and lives elsewhere.

/// Units from the longest to the shortest, with their milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing was written.
    #[error("a duration is missing; write something like 90s, 15m, 1h30m or 2d")]
    Empty,
    /// Neither a whole number nor a unit stands where one must.
    #[error("{text:?} is not a duration: {found:?} is not understood; write whole numbers with units, such as 1h30m")]
    Unexpected {
        /// What was written.
        text: String,
        /// The rest that begins wrongly.
        found: String,
    },
    /// A bare number.
    #[error("{text:?} is not a duration: {number} of what? write {number}s, {number}m, {number}h or {number}d")]
    NoUnit {
        /// What was written.
        text: String,
        /// The number that has no unit.
        number: String,
    },
    /// A unit nobody knows, or one that has no fixed length.
    #[error("{text:?} is not a duration: {unit:?} is not a unit; use d, h, m, s or ms{}", hint(unit))]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The letters after the number.
        unit: String,
    },
    /// `30m1h` or `1h1h`: probably a slip, so it is not added up silently.
    #[error("{text:?} is not a duration: {unit:?} may not follow {after:?}; write the longest unit first, each once")]
    OutOfOrder {
        /// What was written.
        text: String,
        /// The unit that comes too late.
        unit: String,
        /// The unit before it.
        after: String,
    },
    /// More than fits.
    #[error("{text:?} is too long a duration")]
    TooLong {
        /// What was written.
        text: String,
    },
}

/// The short unit for words people spell out.
fn hint(unit: &str) -> &'static str {
    match unit.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => " (seconds are s)",
        "m" | "min" | "mins" | "minute" | "minutes" => " (minutes are m)",
        "h" | "hr" | "hrs" | "hour" | "hours" => " (hours are h)",
        "d" | "day" | "days" => " (days are d)",
        "w" | "week" | "weeks" => " (a week is 7d)",
        "month" | "months" | "mo" => " (a month has no fixed length; 30d is near)",
        "y" | "year" | "years" => " (a year has no fixed length; 365d is near)",
        _ => "",
    }
}

/// Reads a duration as milliseconds. Zero (`0s`) is a duration; whether it makes sense is for the reader to say.
///
/// # Errors
/// When the text is not numbers with units, the longest unit first.
///
/// ```
/// use deskbell::domain::duration::parse_duration;
/// assert_eq!(parse_duration("1h30m"), Ok(5_400_000));
/// assert!(parse_duration("30").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let owned = || text.to_owned();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(DurationError::Empty);
    }
    let mut total: i64 = 0;
    let mut last: Option<usize> = None;
    while !rest.is_empty() {
        let (number, tail) = split_while(rest, |c| c.is_ascii_digit());
        if number.is_empty() {
            return Err(DurationError::Unexpected { text: owned(), found: rest.to_owned() });
        }
        let (unit, tail) = split_while(tail, char::is_alphabetic);
        if unit.is_empty() {
            return Err(if tail.trim_start().is_empty() {
                DurationError::NoUnit { text: owned(), number: number.to_owned() }
            } else {
                DurationError::Unexpected { text: owned(), found: tail.to_owned() }
            });
        }
        let Some(index) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(DurationError::UnknownUnit { text: owned(), unit: unit.to_owned() });
        };
        if let Some(before) = last.filter(|before| index <= *before) {
            return Err(DurationError::OutOfOrder {
                text: owned(),
                unit: unit.to_owned(),
                after: UNITS[before].0.to_owned(),
            });
        }
        last = Some(index);
        let part = number.parse::<i64>().ok().and_then(|n| n.checked_mul(UNITS[index].1));
        total =
            part.and_then(|part| total.checked_add(part)).ok_or_else(|| DurationError::TooLong { text: owned() })?;
        rest = tail.trim_start();
    }
    Ok(total)
}

/// Writes milliseconds as [`parse_duration`] reads them: `1h30m`; zero is `0s`.
pub fn format_duration_ms(ms: i64) -> String {
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut out = String::from(if ms < 0 { "-" } else { "" });
    let mut rest = ms.unsigned_abs();
    for (name, length) in UNITS {
        let length = length.unsigned_abs();
        if rest >= length {
            out.push_str(&format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    out
}

/// The longest start of `text` whose characters all pass, and what follows.
fn split_while(text: &str, pass: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !pass(c)).unwrap_or(text.len()))
}

/// A stretch of time as people say it: `45s`, `12m 30s`, `3h 05m`, `2d 4h` (kpis.md R17). Business time has no days,
/// since a business day is not 24 hours.
///
/// The unit is chosen by the value rounded to it, so that 59.6 s is `1m 00s` and never `60s`.
pub fn spoken_duration(seconds: f64, days: bool) -> String {
    let s = half_up(seconds) as i64;
    if s < 60 {
        return format!("{s}s");
    }
    if s < 3600 {
        return format!("{}m {:02}s", s / 60, s % 60);
    }
    let minutes = half_up(seconds / 60.0) as i64;
    if minutes < 24 * 60 || !days {
        return format!("{}h {:02}m", minutes / 60, minutes % 60);
    }
    let hours = half_up(seconds / 3600.0) as i64;
    format!("{}d {}h", hours / 24, hours % 24)
}

/// Rounds to the nearest whole number, halves upwards; the last bit of a product is forgiven.
pub fn half_up(v: f64) -> f64 {
    (v + 0.5 + 1e-9).floor()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, ms) in [
            ("90s", 90_000),
            ("15m", 900_000),
            ("1h30m", 5_400_000),
            ("1h 30m", 5_400_000),
            (" 2d ", 172_800_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("0s", 0),
            ("250ms", 250),
        ] {
            assert_eq!(parse_duration(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_reason() {
        let said: Vec<String> = [
            "",
            "30",
            "1h30",
            "soon",
            "-5m",
            "1.5h",
            "5 m",
            "5min",
            "2w",
            "1M",
            "30m1h",
            "1h1h",
            "99999999999999999999d",
            "9223372036854775807s",
            "106751991167d106751991167h",
        ]
        .iter()
        .map(|text| parse_duration(text).expect_err(text).to_string())
        .collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 0..=i64::MAX) {
            prop_assert_eq!(parse_duration(&format_duration_ms(ms)), Ok(ms));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse_duration(&text).map_err(|e| e.to_string());
        }
    }
}
