//! What holds for every text and every call.

use chrono::{NaiveDate, Weekday};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::domain::event::{Status, Target};
use crate::domain::names::{Clock, GroupBy};
use crate::domain::schedule::Plan;
use crate::domain::sla::{CalendarChoice, Supposed, Supposition};
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
    let versus =
        [Versus::Previous, Versus::LastWeek, Versus::LastMonth, Versus::LastYear, Versus::Average, Versus::None];
    let views = [View::Number, View::Explanation, View::Tickets, View::Rows];
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
        select(views.to_vec()),
    );
    let metrics =
        (what, how).prop_map(|((metrics, period, by, filters, versus), (clock, stat, variant, as_of, share, view))| {
            // A breakdown does not go with an explanation, and neither does the lack of a metric.
            let view = if metrics.is_empty() && view != View::Rows { View::Number } else { view };
            let by = by.filter(|_| view == View::Number);
            let variant = variant.map(|variant| variant.to_lowercase());
            let call = MetricsCall { view, metrics, period, by, filters, versus, clock, stat, variant, as_of, share };
            Call::Metrics(call)
        });
    prop_oneof![
        20 => metrics,
        5 => sla_calls().prop_map(Call::Sla),
        5 => digest_calls().prop_map(Call::Digest),
        1 => option::of(select(&Topic::ALL[..])).prop_map(Call::Help),
    ]
}

fn digest_calls() -> impl Strategy<Value = DigestCall> {
    let minutes = || 0..24 * 60_u16;
    let weekdays: Vec<chrono::Weekday> = (0..7).filter_map(|n: u8| n.try_into().ok()).collect();
    let plans = prop_oneof![
        minutes().prop_map(Plan::Daily),
        minutes().prop_map(Plan::Weekdays),
        (select(weekdays), minutes()).prop_map(|(day, at)| Plan::Weekly(day, at)),
        (1..=28_u8, minutes()).prop_map(|(day, at)| Plan::Monthly(day, at)),
        select(vec!["*/30 9-17 * * *", "0 9 31 * *", "0 9 13 * Fri"]).prop_map(|line| Plan::Cron(line.to_owned())),
    ];
    let zones = option::of(select(&chrono_tz::TZ_VARIANTS[..]));
    prop_oneof![
        Just(DigestCall::List),
        (plans, zones, option::of("[a-zA-Z0-9._-]{1,32}")).prop_map(|(plan, zone, name)| DigestCall::Add(NewDigest {
            plan,
            zone,
            name
        })),
        values().prop_map(DigestCall::Remove),
        option::of(values()).prop_map(DigestCall::Preview),
        option::of(values()).prop_map(DigestCall::Send),
    ]
}

fn moments() -> impl Strategy<Value = AsOf> {
    prop_oneof![dates().prop_map(AsOf::Date), (0..4_102_444_800_000_i64).prop_map(|ms| AsOf::At(Timestamp(ms)))]
}

fn sla_calls() -> impl Strategy<Value = SlaCall> {
    let weekdays = (0..7_u8).prop_map(|day| Day::Weekday(Weekday::try_from(day).expect("a day of the week")));
    let days = prop_oneof![Just(Day::Next), Just(Day::Tomorrow), weekdays];
    // Whole minutes: a snooze has no less.
    let snoozes = prop_oneof![
        (1..=7 * 24 * 60_i64).prop_map(|minutes| Snooze::For(minutes * 60_000)),
        (days, 0..24 * 60_u16).prop_map(|(day, minutes)| Snooze::Until(day, minutes)),
        Just(Snooze::Opening),
    ];
    let deeds = prop_oneof![Just(Deed::Claim), Just(Deed::Release), snoozes.prop_map(Deed::Snooze)];
    let at_risk = (filters(), option::of(moments()), any::<bool>())
        .prop_map(|(filters, as_of, share)| SlaCall::AtRisk(AtRiskCall { filters, as_of, share }));
    let tail = (option::of(periods()), filters(), option::of(moments()), any::<bool>());
    let simulate = (suppositions(), tail).prop_map(|(supposition, (period, filters, as_of, share))| {
        SlaCall::Simulate(Box::new(SimulateCall { supposition, period, filters, as_of, share }))
    });
    prop_oneof![
        at_risk,
        simulate,
        (values(), option::of(moments())).prop_map(|(ticket, as_of)| SlaCall::Why(ticket, as_of)),
        (values(), deeds).prop_map(|(ticket, deed)| SlaCall::Act(ticket, deed)),
    ]
}

fn suppositions() -> impl Strategy<Value = Supposition> {
    let seconds = || 1..=31_622_400_i64;
    let supposed = prop_oneof![
        Just(Supposed::Nothing),
        seconds().prop_map(Supposed::All),
        proptest::collection::btree_map("[a-z]{1,6}|[a-z ]{2}x|p:1", seconds(), 1..3).prop_map(Supposed::ByPriority),
    ];
    let calendars = prop_oneof![
        Just(CalendarChoice::Team),
        Just(CalendarChoice::Always),
        values()
            .prop_filter("another word", |name| !["team", "always"].contains(&name.as_str()))
            .prop_map(CalendarChoice::Named),
    ];
    let pause = subsequence(vec![Status::New, Status::Open, Status::Pending, Status::OnHold], 0..=4);
    let targets = proptest::collection::btree_map(select(&Target::ALL[..]), supposed, 0..4);
    (option::of(values()), targets, option::of(calendars), option::of(pause))
        .prop_map(|(policy, targets, calendar, pause)| Supposition { policy, targets, calendar, pause })
}

