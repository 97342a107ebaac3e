//! Mistakes: each is answered with its place, and with something that would be right.

use super::*;

const MISTAKES: &[&str] = &[
    // metrics
    "/metrics frtt last week",
    "/metrics cast",
    "frist reply",
    "/metrics first",
    "/metrics ti",
    "csat time to",
    "/metrics backlogg by team",
    "/metrics xyzzy",
    "-csat",
    "日本語",
    "oldest tiket",
    "sla at rsk",
    "first contct resolution",
    // explain, list
    "explain",
    "list last week",
    "explan frt",
    "frt lsit",
    "explain list frt",
    "list frt by team",
    // commands
    "/sla clame 1",
    "/sla team:billing by team",
    "/sla priority:urgnt",
    "/metrcs frt",
    "/bell ring",
    "/bell help periodes",
    "/bell help me",
    "/bell help periods please",
    // periods
    "last",
    "last frt",
    "frt last wek",
    "last 30",
    "last 30 frt",
    "last 30 dayz",
    "last 2 years",
    "last 3 quarters",
    "last day",
    "last days",
    "last 0 days",
    "0d",
    "99999d",
    "7x",
    "30days",
    "1y",
    "this",
    "this day",
    "this wek",
    "lst week",
    "toady",
    "week",
    "7 days",
    "7",
    "days",
    "since",
    "since yesterday",
    "since 2026-13-01",
    "2026-02-30",
    "2026-2-3",
    "2026/10/01",
    "01.10.2026",
    "10/01/2026",
    "2026-10-31..2026-10-01",
    "2026-10-01..",
    "..2026-10-01",
    "2026-10-01 .. 2026-10-31",
    "2026-10-01..2026-11-31",
    "frt today last week",
    // conditions
    "team:bililng",
    "team:sal",
    "team:zzz",
    "priority:high,urgnt",
    "agent:bob",
    "agent:BOB_SMITH",
    "tag:c",
    "taem:billing",
    "status:open",
    "team: billing",
    "team:billing, sales",
    "team:\"tier 2",
    "team:\"tier 2\"x",
    "team:",
    "-team!=billing",
    "team:billing team:sales",
    "billing",
    "frt tier 2",
    "frt team",
    "frt by:team",
    "vs:last-year",
    "clock:busines",
    "clock:business clock:calendar",
    "-clock:business",
    "stat:average",
    "stat:mean,median",
    "as-of:tomorrow",
    "as-of:2026-10-01T25:00:00Z",
    // by, vs
    "by",
    "by tema",
    "by teams",
    "by team by agent",
    "vs",
    "vs last quarter",
    "vs lastyear",
    "vs none vs yoy",
];

#[test]
fn a_mistake_is_answered_with_its_place_and_the_nearest_word() {
    let answers: Vec<String> = MISTAKES
        .iter()
        .map(|text| match parse(text, &desk()) {
            Ok(call) => panic!("{text} is no mistake: {call:?}"),
            Err(error) => format!("{}\n{error}", error.pointer(text)),
        })
        .collect();
    insta::assert_snapshot!(answers.join("\n\n"));
}

#[test]
fn putting_in_a_suggestion_mends_the_place() {
    // Some are right only together with a second correction, further on.
    for text in MISTAKES {
        let error = parse(text, &desk()).expect_err(text);
        for suggestion in &error.suggestions {
            let corrected = error.corrected(text, suggestion);
            if let Err(next) = parse(&corrected, &desk()) {
                assert!(next.position > error.position, "{text} → {corrected}: {next}");
            }
        }
    }
}

#[test]
fn the_pointer_stands_under_what_is_wrong_however_wide_the_letters() {
    let text = "tag:日本\tfrtt";
    let error = parse(text, &Vocabulary::default()).expect_err("frtt");
    assert_eq!((error.position, error.length), (7, 4));
    assert_eq!(error.pointer(text), "tag:日本 frtt\n         ^^^^");
}
