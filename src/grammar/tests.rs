//! What people type, what it means, and what they are told when it means nothing.

mod laws;
mod mistakes;
mod typed_options;

use super::*;
use crate::domain::message::{Block, Piece};
use crate::domain::names::Dimension;

/// A desk with three teams and two agents.
fn desk() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    for team in ["billing", "sales", "tier 2"] {
        vocabulary.add(Dimension::Team, team);
    }
    vocabulary.add_named(Dimension::Agent, "a1", "Ana");
    vocabulary.add_named(Dimension::Agent, "a2", "Bob Smith");
    vocabulary.add_named(Dimension::Agent, "a3", "bob-smith");
    for tag in ["vip", "c++", "c#", "refund, partial", "say \"hi\""] {
        vocabulary.add(Dimension::Tag, tag);
    }
    for priority in ["low", "normal", "high", "urgent"] {
        vocabulary.add(Dimension::Priority, priority);
    }
    vocabulary.add_variants(MetricId::ResolutionRate, &["to_date", "within:N"]);
    vocabulary
}

/// The same desk, when nothing else exists.
fn whole_desk() -> Vocabulary {
    let mut vocabulary = Vocabulary::whole();
    for team in ["billing", "sales"] {
        vocabulary.add(Dimension::Team, team);
    }
    vocabulary.add_variants(MetricId::ResolutionRate, &["to_date", "within:N"]);
    vocabulary.add_variants(MetricId::SlaAttainment, &["first_response", "resolution"]);
    vocabulary
}

fn canonical(text: &str) -> String {
    match parse(text, &desk()) {
        Ok(call) => unparse(&call),
        Err(error) => panic!("{text}: {error}"),
    }
}

/// Everything on the left means what the right says.
fn means(table: &[(&str, &str)]) {
    for (text, meaning) in table {
        let meaning = if meaning.is_empty() { "/metrics".to_owned() } else { format!("/metrics {meaning}") };
        assert_eq!(canonical(text), meaning, "{text}");
    }
}

#[test]
fn a_metric_answers_to_all_its_names() {
    for metric in MetricId::ALL {
        let words = metric.aliases().iter().copied().chain([metric.id(), metric.name().split(" (").next().unwrap()]);
        // The name of a group is that group, and `by team` a breakdown.
        let words = words.filter(|word| !lexicon::groups().any(|(name, _)| name == *word) && !word.starts_with("by "));
        for word in words {
            for text in
                [format!("/metrics {word}"), word.to_uppercase(), format!("{word}, today"), format!("\"{word}\"")]
            {
                let Ok(Call::Metrics(call)) = parse(&text, &desk()) else { panic!("{text}") };
                assert_eq!(call.metrics, [*metric], "{text}");
                if word.starts_with("vs ") {
                    break;
                }
            }
        }
    }
}

#[test]
fn metrics_are_named_exactly_or_by_a_beginning_that_is_theirs_alone() {
    means(&[
        ("", ""),
        ("/metrics", ""),
        ("  /METRICS  ", ""),
        ("metrics frt", "first_response_time"),
        ("/metrics frt", "first_response_time"),
        ("First-Reply", "first_response_time"),
        ("first reply time", "first_response_time"),
        ("first contact resolution rate", "first_contact_resolution"),
        ("response time", "response_time"),
        ("Resolution time (full)", "resolution_time"),
        ("resolved %", "resolution_rate"),
        ("responsiv", "response_time"),
        ("first rep", "first_response_time"),
        ("vol", "ticket_volume"),
        ("csat!", "csat"),
        ("csat frt", "csat first_response_time"),
        ("csat,frt", "csat first_response_time"),
        ("csat, frt , backlog", "csat first_response_time backlog"),
        ("frt csat frt", "first_response_time csat"),
        ("sla at risk", "sla_at_risk"),
        ("sla, at risk", "sla_attainment sla_at_risk"),
        ("open tickets oldest ticket", "backlog backlog_age"),
        ("sla", "sla_attainment"),
        ("overview", "scorecard"),
        ("how are we doing?", "scorecard"),
    ]);
}

