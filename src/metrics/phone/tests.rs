//! The edges of queues and telephones, each from what happened to what is said.

use super::*;
use crate::domain::definitions::Definitions;
use crate::domain::names::MetricId;
use crate::metrics::answer::Figures;
use crate::metrics::time::tests::{figures, line, question};

const DAY: i64 = 1440;

/// Answered after a minute, after two by the next day, never; hung up at once, after a minute.
const CALLS: &[&str] = &[
    r#"10 - customer:c queue {"call":"1","state":"entered"}"#,
    r#"11 - agent:a queue {"call":"1","state":"answered"}"#,
    r#"1439 - customer:c queue {"call":"2","state":"entered"}"#,
    r#"1441 - agent:b queue {"call":"2","state":"answered"}"#,
    r#"20 - customer:c queue {"call":"3","state":"entered"}"#,
    r#"30 - customer:c queue {"call":"4","state":"entered"}"#,
    r#"30 - customer:c queue {"call":"4","state":"abandoned"}"#,
    r#"40 - customer:c queue {"call":"5","state":"entered"}"#,
    r#"41 - customer:c queue {"call":"5","state":"abandoned"}"#,
    r#"1440 - customer:c queue {"call":"6","state":"entered"}"#,
];

fn day(id: MetricId, d: &Definitions) -> Figures {
    figures(&question(id, 0, DAY), CALLS, d)
}

fn with(change: impl FnOnce(&mut Definitions)) -> Definitions {
    let mut d = Definitions::default();
    change(&mut d);
    d
}

#[test]
fn a_call_belongs_to_the_period_in_which_it_entered() {
    let d = Definitions::default();
    let speed = day(MetricId::SpeedOfAnswer, &d);
    assert_eq!((speed.n, speed.mean, speed.value), (Some(2), Some(90.0), Some(90.0)));
    assert_eq!(figures(&question(MetricId::SpeedOfAnswer, DAY, 2 * DAY), CALLS, &d).n, Some(0));
    let name = &speed.detail.contributions[0].ticket;
    assert_eq!(crate::domain::thread::name(name), "1");
    assert_eq!(
        line(MetricId::SpeedOfAnswer, CALLS, &d),
        "Speed of answer (mean) 1m 30s (max 2m 00s) · 2 calls · calendar · small sample"
    );
}

#[test]
fn those_who_hung_up_count_in_the_wait_only_if_asked_for() {
    let speed = day(MetricId::SpeedOfAnswer, &with(|d| d.switches.asa_include_abandoned = true));
    assert_eq!((speed.n, speed.mean), (Some(3), Some(80.0)), "a misdial is no wait");
}

#[test]
fn a_misdial_is_ignored_and_told() {
    let rate = |d: &Definitions| {
        let figures = day(MetricId::AbandonmentRate, d);
        (figures.detail.numerator, figures.detail.denominator, figures.detail.particulars)
    };
    assert_eq!(rate(&Definitions::default()), (Some(1), Some(3), Particulars::Abandoned { short: 1 }));
    let all = with(|d| d.switches.queue_short_abandon_s = 0);
    assert_eq!(rate(&all), (Some(2), Some(4), Particulars::Abandoned { short: 0 }));
    let line = line(MetricId::AbandonmentRate, CALLS, &Definitions::default());
    assert!(line.ends_with("1 of 3 calls · 1 short call ignored · small sample"), "{line}");
}

#[test]
fn service_level_counts_the_target_itself_and_has_three_bases() {
    let level = |base: &str, target_s: i64| {
        let mut query = question(MetricId::ServiceLevel, 0, DAY);
        query.variant = Some(base.to_owned());
        let figures = figures(&query, CALLS, &with(|d| d.switches.queue_target_s = target_s));
        (figures.detail.numerator.expect("a rate"), figures.detail.denominator.expect("a rate"))
    };
    assert_eq!(level("answered_plus_abandoned", 60), (1, 3));
    assert_eq!(level("answered_plus_abandoned", 59), (0, 3));
    assert_eq!(level("answered_only", 120), (2, 2));
    assert_eq!(level("offered", 60), (1, 5));
    let level = day(MetricId::ServiceLevel, &with(|d| d.switches.queue_target_s = 60));
    assert_eq!((level.target, level.met), (Some(0.8), Some(false)));
}

#[test]
fn hold_is_told_of_the_calls_that_were_held() {
    let lines = [
        "0 T1 customer:c ticket_created {}",
        r#"9 T1 agent:a time_tracked {"start":"@1","seconds":600,"kind":"talk"}"#,
        r#"9 T1 agent:a time_tracked {"start":"@3","seconds":100,"kind":"hold"}"#,
        r#"9 T1 agent:a time_tracked {"start":"@7","seconds":200,"kind":"hold"}"#,
        r#"9 T1 agent:a time_tracked {"start":"@1440","seconds":50,"kind":"hold"}"#,
        r#"9 - agent:a time_tracked {"start":"@9","seconds":600,"kind":"talk"}"#,
        r#"9 - agent:a time_tracked {"start":"@20","seconds":600,"kind":"work"}"#,
    ];
    let d = Definitions::default();
    let figures = figures(&question(MetricId::HoldTime, 0, DAY), &lines, &d);
    assert_eq!((figures.n, figures.value), (Some(1), Some(300.0)));
    let hold = PhoneHold { calls: 2, mean_all_s: Some(150.0) };
    assert_eq!(figures.detail.particulars, Particulars::PhoneHold(hold));
    assert_eq!(
        line(MetricId::HoldTime, &lines, &d),
        "Hold (mean) 5m 00s · 1 call · of 2 calls, 2m 30s over all · calendar · small sample"
    );
}
