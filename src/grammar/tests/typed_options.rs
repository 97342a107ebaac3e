//! Commands as typed options.

use super::super::options::{CommandSpec, OptionKind, assemble, commands, complete};
use super::*;

#[test]
fn what_is_registered_keeps_the_limits_of_every_platform() {
    for CommandSpec { name, description, options, usage } in commands() {
        for word in name.split(' ') {
            assert!((1..=32).contains(&word.len()) && word.chars().all(|c| c.is_ascii_lowercase()), "{name}");
        }
        assert!((1..=100).contains(&description.chars().count()), "{description}");
        assert!(usage.chars().count() <= 100, "{usage}");
        assert!(options.len() <= 25);
        for option in options {
            let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!((1..=32).contains(&option.name.len()) && option.name.chars().all(is_plain), "{}", option.name);
            assert!((1..=100).contains(&option.description.chars().count()), "{}", option.description);
            if let OptionKind::Choices(choices) = option.kind {
                assert!((1..=options::MOST_CHOICES).contains(&choices.len()), "{choices:?}");
            }
        }
    }
}

#[test]
fn options_become_the_command_people_would_type() {
    let typed = [
        ("metric", "frt csat"),
        ("period", "last 30 days"),
        ("by", "team"),
        ("filter", "channel:email -tag:vip"),
        ("compare", "last-year"),
        ("show", "explain"),
        ("clock", "business"),
        ("stat", "p90"),
        ("variant", "to_date"),
        ("as-of", "2026-11-22"),
        ("share", "true"),
    ];
    let text = assemble("metrics", &typed);
    let expected = "/metrics frt csat last 30 days by team channel:email -tag:vip vs last-year explain clock:business \
                    stat:p90 variant:to_date as-of:2026-11-22 share";
    assert_eq!(text, expected);
    assert!(parse(&text.replace("by team ", ""), &desk()).is_ok());
    assert_eq!(assemble("metrics", &[]), "/metrics");
    assert_eq!(assemble("metrics", &[("share", "false"), ("metric", " ")]), "/metrics");
    assert_eq!(assemble("bell help", &[("topic", "periods")]), "/bell help periods");
}

#[test]
fn every_choice_is_understood() {
    for command in commands() {
        for option in command.options {
            let OptionKind::Choices(choices) = option.kind else { continue };
            for choice in choices {
                let metric = if option.name == "show" { "frt" } else { "" };
                let text = assemble(command.name, &[("metric", metric), (option.name, choice)]);
                assert!(parse(&text, &desk()).is_ok(), "{text}");
            }
        }
    }
}

fn completed(option: &str, typed: &str) -> String {
    complete("metrics", option, typed, &desk(), &|_, _| true).join(" | ")
}

#[test]
fn typing_is_completed() {
    for (option, typed, found) in [
        ("metric", "fr", "first_response_time"),
        ("metric", "Csat, back", "Csat, net_flow | Csat, backlog | Csat, backlog_age | Csat, repeat_contact_rate"),
        (
            "metric",
            "reply",
            "response_time | reply_time_promise | first_response_time | first_response_time_any | next_reply_time | one_touch_rate | unreplied_tickets",
        ),
        ("metric", "exper", "experience"),
        ("metric", "work", "workload_breakdown | assignment_share | workload | agent_work_time"),
        ("metric", "zzz", ""),
        ("period", "to", "today"),
        ("period", "last w", "last week"),
        (
            "period",
            "last",
            "last week | last month | last quarter | last year | last 24 hours | last 7 days | last 30 days | last 4 weeks | last 12 months",
        ),
        ("period", "last 14", "last 14 hours | last 14 days | last 14 weeks | last 14 months"),
        ("period", "30", "30h | 30d | 30w | 30m"),
        ("filter", "t", "team: | tag: | tier:"),
        ("filter", "-ta", "-tag:"),
        ("filter", "team:b", "team:billing"),
        ("filter", "team:billing,t", "team:billing,\"tier 2\""),
        ("filter", "team:n", "team:none"),
        ("filter", "team:\"ti", "team:\"tier 2\""),
        (
            "filter",
            "team:\"tier 2\" -agent:",
            "team:\"tier 2\" -agent:Ana | team:\"tier 2\" -agent:\"Bob Smith\" | team:\"tier 2\" -agent:bob-smith | \
             team:\"tier 2\" -agent:none",
        ),
        ("filter", "tag!=v", "tag!=vip"),
        ("filter", "nonsense:x", ""),
        ("variant", "w", "within:86400"),
        ("variant", "", "to_date | within:86400"),
        ("by", "te", ""),
    ] {
        assert_eq!(completed(option, typed), found, "{option}: {typed}");
    }
    assert_eq!(
        complete("metrics", "metric", "", &desk(), &|_, _| true).len(),
        options::MOST_CHOICES.min(MetricId::ALL.len() + lexicon::groups().count()),
        "all of them, and the groups"
    );
}

#[test]
fn only_what_may_be_seen_is_proposed() {
    let own = |dimension: Dimension, value: &str| dimension != Dimension::Agent || value == "Ana";
    assert_eq!(complete("metrics", "filter", "agent:", &desk(), &own), ["agent:Ana", "agent:none"]);
    assert_eq!(complete("sla risk", "filter", "team:b", &desk(), &own), ["team:billing"]);
}

#[test]
fn what_completion_offers_is_understood() {
    for (option, typed) in
        [("metric", "r"), ("metric", "csat, "), ("period", ""), ("period", "last 3"), ("filter", "agent:")]
    {
        for choice in complete("metrics", option, typed, &desk(), &|_, _| true) {
            let text = assemble("metrics", &[(option, &choice)]);
            if let Err(error) = parse(&text, &desk()) {
                panic!("{text}: {error}");
            }
        }
    }
}
