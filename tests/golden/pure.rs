//! The cases of pure functions: percentiles, intervals, verdicts, formats, periods, business hours.

use chrono_tz::Tz;
use deskbell::domain::query::{PeriodSpec, PeriodUnit, RollingUnit, Versus};
use deskbell::domain::timestamp::Timestamp;
use deskbell::metrics::period::{self, Zone};
use deskbell::metrics::statistics::Values;
use deskbell::metrics::{format, statistics};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::example::{agrees, calendar, file};

#[derive(Deserialize)]
pub(crate) struct Case {
    #[serde(rename = "fn")]
    pub(crate) function: String,
    args: Vec<Value>,
    expect: Value,
    tol: Option<f64>,
}

/// Asserts every case of a function.
pub(crate) fn run(function: &str) {
    for case in file().pure.iter().filter(|c| c.function == function) {
        let actual = case.call();
        assert!(
            agrees(&actual, &case.expect, case.tol.unwrap_or(1e-6)),
            "{function}{}: expected {}, got {actual}",
            Value::Array(case.args.clone()),
            case.expect
        );
    }
}

impl Case {
    fn arg<T: DeserializeOwned>(&self, index: usize) -> T {
        let arg = self.args.get(index).cloned().unwrap_or_default();
        serde_json::from_value(arg).unwrap_or_else(|e| panic!("{} argument {index}: {e}", self.function))
    }

    fn values(&self, index: usize) -> Values {
        Values::new(self.arg(index))
    }

    fn call(&self) -> Value {
        match self.function.as_str() {
            "percentile" => json!(statistics::percentile(&self.arg::<Vec<f64>>(0), self.arg(1))),
            "wilson" => {
                let (low, high) = statistics::wilson(self.arg(0), self.arg(1)).unzip();
                json!([low, high])
            }
            "nps" => statistics::nps(self.arg(0), self.arg(1), self.arg(2)).map_or(Value::Null, |nps| {
                json!({"value": nps.value, "moe_simple": nps.moe_simple, "ci_low": nps.ci_low, "ci_high": nps.ci_high})
            }),
            "newcombe" => statistics::newcombe(self.arg(0), self.arg(1), self.arg(2), self.arg(3))
                .map_or(Value::Null, |d| json!([d.value, d.low, d.high])),
            "median_ci" => json!(self.values(0).median_ci()),
            "poisson_z" => json!(statistics::poisson_z(self.arg(0), self.arg(1))),
            "verdict_rate" => {
                json!(statistics::verdict_rate(self.arg(0), self.arg(1), self.arg(2), self.arg(3)).words())
            }
            "verdict_count" => json!(statistics::verdict_count(self.arg(0), self.arg(1)).words()),
            "verdict_duration" => {
                json!(statistics::verdict_duration(&self.values(0), &self.values(1)).words())
            }
            "format_duration" => json!(format::duration(self.arg(0))),
            "format_business_duration" => json!(format::business_duration(self.arg(0))),
            "format_percent" => json!(format::percent(self.arg(0))),
            "period" => {
                let period = period::resolve(self.spec(), self.arg(1), self.zone());
                json!([period.from, period.to])
            }
            "compare" => {
                let versus = match self.arg::<String>(3).as_str() {
                    "previous" => Versus::Previous,
                    "yoy" => Versus::LastYear,
                    other => panic!("unknown comparison {other}"),
                };
                let compared = period::compare(self.spec(), self.arg(1), self.zone(), versus);
                compared.first().map_or(Value::Null, |p| json!([p.from, p.to]))
            }
            "business_seconds" => {
                let ms = calendar(&self.args[0]).business_ms(self.arg::<Timestamp>(1), self.arg::<Timestamp>(2));
                json!(ms as f64 / 1000.0)
            }
            other => panic!("no function {other}"),
        }
    }

    fn zone(&self) -> Zone {
        let timezone = self.arg::<String>(2).parse::<Tz>().expect("an IANA zone");
        Zone { timezone, ..Zone::default() }
    }

    fn spec(&self) -> PeriodSpec {
        match self.arg::<String>(0).as_str() {
            "today" => PeriodSpec::Today,
            "yesterday" => PeriodSpec::Yesterday,
            "7d" => PeriodSpec::Last(7, RollingUnit::Days),
            "this week" => PeriodSpec::This(PeriodUnit::Week),
            "this month" => PeriodSpec::This(PeriodUnit::Month),
            "this quarter" => PeriodSpec::This(PeriodUnit::Quarter),
            "last month" => PeriodSpec::LastWhole(PeriodUnit::Month),
            other => {
                let date = other.strip_prefix("day:").and_then(|d| d.parse().ok());
                let date = date.unwrap_or_else(|| panic!("no period {other}"));
                PeriodSpec::Dates(date, date)
            }
        }
    }
}
