//! Numbers as people read them (kpis.md R17): computed unrounded, rounded half up once, here.

use crate::domain::duration::{half_up, spoken_duration};
use crate::domain::money::Currency;
use crate::domain::names::{Clock, Unit};

/// What stands where there is no number.
pub const NONE: &str = "n/a";

/// A duration of the calendar clock: `45s`, `12m 30s`, `3h 05m`, `2d 4h`.
pub fn duration(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NONE.to_owned(), |s| signed(s, |s| spoken_duration(s, true)))
}

/// A duration of the business clock, never in days: a business day is not 24 hours.
pub fn business_duration(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| NONE.to_owned(), |s| signed(s, |s| spoken_duration(s, false)))
}

/// A duration of either clock.
pub fn duration_on(clock: Option<Clock>, seconds: f64) -> String {
    match clock {
        Some(Clock::Business) => business_duration(Some(seconds)),
        Some(Clock::Calendar) | None => duration(Some(seconds)),
    }
}

/// A fraction as percent with one decimal.
pub fn percent(fraction: Option<f64>) -> String {
    fraction.map_or_else(|| NONE.to_owned(), |f| format!("{}%", decimal(f * 100.0)))
}

/// A whole number with its thousands apart.
pub fn count(value: f64) -> String {
    signed(value, |v| {
        let digits = format!("{:.0}", half_up(v));
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(',');
            }
            out.push(c);
        }
        out
    })
}

/// A whole number with its sign: `+2`, `−3`, `0`.
pub fn signed_count(value: f64) -> String {
    with_plus(value, count(value))
}

/// A relative change: `+12%`, `−3%`.
pub fn relative_change(fraction: f64) -> String {
    let percent = fraction * 100.0;
    with_plus(percent, format!("{}%", count(percent)))
}

/// A change of a rate in percentage points: `+10.0 pp`.
pub fn points_change(difference: f64) -> String {
    let points = difference * 100.0;
    with_plus(points, format!("{} pp", signed(points, decimal)))
}

/// A change of a score: `+12 points`.
pub fn score_change(difference: f64) -> String {
    format!("{} points", signed_count(difference))
}

/// A change of a mean answer: `+0.2`.
pub fn rating_change(difference: f64) -> String {
    with_plus(difference, signed(difference, decimal))
}

/// A value in its unit.
pub fn value(unit: Unit, clock: Option<Clock>, value: Option<f64>) -> String {
    let Some(v) = value else { return NONE.to_owned() };
    match unit {
        Unit::Seconds => duration_on(clock, v),
        Unit::Percent => percent(value),
        Unit::Share => signed(v, |v| format!("{:.2}", half_up(v * 100.0) / 100.0)),
        // A mean of counts is seldom whole.
        Unit::Count if v.fract() != 0.0 => signed(v, decimal),
        Unit::Count | Unit::Points | Unit::Flag | Unit::Composite => count(v),
        Unit::People | Unit::Messages | Unit::Rating | Unit::Rate => signed(v, decimal),
        Unit::Currency => amount(v, Currency::default().digits()),
    }
}

/// Money with its currency: `8,640.00 €`.
pub fn money(value: f64, currency: Currency) -> String {
    format!("{} {}", amount(value, currency.digits()), currency.symbol())
}

/// A number with so many digits after the point and its thousands apart.
fn amount(value: f64, digits: usize) -> String {
    signed(value, |v| {
        let unit = 10f64.powi(i32::try_from(digits).unwrap_or_default());
        let shown = format!("{:.digits$}", half_up(v * unit) / unit);
        let (whole, rest) = shown.split_at(shown.find('.').unwrap_or(shown.len()));
        format!("{}{rest}", count(whole.parse().unwrap_or_default()))
    })
}

fn decimal(v: f64) -> String {
    format!("{:.1}", half_up(v * 10.0) / 10.0)
}

fn signed(v: f64, show: impl Fn(f64) -> String) -> String {
    let shown = show(v.abs());
    if v < 0.0 && shown.contains(|c: char| c.is_ascii_digit() && c != '0') { format!("−{shown}") } else { shown }
}

fn with_plus(v: f64, shown: String) -> String {
    if v > 0.0 && shown.contains(|c: char| c.is_ascii_digit() && c != '0') { format!("+{shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_and_signs() {
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(-1200.4), "−1,200");
        assert_eq!(count(-0.2), "0");
        assert_eq!(signed_count(2.0), "+2");
        assert_eq!(signed_count(0.0), "0");
        assert_eq!(signed_count(-3.0), "−3");
    }

    #[test]
    fn changes_say_their_direction() {
        assert_eq!(relative_change(0.1189), "+12%");
        assert_eq!(relative_change(-0.5), "−50%");
        assert_eq!(relative_change(0.001), "0%");
        assert_eq!(points_change(0.1), "+10.0 pp");
        assert_eq!(points_change(-0.0321), "−3.2 pp");
    }

    #[test]
    fn every_unit_has_a_form() {
        assert_eq!(value(Unit::Seconds, Some(Clock::Business), Some(187_200.0)), "52h 00m");
        assert_eq!(value(Unit::Seconds, None, Some(187_200.0)), "2d 4h");
        assert_eq!(value(Unit::Percent, None, Some(0.923)), "92.3%");
        assert_eq!(value(Unit::People, None, Some(1.55)), "1.6");
        assert_eq!(value(Unit::Currency, None, Some(2.675)), "2.68");
        assert_eq!(value(Unit::Rate, None, Some(2.04)), "2.0");
        assert_eq!(value(Unit::Share, None, Some(0.904)), "0.90");
        assert_eq!(value(Unit::Count, None, None), "n/a");
    }

    #[test]
    fn money_has_the_digits_of_its_currency() {
        let money = |value, code| money(value, Currency::parse(code).expect("three letters"));
        assert_eq!(money(8640.0, "EUR"), "8,640.00 €");
        assert_eq!(money(-1_234_567.894_9, "USD"), "−1,234,567.89 $");
        assert_eq!(money(1234.5, "JPY"), "1,235 ¥");
        assert_eq!(money(0.001, "KWD"), "0.001 KWD");
        assert_eq!(money(2.675, "CHF"), "2.68 CHF");
    }
}
