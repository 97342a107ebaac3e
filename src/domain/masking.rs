//! What customers write, without what would let a stranger reach them: e-mail addresses, telephone and card numbers.
//!
//! What is shown in chat stays there, so it is masked before (kpis.md R21). A number is taken for a telephone number when
//! it is dialled like one or is long enough to be nothing else; order numbers and dates stay readable.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

static MAIL: LazyLock<Regex> = LazyLock::new(|| expression(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"));

/// A run of digits with what people put between them.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:\+|\(\+?|\b)\d(?:[ ()./-]{0,3}\d){5,}\b"));

/// A date, perhaps with what follows it.
static DATE: LazyLock<Regex> = LazyLock::new(|| expression(r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b"));

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("the expression is a constant")
}

/// The digits of card numbers; telephone numbers have fewer.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;
/// The digits of telephone numbers that say so: they begin with `+` or `0`.
const DIALLED: std::ops::RangeInclusive<usize> = 7..=15;
/// The digits of telephone numbers that do not.
const LONG: std::ops::RangeInclusive<usize> = 9..=15;

/// The text with a word for whatever must not be read.
pub fn masked(text: &str) -> String {
    let text = MAIL.replace_all(text, "[e-mail]");
    NUMBER.replace_all(&text, |found: &Captures<'_>| number(&found[0])).into_owned()
}

fn number(found: &str) -> Cow<'static, str> {
    let digits: Vec<u32> = found.chars().filter_map(|c| c.to_digit(10)).collect();
    let count = digits.len();
    let dialled = found.trim_start_matches('(').starts_with(['+', '0']);
    if CARD.contains(&count) && is_card(&digits) {
        return Cow::Borrowed("[card number]");
    }
    if DATE.is_match(found) {
        return Cow::Owned(found.to_owned());
    }
    if LONG.contains(&count) || (dialled && DIALLED.contains(&count)) {
        return Cow::Borrowed("[phone number]");
    }
    Cow::Owned(found.to_owned())
}

/// The check digit of card numbers (Luhn).
fn is_card(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(n, digit)| if n % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_let_a_stranger_reach_a_customer_is_masked() {
        let table = [
            ("write to kim.lee+shop@mail.example.co.uk please", "write to [e-mail] please"),
            ("call +49 (0)30 123-4567!", "call [phone number]!"),
            ("call (030) 1234567 or 0301234567", "call [phone number] or [phone number]"),
            ("my number is 555-123-4567.", "my number is [phone number]."),
            ("card 4111 1111 1111 1111, again 4111111111111111", "card [card number], again [card number]"),
            ("5500-0000-0000-0004", "[card number]"),
        ];
        for (text, expected) in table {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_tells_nothing_about_anybody_stays() {
        for text in [
            "fixed, thank you",
            "order 12345678 of 2026-11-22 10:30",
            "since 22.11.2026 10:30",
            "waited 3 days, 2 calls, 15 mails",
            "100 000 times better",
            "version 10.2.33",
            "größer als 5 @ home",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