#[test]
fn a_group_stands_for_all_its_metrics() {
    for (name, family) in lexicon::groups() {
        let Ok(Call::Metrics(call)) = parse(&format!("/metrics {name} last week"), &desk()) else { panic!("{name}") };
        let members = MetricId::ALL.iter().copied().filter(|metric| metric.family() == family);
        assert_eq!(call.metrics, members.collect::<Vec<_>>(), "{name}");
    }
    assert!(canonical("csat workload").starts_with("/metrics csat ticket_volume"));
}

#[test]
fn explanations_and_lists_are_asked_for_anywhere() {
    means(&[
        ("/metrics explain frt", "explain first_response_time"),
        ("/metrics frt explain", "explain first_response_time"),
        ("frt last week Explain team:billing", "explain first_response_time last week team:billing"),
        ("explain explain frt", "explain first_response_time"),
        ("/metrics list csat 7d", "list csat 7d"),
        ("csat list share", "list csat share"),
        ("explain frt csat", "explain first_response_time csat"),
    ]);
}

#[test]
fn two_ids_side_by_side_are_two_metrics() {
    for first in MetricId::ALL {
        for second in MetricId::ALL.iter().filter(|second| *second != first) {
            let Ok(Call::Metrics(call)) = parse(&format!("{first} {second}"), &desk()) else {
                panic!("{first} {second}")
            };
            assert_eq!(call.metrics, [*first, *second]);
        }
    }
}

#[test]
fn periods_are_said_in_words_numbers_or_dates() {
    means(&[
        ("today", "today"),
        ("frt Yesterday", "first_response_time yesterday"),
        ("yesterday frt", "first_response_time yesterday"),
        ("this week", "this week"),
        ("this month frt", "first_response_time this month"),
        ("this-quarter", "this quarter"),
        ("this year", "this year"),
        ("last week", "last week"),
        ("last_month", "last month"),
        ("last quarter", "last quarter"),
        ("past year", "last year"),
        ("last 24 hours", "24h"),
        ("last 1 hour", "1h"),
        ("last 30 days csat", "csat 30d"),
        ("past 4 weeks", "4w"),
        ("last 12 months", "12m"),
        ("last 7d", "7d"),
        ("7d", "7d"),
        ("24H", "24h"),
        ("frt 4w by team", "first_response_time 4w by team"),
        ("3m", "3m"),
        ("2026-10-01", "2026-10-01"),
        ("2026-10-01..2026-10-31", "2026-10-01..2026-10-31"),
        ("2026-10-01..2026-10-01", "2026-10-01"),
        ("2028-02-29 frt", "first_response_time 2028-02-29"),
        ("since 2026-10-01", "since 2026-10-01"),
        ("all", "all"),
        ("all tickets", "ticket_volume all"),
    ]);
}

#[test]
fn conditions_filter_and_set() {
    means(&[
        ("team:billing", "team:billing"),
        ("team=billing", "team:billing"),
        ("Team:BILLING", "team:billing"),
        ("team:billing,sales", "team:billing,sales"),
        ("team:billing,billing", "team:billing"),
        ("team:\"tier 2\"", "team:\"tier 2\""),
        ("team:tier-2", "team:\"tier 2\""),
        ("team:“tier 2”,sales", "team:\"tier 2\",sales"),
        ("-team:billing", "-team:billing"),
        ("–team:billing", "-team:billing"),
        ("team!=billing", "-team:billing"),
        ("tag:vip -tag:c++", "tag:vip -tag:c++"),
        ("-tag:vip -tag:c#", "-tag:vip -tag:c#"),
        ("tag:\"refund, partial\"", "tag:\"refund, partial\""),
        ("tag:\"say \\\"hi\\\"\"", "tag:\"say \\\"hi\\\"\""),
        ("agent:ana", "agent:a1"),
        ("agent:a1", "agent:a1"),
        ("agent:\"Bob Smith\"", "agent:a2"),
        ("agent:bob-smith", "agent:a3"),
        ("agent:none", "agent:none"),
        ("team:None,billing", "team:none,billing"),
        ("-team:none", "-team:none"),
        ("channel:email", "channel:email"),
        ("category:x:y", "category:x:y"),
        ("priority:high,urgent tier:gold source:zendesk", "priority:high,urgent tier:gold source:zendesk"),
        ("clock:business", "clock:business"),
        ("CLOCK=Calendar", "clock:calendar"),
        ("stat:p90 frt", "first_response_time stat:p90"),
        ("stat:median", "stat:median"),
        ("variant:to_date", "variant:to_date"),
        ("variant:within:3600", "variant:within:3600"),
        ("as-of:2026-10-01", "as-of:2026-10-01"),
        ("as_of:2026-10-01T09:00:00+02:00", "as-of:2026-10-01T07:00:00.000Z"),
    ]);
}

