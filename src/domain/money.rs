//! Money: sums and shares that are exact, whatever the order and however a whole is cut into parts (kpis.md 5.4.1, R20).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

/// Samples hold millionths of a unit; the further digits of a share are kept in trillionths.
const TRILLIONTHS_A_MILLIONTH: i128 = 1_000_000;
const TRILLION: i128 = 1_000_000_000_000;

/// An amount of some currency, in trillionths of its unit. Integers, so that no order of adding changes a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount in millionths of the currency's unit.
    pub const fn of_micros(micros: i64) -> Self {
        Self(micros as i128 * TRILLIONTHS_A_MILLIONTH)
    }

    /// What falls to the parts `from..to` of `of` equal ones: multiplied first and divided last, and cut so that the
    /// shares of neighbouring ranges add up to the share of both.
    pub fn share(self, from: i64, to: i64, of: i64) -> Self {
        let until = |part: i64| (self.0 * i128::from(part)).div_euclid(i128::from(of.max(1)));
        Self(until(to) - until(from))
    }

    /// The amount as a number.
    pub fn amount(self) -> f64 {
        // Apart, because together they have more digits than a number with a point can hold.
        let (whole, rest) = (self.0 / TRILLION, self.0 % TRILLION);
        whole as f64 + rest as f64 / TRILLION as f64
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// A currency by its three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads `EUR`, in any case; `None` of anything but three letters.
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphabetic).then(|| Self(letters.map(|c| c.to_ascii_uppercase())))
    }

    /// Whether a word means this currency.
    pub fn is(self, word: &str) -> bool {
        Self::parse(word.trim()) == Some(self)
    }

    /// Its three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// What people write beside amounts.
    pub fn symbol(&self) -> &str {
        match &self.0 {
            b"EUR" => "€",
            b"USD" => "$",
            b"GBP" => "£",
            b"JPY" => "¥",
            _ => self.code(),
        }
    }

    /// Digits after the point (ISO 4217).
    pub const fn digits(self) -> usize {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl Default for Currency {
    /// That of a workspace that names none.
    fn default() -> Self {
        Self(*b"EUR")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = String::deserialize(d)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("a currency is three letters, such as EUR"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn units(amount: i64) -> Money {
        Money::of_micros(amount * 1_000_000)
    }

    #[test]
    fn a_month_falls_evenly_on_its_days() {
        let salaries = units(29_000);
        assert_eq!(salaries.share(25, 29, 29), units(4_000));
        assert_eq!(salaries.share(0, 29, 29), salaries);
        assert!((units(100).share(0, 1, 3).amount() - 100.0 / 3.0).abs() < 1e-11);
    }

    #[test]
    fn currencies_are_three_letters_in_any_case() {
        let euro = Currency::parse("eur").expect("three letters");
        assert_eq!((euro, euro.code(), euro.symbol(), euro.digits()), (Currency::default(), "EUR", "€", 2));
        assert!(euro.is(" Eur ") && !euro.is("USD"));
        assert_eq!(Currency::parse("JPY").map(Currency::digits), Some(0));
        for word in ["", "EU", "EURO", "E1R", "€"] {
            assert_eq!(Currency::parse(word), None, "{word}");
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_however_a_whole_is_cut(micros: i64, days in 1i64..400, cuts in prop::collection::vec(0i64..400, 0..6)) {
            let whole = Money::of_micros(micros);
            let mut cuts: Vec<i64> = cuts.into_iter().map(|c| c.min(days)).chain([0, days]).collect();
            cuts.sort_unstable();
            let parts: Money = cuts.windows(2).map(|w| whole.share(w[0], w[1], days)).sum();
            prop_assert_eq!(parts, whole);
        }

        #[test]
        fn cents_stay_cents(cents in -1_000_000_000i64..1_000_000_000) {
            prop_assert_eq!(Money::of_micros(cents * 10_000).amount(), cents as f64 / 100.0);
        }
    }
}