/// The call without the places of its filters.
fn placeless(mut call: Call) -> Call {
    let filters = match &mut call {
        Call::Metrics(call) => &mut call.filters,
        Call::Sla(SlaCall::AtRisk(call)) => &mut call.filters,
        Call::Sla(SlaCall::Simulate(call)) => &mut call.filters,
        Call::Sla(_) | Call::Digest(_) | Call::Help(_) => return call,
    };
    filters.iter_mut().for_each(|filter| filter.position = 0);
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
        "explain",
        "list",
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
        "/sla",
        "simulate",
        "why",
        "snooze",
        "first_response=2h",
        "update=",
        "pause=none",
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
            let _ = also_meant(&text, &vocabulary);
        }
    }

    #[test]
    fn no_typing_makes_completion_panic_or_run_over(typed in prop_oneof![any::<String>(), scribbles()]) {
        for option in ["metric", "period", "filter", "by", "variant"] {
            let found = options::complete("metrics", option, &typed, &desk(), &|_, _| true);
            prop_assert!(found.len() <= options::MOST_CHOICES);
            prop_assert!(found.iter().all(|choice| choice.chars().count() <= 100));
        }
    }
}

/// Questions, each word of which will be misspelt.
fn questions() -> Vec<String> {
    let words = |words: &mut dyn Iterator<Item = &'static str>| words.map(str::to_owned).collect::<Vec<_>>();
    let mut out =
        words(&mut lexicon::NAMES.iter().filter(|name| name.reach == lexicon::Reach::Begun).map(|n| n.written));
    out.extend(words(&mut GroupBy::ALL.iter().map(|by| by.name())).iter().map(|by| format!("frt by {by}")));
    out.extend(lexicon::VERSUS.iter().map(|(word, _)| format!("frt vs {word} by team")));
    for (unit, _) in lexicon::PERIOD_UNITS {
        out.extend([format!("frt this {unit}"), format!("last {unit} csat"), format!("past {unit}")]);
    }
    out.extend(lexicon::ROLLING_UNITS.iter().map(|(unit, _, _)| format!("last 12 {unit} frt")));
    out.extend(lexicon::CLOCKS.iter().map(|(word, _)| format!("frt clock:{word}")));
    out.extend(lexicon::STATS.iter().map(|(word, _)| format!("frt stat:{word}")));
    let others = [
        "today",
        "yesterday frt",
        "frt since 2026-10-01",
        "frt all",
        "frt vs none share",
        "frt versus average",
        "explain frt",
        "csat list",
        "frt team:billing",
        "frt priority:high,urgent",
        "csat agent:none by team",
        "frt -tag:vip",
        "as-of:2026-10-01 frt",
        "resolution_rate variant:to_date",
        "frt tier:gold source:zendesk",
        "csat channel:email category:login",
    ];
    out.extend(others.map(str::to_owned));
    out
}

/// A word with one slip at each of its letters: left out, wrong, doubled, another put before it, or changed about with
/// the next, in turn.
fn slips(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    let slip = |at: usize| {
        let mut slipped = chars.clone();
        match (at + chars.len()) % 5 {
            0 => drop(slipped.remove(at)),
            1 => slipped[at] = 'e',
            2 => slipped.insert(at, chars[at]),
            3 => slipped.insert(at, 's'),
            _ => slipped.swap(at, (at + 1) % chars.len()),
        }
        slipped.into_iter().collect()
    };
    (0..chars.len()).map(slip).collect()
}

/// The words of a text that can be misspelt: letters, and at least two of them.
fn words_of(text: &str) -> Vec<(usize, usize)> {
    let ends = text.char_indices().filter(|(_, c)| !c.is_ascii_alphabetic()).map(|(i, _)| i).chain([text.len()]);
    let mut from = 0;
    let mut out = Vec::new();
    for to in ends {
        if to > from + 1 {
            out.push((from, to));
        }
        from = to + 1;
    }
    out
}

#[test]
fn a_slip_in_any_word_is_pointed_at_and_its_correction_offered() {
    let vocabulary = desk();
    let mut faults = Vec::new();
    for question in questions() {
        let meant = parse(&question, &vocabulary).map(placeless);
        assert!(meant.is_ok(), "{question}");
        // Without its first word it asks for a number of days.
        if question.starts_with(MetricId::OverloadDays.name()) {
            continue;
        }
        for (from, to) in words_of(&question) {
            for slip in slips(&question[from..to]) {
                let misspelt = format!("{}{slip}{}", &question[..from], &question[to..]);
                // Another word of the grammar, or a value of the desk: not a misspelling.
                let others = GroupBy::ALL.iter().map(|by| by.name()).chain(lexicon::KEYWORDS).chain(["low"]);
                if others.into_iter().any(|word| word == slip) {
                    continue;
                }
                // What is understood says something else, or the same in another way.
                let Err(error) = parse(&misspelt, &vocabulary) else { continue };
                let is_there = error.position <= to && error.position + error.length + 1 >= from;
                let mut corrections = error.suggestions.iter().map(|word| error.corrected(&misspelt, word));
                let is_mended = corrections.any(|text| parse(&text, &vocabulary).map(placeless) == meant);
                let is_full = error.suggestions.len() >= lexicon::MOST_SUGGESTIONS;
                if !is_there || !is_mended && !is_full {
                    faults.push(format!("{question} → {misspelt}: {error}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}\n{}", faults.len(), faults.join("\n"));
}
