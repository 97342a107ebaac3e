//! What holds for every text and every call.

use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::domain::names::{Clock, GroupBy};
use crate::domain::timestamp::Timestamp;

fn dates() -> impl Strategy<Value = NaiveDate> {
    (1970..=2100_i32, 1..=366_u32).prop_filter_map("a day of the year", |(y, d)| NaiveDate::from_yo_opt(y, d))
}

fn periods() -> impl Strategy<Value = PeriodSpec> {
    let units = [PeriodUnit::Week, PeriodUnit::Month, PeriodUnit::Quarter, PeriodUnit::Year];
    let counted = [RollingUnit::Hours, RollingUnit::Days, RollingUnit::Weeks, RollingUnit::Months];
    prop_oneof![
        Just(PeriodSpec::Today),
        Just(PeriodSpec::Yesterday),
        Just(PeriodSpec::All),
        select(units.to_vec()).prop_map(PeriodSpec::This),
        select(units.to_vec()).prop_map(PeriodSpec::LastWhole),
        (1..=9999_u32, select(counted.to_vec())).prop_map(|(n, unit)| PeriodSpec::Last(n, unit)),
        (dates(), dates()).prop_map(|(a, b)| PeriodSpec::Dates(a.min(b), a.max(b))),
        dates().prop_map(PeriodSpec::Since),
    ]
}

/// Values as people and vendors make them up: plain words, and anything at all.
fn values() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9_.-]{1,8}", "[a-zA-Z ,:=\"“”\\\\-]{1,8}", any::<String>()]
        .prop_filter("a value is not empty", |value| !value.is_empty())
}

/// At most one filter that includes for each dimension, any number that exclude.
fn filters() -> impl Strategy<Value = Vec<Filter>> {
    let filter = (select(&Dimension::ALL[..]), proptest::collection::btree_set(values(), 1..4), any::<bool>());
    vec(filter, 0..4).prop_map(|filters| {
        let mut included = Vec::new();
        let mut kept = Vec::new();
        for (dimension, values, exclude) in filters {
            if exclude || !included.contains(&dimension) {
                if !exclude {
                    included.push(dimension);
                }
                kept.push(Filter { dimension, values: values.into_iter().collect(), exclude, position: 0 });
            }
        }
        kept
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let versus = [Versus::Previous, Versus::LastYear, Versus::Average, Versus::None];
    let as_of =
        prop_oneof![dates().prop_map(AsOf::Date), (0..4_102_444_800_000_i64).prop_map(|ms| AsOf::At(Timestamp(ms)))];
    let what = (
        subsequence(MetricId::ALL, 0..=MetricId::ALL.len()).prop_shuffle(),
        option::of(periods()),
        option::of(select(&GroupBy::ALL[..])),
        filters(),
        select(versus.to_vec()),
    );
    let how = (
        option::of(select(&[Clock::Business, Clock::Calendar][..])),
        option::of(select(&[Stat::Median, Stat::Mean, Stat::P90][..])),
        option::of(values()),
        option::of(as_of),
        any::<bool>(),
    );
    let metrics =
        (what, how).prop_map(|((metrics, period, by, filters, versus), (clock, stat, variant, as_of, share))| {
            Call::Metrics(MetricsCall { metrics, period, by, filters, versus, clock, stat, variant, as_of, share })
        });
    prop_oneof![20 => metrics, 1 => option::of(select(&Topic::ALL[..])).prop_map(Call::Help)]
}

/// The call without the places of its filters.
fn placeless(mut call: Call) -> Call {
    if let Call::Metrics(call) = &mut call {
        call.filters.iter_mut().for_each(|filter| filter.position = 0);
    }
    call
}

/// Text that is nearly a command.
fn scribbles() -> impl Strategy<Value = String> {
    let words = [
        "/metrics",
        "frt",
        "first",
        "reply",
        "last",
        "7",
        "days",
        "30d",
        "week",
        "by",
        "team",
        "team:",
        "tag:\"",
        "\"",
        "-",
        "vs",
        "..",
        "2026-10-01",
        "2026-10-01..",
        ",",
        ":",
        "=",
        "!=",
        "clock:",
        "as-of:2026",
        "share",
        "\\",
        "%",
        "“",
        "since",
        "all",
        "日本",
        "ß",
        "İ",
        "é",
        "𝔘",
        "\u{301}",
        "\t",
        "/bell",
        "help",
    ];
    let gap = select(&["", " ", "  "][..]);
    vec((select(words.to_vec()), gap), 0..12)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| format!("{word}{gap}")).collect())
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_call(call in calls()) {
        let text = unparse(&call);
        let read = parse(&text, &Vocabulary::default()).map(placeless);
        prop_assert_eq!(read.as_ref(), Ok(&call), "{}", text);
        if let Some(short) = unparse_within(&call, text.len() - 1) {
            prop_assert_eq!(parse(&short, &Vocabulary::default()).map(placeless), Ok(call), "{}", short);
        }
    }

    #[test]
    fn no_text_makes_it_panic_and_every_error_points_into_the_text(
        text in prop_oneof![any::<String>(), scribbles()],
        other in scribbles(),
    ) {
        for vocabulary in [Vocabulary::default(), desk()] {
            if let Err(error) = parse(&text, &vocabulary) {
                prop_assert!(error.position + error.length <= text.chars().count(), "{:?}", error);
                prop_assert!(!error.message.is_empty());
                let _ = (error.to_string(), error.pointer(&text), error.pointer(&other));
                for suggestion in &error.suggestions {
                    prop_assert_ne!(error.corrected(&text, suggestion), text.clone());
                }
            }
            let _ = also_meant(&text);
        }
    }

    #[test]
    fn no_typing_makes_completion_panic_or_run_over(typed in prop_oneof![any::<String>(), scribbles()]) {
        for option in ["metric", "period", "filter", "by"] {
            let found = options::complete("metrics", option, &typed, &desk());
            prop_assert!(found.len() <= options::MOST_CHOICES);
            prop_assert!(found.iter().all(|choice| choice.chars().count() <= 100));
        }
    }
}