#[test]
fn breakdown_comparison_and_share_may_stand_anywhere() {
    means(&[
        ("by team frt", "first_response_time by team"),
        ("by weekday", "by weekday"),
        ("frt vs previous", "first_response_time"),
        ("frt vs prev", "first_response_time"),
        ("vs last-year frt", "first_response_time vs last-year"),
        ("vs last year frt", "first_response_time vs last-year"),
        ("frt versus yoy", "first_response_time vs last-year"),
        ("frt last year vs yoy", "first_response_time last year vs last-year"),
        ("vs average", "vs average"),
        ("vs avg4", "vs average"),
        ("vs none", "vs none"),
        ("frt vs wow", "first_response_time vs last-week"),
        ("frt vs last week", "first_response_time vs last-week"),
        ("frt vs mom by team", "first_response_time by team vs last-month"),
        ("share frt", "first_response_time share"),
        ("frt share share", "first_response_time share"),
        (
            "/metrics csat frt last 30 days by team channel:email -tag:vip priority:high,urgent",
            "csat first_response_time 30d by team channel:email -tag:vip priority:high,urgent",
        ),
        (
            "share as-of:2026-10-31 stat:mean clock:calendar vs avg4 -team:sales by day since 2026-10-01 csat",
            "csat since 2026-10-01 by day -team:sales vs average clock:calendar stat:mean as-of:2026-10-31 share",
        ),
        ("frt 2026-10-01..2026-10-31 vs last-year", "first_response_time 2026-10-01..2026-10-31 vs last-year"),
    ]);
}

#[test]
fn a_call_holds_what_was_typed() {
    let call = parse("/metrics frt -team:sales,billing last 30 days vs none", &desk()).expect("a command");
    let expected = MetricsCall {
        metrics: vec![MetricId::FirstResponseTime],
        period: Some(PeriodSpec::Last(30, RollingUnit::Days)),
        filters: vec![Filter {
            dimension: Dimension::Team,
            values: vec!["sales".to_owned(), "billing".to_owned()],
            exclude: true,
            position: 13,
        }],
        versus: Versus::None,
        ..MetricsCall::default()
    };
    assert_eq!(call, Call::Metrics(expected));
}

#[test]
fn without_known_values_every_value_is_taken_as_it_is() {
    let call = parse("team:Whatever", &Vocabulary::default()).expect("a command");
    assert_eq!(unparse(&call), "/metrics team:Whatever");
}

#[test]
fn where_everything_is_known_any_other_value_is_a_mistake() {
    for (text, meaning) in [
        ("team:billing", "/metrics team:billing"),
        ("tier:none", "/metrics tier:none"),
        ("resolution_rate variant:Within:3600", "/metrics resolution_rate variant:within:3600"),
        ("variant:resolution resolution_rate sla", "/metrics resolution_rate sla_attainment variant:resolution"),
    ] {
        assert_eq!(parse(text, &whole_desk()).map(|call| unparse(&call)).as_deref(), Ok(meaning), "{text}");
    }
    let mistakes = [
        "team:billig",
        "tier:gold",
        "team:nine",
        "variant:to_date",
        "csat variant:to_date",
        "resolution_rate variant:to_dat",
        "resolution_rate variant:within:soon",
        "sla variant:next",
    ];
    let answers = mistakes.map(|text| match parse(text, &whole_desk()) {
        Ok(call) => panic!("{text} is no mistake: {call:?}"),
        Err(error) => format!("{}\n{error}", error.pointer(text)),
    });
    insta::assert_snapshot!(answers.join("\n\n"));
}

#[test]
fn help_is_found_where_people_look_for_it() {
    for text in ["/bell", "/bell help", "bell help", "help", "/metrics help", "/help"] {
        if text == "/help" {
            assert!(parse(text, &desk()).is_err(), "there is no such command");
        } else {
            assert_eq!(parse(text, &desk()), Ok(Call::Help(None)), "{text}");
        }
    }
    for topic in Topic::ALL {
        assert_eq!(parse(&format!("/bell help {}", topic.name()), &desk()), Ok(Call::Help(Some(topic))));
    }
    assert_eq!(parse("/metrics help period", &desk()), Ok(Call::Help(Some(Topic::Periods))));
}

