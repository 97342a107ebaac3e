//! What makes no sense although it is well-formed, said to whoever sent it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::{Fact, RatingReceived};
use crate::domain::names::{Dimension, nearest};

impl Fact {
    /// What about the data makes no sense, though it is well-formed.
    pub(in crate::domain) fn fault(&self) -> Option<String> {
        let span = |ends_first: bool| ends_first.then(|| "it ends before it begins".to_owned());
        match self {
            Self::Shift(shift) => span(shift.end < shift.start),
            Self::Presence(presence) => span(presence.end < presence.start),
            Self::TimeTracked(time) => (!(0.0..=LONGEST_S).contains(&time.seconds))
                .then(|| format!("seconds is {}; write from 0 to {LONGEST_S} (a year)", time.seconds)),
            Self::Cost(cost) => span(cost.to < cost.from)
                .or_else(|| money(cost.amount, cost.currency.as_deref()))
                .or_else(|| cost.dimensions.iter().flat_map(BTreeMap::keys).find_map(|name| unknown_dimension(name))),
            Self::CustomerSubscribed(data) => match data.state.as_deref() {
                Some(state) if !["trial", "paid"].iter().any(|known| known.eq_ignore_ascii_case(state)) => {
                    Some(format!("state is {state:?}; write \"trial\" or \"paid\""))
                }
                _ => money(data.amount.unwrap_or_default(), data.currency.as_deref()),
            },
            Self::CustomerChurned(data) => money(data.amount.unwrap_or_default(), data.currency.as_deref()),
            Self::Revenue(data) => money(data.amount, data.currency.as_deref()),
            Self::RatingReceived(rating) => rating.fault(),
            _ => None,
        }
    }
}

/// The longest entry of a time sheet, in seconds.
const LONGEST_S: f64 = 366.0 * 86_400.0;

/// The largest amount of money: millionths of it still fit.
const MOST: f64 = 9e12;

/// The dimensions a cost can be for; its category stands by itself.
const BORNE_BY: [Dimension; 6] =
    [Dimension::Team, Dimension::Agent, Dimension::Channel, Dimension::Priority, Dimension::Tag, Dimension::Tier];

fn money(amount: f64, currency: Option<&str>) -> Option<String> {
    if amount.abs() > MOST {
        return Some(format!("amount is {amount}; write at most {MOST}"));
    }
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic());
    let currency = currency.filter(|code| !is_code(code))?;
    Some(format!("currency is {currency:?}; write a code of three letters such as \"EUR\""))
}

fn unknown_dimension(name: &str) -> Option<String> {
    let known = || BORNE_BY.iter().map(|d| d.name());
    if known().any(|k| k == name) {
        return None;
    }
    let hint = nearest(name, known()).map_or_else(
        || format!("known are {}", known().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near:?}?"),
    );
    Some(format!("there is no dimension {name:?}; {hint}"))
}

impl RatingReceived {
    /// The answers a scale allows; `None` of scales that do not exist.
    fn answers(scale: u32) -> Option<RangeInclusive<u32>> {
        match scale {
            2 | 3 | 4 | 5 | 7 | 10 => Some(1..=scale),
            11 => Some(0..=10),
            100 => Some(0..=100),
            _ => None,
        }
    }

    fn fault(&self) -> Option<String> {
        let Self { scale, value, .. } = self;
        let Some(answers) = Self::answers(*scale) else {
            return Some(format!("scale is {scale}; known are 2, 3, 4, 5, 7, 10, 11 and 100 points"));
        };
        let (from, to) = answers.into_inner();
        (!(f64::from(from)..=f64::from(to)).contains(value))
            .then(|| format!("value is {value}; {scale} points go from {from} to {to}"))
    }
}
