//! The worked examples of the metric specification, read from `tests/kpi_examples.json` and asserted one by one.
//!
//! Each example has a test of its own name, so that a report says which of them hold. An example folds its events as
//! of the moment asked about, takes samples and asks the question exactly as the program does.

mod cost;
mod example;
mod pure;
mod workload;

use deskbell::domain::names::MetricId;
use std::collections::BTreeSet;

/// The metric of a name in the examples; all of them are built.
fn metric(id: &str) -> MetricId {
    MetricId::ALL.iter().copied().find(|m| m.id() == id).unwrap_or_else(|| panic!("no metric is called {id}"))
}

macro_rules! examples {
    ($($test:ident $id:literal,)*) => {
        $(#[test] fn $test() { example::run($id); })*

        const EXAMPLES: &[&str] = &[$($id,)*];
    };
}

examples! {
    golden_ex01 "EX01", golden_ex02 "EX02", golden_ex03 "EX03", golden_ex04 "EX04", golden_ex05 "EX05",
    golden_ex06 "EX06", golden_ex07 "EX07", golden_ex08 "EX08", golden_ex09 "EX09", golden_ex10 "EX10",
    golden_ex11 "EX11", golden_ex12 "EX12", golden_ex13 "EX13", golden_ex14 "EX14", golden_ex15 "EX15",
    golden_ex16 "EX16", golden_ex17 "EX17", golden_ex18 "EX18", golden_ex19 "EX19", golden_ex20 "EX20",
    golden_ex21 "EX21", golden_ex22 "EX22", golden_ex23 "EX23", golden_ex24 "EX24", golden_ex25 "EX25",
    golden_ex26 "EX26", golden_ex27 "EX27", golden_ex28 "EX28", golden_ex29 "EX29", golden_ex30 "EX30",
    golden_ex31 "EX31", golden_ex32 "EX32", golden_ex33 "EX33", golden_ex34 "EX34", golden_ex35 "EX35",
    golden_ex36 "EX36", golden_ex37 "EX37", golden_ex38 "EX38", golden_ex39 "EX39", golden_ex40 "EX40",
    golden_ex41 "EX41",
}

macro_rules! pure_functions {
    ($($test:ident $function:literal,)*) => {
        $(#[test] fn $test() { pure::run($function); })*

        const PURE: &[&str] = &[$($function,)*];
    };
}

pure_functions! {
    golden_pure_percentile "percentile",
    golden_pure_wilson "wilson",
    golden_pure_nps "nps",
    golden_pure_newcombe "newcombe",
    golden_pure_median_ci "median_ci",
    golden_pure_poisson_z "poisson_z",
    golden_pure_verdict_rate "verdict_rate",
    golden_pure_verdict_count "verdict_count",
    golden_pure_verdict_duration "verdict_duration",
    golden_pure_format_duration "format_duration",
    golden_pure_format_business_duration "format_business_duration",
    golden_pure_format_percent "format_percent",
    golden_pure_period "period",
    golden_pure_compare "compare",
    golden_pure_business_seconds "business_seconds",
}

#[test]
fn golden_nothing_is_left_out() {
    let file = example::file();
    let ids: Vec<&str> = file.examples.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, EXAMPLES);
    let functions: BTreeSet<&str> = file.pure.iter().map(|c| c.function.as_str()).collect();
    assert_eq!(functions, PURE.iter().copied().collect());
}
