//! Laws and corners of cost and value; the worked examples are in `tests/golden`.

use proptest::prelude::*;

use crate::domain::columns::Samples;
use crate::domain::definitions::{ChurnBase, ClvVariant, Definitions};
use crate::domain::event::{Event, Initiator};
use crate::domain::money::Currency;
use crate::domain::names::{Dimension, GroupBy, MetricId, TimeUnit};
use crate::domain::query::Filter;
use crate::domain::sample::{Dimensions, Sample, SampleFact, TicketKey};
use crate::domain::thread;
use crate::domain::timestamp::Timestamp;
use crate::metrics::answer::{Answer, Figures, Particulars, Reason, Row};
use crate::metrics::period::Period;
use crate::metrics::{Query, compute};

/// Facts about money and customers, each `day type data` of 2026, the day as `11-03`.
#[derive(Default)]
struct Books {
    samples: Vec<Sample>,
    definitions: Definitions,
}

fn at(day: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-{day}T00:00:00Z")).expect("a day")
}

fn between(from: &str, to: &str) -> Query {
    Query::over(Period { from: at(from), to: at(to) }, at("12-31"))
}

impl Books {
    fn of(lines: &[&str]) -> Self {
        let mut events: Vec<Event> = Vec::new();
        for (n, line) in lines.iter().enumerate() {
            let mut words = line.splitn(3, ' ');
            let mut next = || words.next().unwrap_or_default();
            let (day, name, data) = (next(), next(), next());
            let text =
                format!(r#"{{"event_id":"e{n}","seq":{n},"ts":"{}","type":"{name}","data":{{{data}}}}}"#, at(day));
            events.push(Event::parse(&text).unwrap_or_else(|e| panic!("{line}: {e}")));
        }
        let definitions = Definitions::default();
        let mut keys: Vec<TicketKey> = events.iter().map(|e| thread::key_of(e, "books")).collect();
        keys.sort();
        keys.dedup();
        let of = |key: &TicketKey| -> Vec<Event> {
            events.iter().filter(|e| thread::key_of(e, "books") == *key).cloned().collect()
        };
        let samples = keys.iter().flat_map(|key| thread::samples_of(key, &of(key), &definitions).1).collect();
        Self { samples, definitions }
    }

    fn ticket(&mut self, day: &str, customer: &str, dimensions: Dimensions) {
        self.samples.push(Sample {
            ticket: TicketKey { source: "desk".into(), id: format!("T{}", self.samples.len()) },
            at: at(day),
            until: None,
            customer: Some(customer.to_owned()),
            dimensions,
            fact: SampleFact::Created { initiator: Initiator::Customer },
            names: Vec::new(),
            text: None,
        });
    }

    fn answer(&self, id: MetricId, query: &Query) -> Answer {
        let samples = Samples::from_samples(self.samples.clone());
        compute(&Query { metrics: vec![id], ..query.clone() }, &self.definitions, &samples).metrics.remove(0)
    }

    fn ask(&self, id: MetricId, query: &Query) -> Figures {
        self.answer(id, query).figures
    }

    fn value(&self, id: MetricId, query: &Query) -> Option<f64> {
        self.ask(id, query).value
    }
}

fn of_team(team: &str) -> Vec<Filter> {
    vec![Filter { dimension: Dimension::Team, values: vec![team.to_owned()], exclude: false, position: 0 }]
}

#[test]
fn a_week_has_the_customers_of_its_beginning_whenever_its_first_ticket_came() {
    let mut books = Books::of(&[
        "11-01 customer_subscribed \"customer\":\"a\"",
        "11-01 customer_subscribed \"customer\":\"b\"",
        "11-04 customer_churned \"customer\":\"b\"",
    ]);
    books.ticket("11-06", "a", Dimensions { team: Some("billing".to_owned()), ..Dimensions::default() });
    let filters = of_team("billing");
    // The Monday of the week, and a day in its middle.
    for (from, kept) in [("11-02", 0.5), ("11-03", 0.5), ("11-05", 1.0)] {
        let by = Some(GroupBy::Time(TimeUnit::Week));
        let query = Query { by, filters: filters.clone(), ..between(from, "11-09") };
        let answer = books.answer(MetricId::CustomerRetentionRate, &query);
        let weeks: Vec<_> = answer.groups.iter().map(|group| (group.key.as_deref(), group.figures.value)).collect();
        assert_eq!(weeks, [(Some("2026-11-02"), Some(kept))], "{from}");
        assert_eq!(answer.figures.value, Some(kept), "{from}");
    }
}

#[test]
fn a_running_month_costs_what_its_days_so_far_do() {
    let books = Books::of(&[r#"11-01 cost "from":"2026-11-01","to":"2026-11-30","amount":3000,"category":"people""#]);
    let mut query = between("11-01", "12-01");
    query.as_of = Timestamp::parse("2026-11-10T12:00:00Z").expect("a time");
    assert_eq!(books.value(MetricId::SupportCost, &query), Some(1000.0), "the tenth day has begun");
    assert_eq!(books.value(MetricId::SupportCost, &between("10-01", "11-01")), Some(0.0));
    assert_eq!(books.value(MetricId::SupportCost, &between("11-01", "12-31")), Some(3000.0));
}

#[test]
fn costs_are_listed_by_category_and_other_currencies_apart() {
    let books = Books::of(&[
        r#"11-01 cost "from":"2026-11-01","to":"2026-11-01","amount":10,"category":"tools","currency":"eur""#,
        r#"11-01 cost "from":"2026-11-02","to":"2026-11-02","amount":200,"category":"people""#,
        r#"11-01 cost "from":"2026-11-03","to":"2026-11-03","amount":7.5,"category":"tools","currency":"USD""#,
        r#"11-01 cost "from":"2026-11-04","to":"2026-11-04","amount":2.5,"category":"tools""#,
    ]);
    let figures = books.ask(MetricId::SupportCost, &between("11-01", "12-01"));
    let row = |row: &Row| match row {
        Row::Money(r) => Some((r.category.clone()?, r.amount, r.currency.clone(), r.converted)),
        _ => None,
    };
    let rows: Vec<_> = figures.rows.iter().flatten().filter_map(row).collect();
    let expected = [("people", 200.0, "EUR", true), ("tools", 12.5, "EUR", true), ("tools", 7.5, "USD", false)];
    assert_eq!(rows, expected.map(|(c, a, currency, converted)| (c.to_owned(), a, currency.to_owned(), converted)));
    assert_eq!((figures.value, figures.currency), (Some(212.5), Some(Currency::default())));
    let unconverted = vec![("USD".to_owned(), 7.5)];
    assert_eq!(figures.detail.particulars, Particulars::Spent { unconverted });

    let mut abroad = books;
    abroad.definitions.currency = Currency::parse("USD").expect("three letters");
    // What names no currency is in the reporting one.
    assert_eq!(abroad.value(MetricId::SupportCost, &between("11-01", "12-01")), Some(210.0));
}

#[test]
fn a_ticket_costs_nothing_where_there_is_none() {
    let mut books = Books::of(&[r#"11-01 cost "from":"2026-11-01","to":"2026-11-30","amount":300"#]);
    let month = between("11-01", "12-01");
    let figures = books.ask(MetricId::CostPerTicket, &month);
    assert_eq!((figures.value, figures.n, figures.reason), (None, Some(0), Some(Reason::NoData)));
    books.ticket("11-02", "c1", Dimensions { team: Some("billing".into()), ..Dimensions::default() });
    assert_eq!(books.value(MetricId::CostPerTicket, &month), Some(300.0));
    // Costs that are nobody's in particular say nothing about a team.
    let billing = Query { filters: of_team("billing"), ..month };
    for id in [MetricId::SupportCost, MetricId::CostPerTicket] {
        let answer = books.answer(id, &billing);
        assert_eq!((answer.figures.value, answer.figures.reason), (None, Some(Reason::NotConnected)), "{id}");
        assert!(answer.needs.is_some_and(|needs| needs.contains("dimension")));
    }
}

#[test]
fn costs_of_a_team_are_divided_by_its_tickets() {
    let mut books = Books::of(&[
        r#"11-01 cost "from":"2026-11-01","to":"2026-11-30","amount":300,"dimensions":{"team":"billing"}"#,
        r#"11-01 cost "from":"2026-11-01","to":"2026-11-30","amount":900"#,
    ]);
    for (team, day) in [("billing", "11-02"), ("billing", "11-03"), ("sales", "11-04")] {
        books.ticket(day, "c1", Dimensions { team: Some(team.into()), ..Dimensions::default() });
    }
    let billing = Query { filters: of_team("billing"), ..between("11-01", "12-01") };
    assert_eq!(books.value(MetricId::CostPerTicket, &billing), Some(150.0));
    assert_eq!(books.value(MetricId::CostPerTicket, &between("11-01", "12-01")), Some(400.0));
}

const COMING_AND_GOING: &[&str] = &[
    r#"01-01 customer_subscribed "customer":"a","amount":100"#,
    r#"01-01 customer_subscribed "customer":"b","amount":50"#,
    r#"01-01 customer_subscribed "customer":"c","amount":50"#,
    r#"01-01 customer_subscribed "customer":"trying","state":"trial""#,
    r#"02-10 customer_churned "customer":"b""#,
    r#"02-12 customer_subscribed "customer":"new","amount":20"#,
    r#"02-14 customer_churned "customer":"c""#,
    r#"02-20 customer_subscribed "customer":"c","amount":10"#,
];

#[test]
fn a_change_at_the_very_beginning_belongs_after_it() {
    let books = Books::of(COMING_AND_GOING);
    let start = |from| match books.ask(MetricId::CustomerRetentionRate, &between(from, "03-01")).detail.particulars {
        Particulars::Retention(retention) => retention.start,
        other => panic!("{other:?}"),
    };
    assert_eq!((start("01-01"), start("01-02"), start("02-10"), start("02-11")), (0, 3, 3, 2));
}

#[test]
fn retention_is_also_told_in_revenue() {
    let books = Books::of(COMING_AND_GOING);
    let figures = books.ask(MetricId::CustomerRetentionRate, &between("02-01", "03-01"));
    assert_eq!((figures.value, figures.n), (Some(2.0 / 3.0), Some(3)));
    let Particulars::Retention(retention) = figures.detail.particulars else { panic!("retention") };
    // Of 200, a pays 100 as before and c comes back for 10.
    assert_eq!(retention.revenue_weighted, Some(0.55));
    assert_eq!((retention.new, retention.new_at_end, retention.end), (1, 1, 3));
}

#[test]
fn churn_may_be_of_the_average_number_of_customers() {
    let mut books = Books::of(&COMING_AND_GOING[..5]);
    let month = between("02-01", "03-01");
    assert_eq!(books.value(MetricId::ChurnRate, &month), Some(1.0 / 3.0));
    books.definitions.switches.churn_base = ChurnBase::Average;
    assert_eq!(books.value(MetricId::ChurnRate, &month), Some(0.4));
}

#[test]
fn filters_that_customers_do_not_have_leave_all_of_them_in_and_say_so() {
    let books = Books::of(COMING_AND_GOING);
    let billing = Query { filters: of_team("billing"), ..between("02-01", "03-01") };
    for id in [MetricId::CustomerRetentionRate, MetricId::ChurnRate] {
        let figures = books.ask(id, &billing);
        assert!(figures.detail.unfiltered && figures.n == Some(3), "{id}");
        assert!(!books.ask(id, &between("02-01", "03-01")).detail.unfiltered);
    }
}

#[test]
fn a_lifetime_ends_somewhere() {
    let mut books = Books::of(&[
        r#"01-01 customer_subscribed "customer":"a""#,
        r#"02-05 revenue "customer":"a","amount":30"#,
        r#"02-15 revenue "customer":"a","amount":-10"#,
    ]);
    let month = between("02-01", "03-01");
    let lifetime = |books: &Books| {
        let figures = books.ask(MetricId::Clv, &month);
        match figures.detail.particulars {
            Particulars::Lifetime(l) => (figures.value, l.margin, l.capped, l.rough),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(books.value(MetricId::Arpa, &month), Some(20.0), "a refund is negative revenue");
    assert_eq!(lifetime(&books), (Some(1200.0), None, true, true));
    books.definitions.switches.clv_max_months = 12;
    books.definitions.switches.clv_gross_margin = 0.5;
    assert_eq!(lifetime(&books), (Some(120.0), Some(0.5), true, true));
    books.definitions.switches.clv_variant = ClvVariant::Discounted;
    let (value, ..) = lifetime(&books);
    assert!(value.is_some_and(|value| (value - 1000.0).abs() < 1e-6), "{value:?}: 10 a month at 1% are 1000");
    books.definitions.switches.clv_discount_monthly = 0.0;
    assert_eq!(lifetime(&books), (Some(120.0), Some(0.5), true, true));
}

#[test]
fn without_customers_there_is_nothing_to_divide_by() {
    let books = Books::of(&[
        r#"11-01 revenue "customer":"a","amount":30"#,
        r#"11-01 cost "from":"2026-11-01","to":"2026-11-30","amount":300"#,
    ]);
    let month = between("11-01", "12-01");
    for id in [
        MetricId::Arpa,
        MetricId::Clv,
        MetricId::ContactRate,
        MetricId::SupportCostPerCustomer,
        MetricId::SupportCostShare,
        MetricId::CustomerRetentionRate,
        MetricId::ChurnRate,
        MetricId::TrialConversionRate,
    ] {
        assert_eq!(books.value(id, &month), None, "{id}");
    }
    assert_eq!(books.value(MetricId::CashFlowProxy, &month), Some(-270.0));
}

#[test]
fn a_month_without_costs_of_a_team_that_has_some_cost_nothing() {
    let books = Books::of(&[
        r#"10-02 cost "from":"2026-10-02","to":"2026-10-02","amount":300,"dimensions":{"team":"billing"}"#,
        r#"11-02 cost "from":"2026-11-02","to":"2026-11-02","amount":50"#,
    ]);
    let of = |team: &str| {
        let figures = books.ask(MetricId::SupportCost, &Query { filters: of_team(team), ..between("11-01", "12-01") });
        (figures.value, figures.reason)
    };
    assert_eq!(of("billing"), (Some(0.0), None));
    assert_eq!(of("sales"), (None, Some(Reason::NotConnected)));
}

#[test]
fn there_is_one_cash_flow_whatever_is_filtered() {
    let books = Books::of(&[
        r#"11-02 revenue "customer":"a","amount":500"#,
        r#"11-02 cost "from":"2026-11-02","to":"2026-11-02","amount":300,"dimensions":{"team":"billing"}"#,
    ]);
    let by_team = Some(GroupBy::Dimension(Dimension::Team));
    for filters in [Vec::new(), of_team("billing"), of_team("sales")] {
        let filtered = !filters.is_empty();
        let query = Query { filters, by: by_team, ..between("11-01", "12-01") };
        let answer = books.answer(MetricId::CashFlowProxy, &query);
        assert_eq!((answer.figures.value, answer.figures.detail.unfiltered), (Some(200.0), filtered));
        assert!(answer.groups.is_empty());
    }
}

#[test]
fn a_trial_that_is_told_of_twice_is_one_and_its_window_is_half_open() {
    let mut books = Books::of(&[
        r#"03-01 customer_subscribed "customer":"twice","state":"trial""#,
        r#"03-05 customer_subscribed "customer":"twice","state":"trial""#,
        r#"03-20 customer_subscribed "customer":"twice","state":"paid""#,
        r#"03-01 customer_subscribed "customer":"late","state":"trial""#,
        r#"03-31 customer_subscribed "customer":"late""#,
        r#"02-20 customer_subscribed "customer":"before","state":"trial""#,
    ]);
    books.ticket("03-20", "twice", Dimensions::default());
    let figures = books.ask(MetricId::TrialConversionRate, &between("03-01", "04-01"));
    assert_eq!((figures.detail.numerator, figures.detail.denominator), (Some(1), Some(2)));
    let Particulars::Trials(trials) = figures.detail.particulars else { panic!("trials") };
    // Who writes at the moment of paying has not written before it.
    assert_eq!((trials.with_contact, trials.without_contact, trials.difference), ((0, 0), (1, 2), None));
    books.ticket("03-02", "late", Dimensions::default());
    let figures = books.ask(MetricId::TrialConversionRate, &between("03-01", "04-01"));
    let Particulars::Trials(trials) = figures.detail.particulars else { panic!("trials") };
    assert_eq!((trials.with_contact, trials.without_contact), ((0, 1), (1, 1)));
    let difference = trials.difference.expect("two rates");
    assert!(difference.low <= -1.0 && difference.value == -1.0 && difference.high < 1.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_parts_of_a_cost_sum_to_the_whole(
        costs in prop::collection::vec((0i64..60, 0i64..60, 1i64..10_000_000), 0..8),
        cuts in prop::collection::vec(0i64..90 * 24, 0..4),
    ) {
        let day = |n: i64| chrono::NaiveDate::from_ymd_opt(2026, 9, 1).expect("a date") + chrono::Days::new(n as u64);
        let lines: Vec<String> = costs
            .iter()
            .map(|(from, days, cents)| {
                let (to, amount) = (day(from + days), *cents as f64 / 100.0);
                format!(r#"09-01 cost "from":"{}","to":"{to}","amount":{amount}"#, day(*from))
            })
            .collect();
        let books = Books::of(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let mut cuts: Vec<Timestamp> = cuts.iter().map(|hours| at("09-01").plus_s(hours * 3600)).collect();
        cuts.extend([at("09-01"), at("12-31")]);
        cuts.sort_unstable();
        let spent = |from, to| {
            let query = Query { zone: crate::metrics::tests::BERLIN, ..Query::over(Period { from, to }, at("12-31")) };
            books.value(MetricId::SupportCost, &query).unwrap_or_default()
        };
        let parts: f64 = cuts.windows(2).map(|w| spent(w[0], w[1])).sum();
        let whole = spent(at("09-01"), at("12-31"));
        prop_assert!((parts - whole).abs() < 1e-6, "{} of {}", parts, whole);
    }

    #[test]
    fn who_is_not_kept_is_lost(
        changes in prop::collection::vec((0u8..8, 0i64..120, 0usize..3), 0..60),
        variant in prop::sample::select(&["endpoints", "continuous", "naive_formula"][..]),
    ) {
        let mut lines: Vec<(i64, String)> = changes
            .iter()
            .map(|(customer, day, what)| {
                let date = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date") + chrono::Days::new(*day as u64);
                let (name, state) = [
                    ("customer_subscribed", ""),
                    ("customer_churned", ""),
                    ("customer_subscribed", r#","state":"trial""#),
                ][*what];
                (*day, format!(r#"{} {name} "customer":"c{customer}"{state}"#, date.format("%m-%d")))
            })
            .collect();
        lines.sort();
        let books = Books::of(&lines.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>());
        let query = Query { variant: Some(variant.to_owned()), ..between("02-01", "04-01") };
        let (kept, lost) = (books.ask(MetricId::CustomerRetentionRate, &query), books.ask(MetricId::ChurnRate, &query));
        prop_assert_eq!(kept.value.is_some(), lost.value.is_some());
        if let (Some(kept), Some(lost)) = (kept.value, lost.value) {
            prop_assert!((kept + lost - 1.0).abs() < 1e-12);
        }
    }
}