#[test]
fn words_with_two_meanings_offer_the_other() {
    let also_meant = |text: &str| also_meant(text, &desk());
    assert_eq!(also_meant("/metrics response time last week"), [MetricId::FirstResponseTime]);
    assert_eq!(also_meant("sla"), [MetricId::SlaAtRisk]);
    assert_eq!(also_meant("closed by team"), [MetricId::ResolutionRate]);
    assert!(also_meant("sla, at risk").is_empty(), "both were asked for");
    assert!(also_meant("solved").is_empty());
    assert!(also_meant("frtt").is_empty());
}

#[test]
fn a_long_command_is_shortened_to_fit_a_button() {
    let text = "/metrics first_response_time resolution_time first_contact_resolution 30d by team vs last-year";
    let call = parse(text, &desk()).expect("a command");
    assert_eq!(unparse_within(&call, 100).as_deref(), Some(text));
    let short = unparse_within(&call, 60).expect("fits");
    assert_eq!(short, "/metrics frt,ttr,fcr 30d by team vs last-year");
    assert_eq!(parse(&short, &desk()), Ok(call.clone()));
    assert_eq!(unparse_within(&call, 20), None);
}

/// A message as plain lines.
fn plain(message: &crate::domain::message::Message) -> String {
    let mut lines = vec![format!("# {}", message.title)];
    for block in &message.blocks {
        match block {
            Block::Text(text) => lines.push(text.to_plain()),
            Block::Code(code) => lines.push(format!("    {code}")),
            Block::Table(table) => {
                let heads: Vec<&str> = table.columns.iter().map(|column| column.head.as_str()).collect();
                lines.push(heads.join(" | "));
                for row in &table.rows {
                    lines.push(row.iter().map(|cell| cell.to_plain()).collect::<Vec<_>>().join(" | "));
                }
            }
            Block::Fields(_) | Block::Sparkline { .. } => panic!("help has neither"),
        }
    }
    lines.extend(message.actions.iter().map(|action| format!("[{}]", action.label)));
    lines.extend(message.footer.iter().map(|text| text.to_plain()));
    lines.join("\n")
}

#[test]
fn help_reads_well() {
    let topics = [None].into_iter().chain(Topic::ALL.map(Some));
    let pages: Vec<String> = topics.map(|topic| plain(&help(topic))).collect();
    insta::assert_snapshot!(pages.join("\n\n"));
}

#[test]
fn every_example_in_the_help_works() {
    let mut examples = 0;
    for topic in [None].into_iter().chain(Topic::ALL.map(Some)) {
        for block in help(topic).blocks {
            let Block::Table(table) = block else { continue };
            for row in table.rows {
                let Some(Piece::Plain(example)) = row.last().and_then(|cell| cell.0.first()).cloned() else { continue };
                if example.starts_with('/') {
                    examples += 1;
                    assert!(parse(&example, &Vocabulary::default()).is_ok(), "{example}");
                }
            }
        }
    }
    assert!(examples > 30);
}

#[test]
fn every_word_of_the_grammar_is_in_the_help() {
    let topics = [None].into_iter().chain(Topic::ALL.map(Some));
    let pages: String = topics.map(|topic| plain(&help(topic)) + "\n").collect();
    let keys = lexicon::Key::ALL.map(lexicon::Key::name);
    let groups = GroupBy::ALL.map(GroupBy::name);
    let units = lexicon::PERIOD_UNITS.map(|(word, _)| word);
    let counted = lexicon::ROLLING_UNITS.map(|(word, _, _)| word);
    let ids: Vec<&str> = MetricId::ALL.iter().map(|metric| metric.id()).collect();
    let keywords = lexicon::KEYWORDS.into_iter().filter(|word| *word != "versus").collect::<Vec<_>>();
    let versus = lexicon::VERSUS.map(|(word, _)| word);
    let values = lexicon::CLOCKS.map(|(word, _)| word).into_iter().chain(lexicon::STATS.map(|(word, _)| word));
    let words = keys.iter().chain(&groups).chain(&units).chain(&counted).chain(&ids).chain(&keywords).chain(&versus);
    for word in words.copied().chain(values) {
        assert!(pages.contains(word), "{word} is not explained");
    }
}
