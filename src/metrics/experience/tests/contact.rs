//! Whether customers had to come again for the same.

use super::*;

#[test]
fn a_repeat_comes_soon_after_a_solve_of_the_same() {
    let first = about("login", "c", -300.0, Some(-100.0));
    let parts = |lines: &[String], second: &[String], d: &Definitions| {
        let (first, second) = (texts(lines), texts(second));
        let detail = day(MetricId::RepeatContactRate, &[("T1", &first), ("T2", &second)], d).detail;
        (detail.numerator.unwrap_or_default(), detail.denominator.unwrap_or_default())
    };
    let d = with(|d| d.switches.repeat_window_s = 200 * 60);
    assert_eq!(parts(&first, &about("login", "c", 0.0, None), &d), (1, 1));
    assert_eq!(parts(&first, &about("login", "c", 100.0, None), &d), (1, 1), "at the end of the window");
    assert_eq!(parts(&first, &about("login", "c", 100.1, None), &d), (0, 1), "after it");
    assert_eq!(parts(&first, &about("billing", "c", 0.0, None), &d), (0, 1), "about something else");
    assert_eq!(parts(&first, &about("login", "e", 0.0, None), &d), (0, 1), "of somebody else");
    assert_eq!(parts(&about("login", "c", -300.0, None), &about("login", "c", 0.0, None), &d), (0, 1), "not solved");
    assert_eq!(
        parts(&first, &["0 agent:a ticket_created {\"customer\":\"c\",\"category\":\"login\"}".into()], &d),
        (0, 0)
    );
    assert_eq!(
        parts(&first, &["0 system:- ticket_created {\"initiator\":\"customer\",\"category\":\"login\"}".into()], &d),
        (0, 0)
    );
    let mut reopened = first.clone();
    reopened.push("-50 customer:c status_changed {\"to\":\"open\"}".into());
    assert_eq!(parts(&reopened, &about("login", "c", 0.0, None), &d), (1, 1), "it was solved, whatever followed");
}

#[test]
fn a_ticket_that_does_not_count_makes_no_repeat_and_breaks_no_first_contact() {
    let d = with(|d| d.switches.exclude_tags = vec!["test".into()]);
    for out in [
        "system:- spam",
        "system:- deleted",
        "agent:a merged {\"into\":\"9\"}",
        "agent:a tags_changed {\"added\":[\"test\"]}",
    ] {
        let mut first = about("login", "c", -300.0, Some(-100.0));
        first.push(format!("-90 {out}"));
        let (first, second) = (texts(&first), about("login", "c", 0.0, None));
        let repeats = day(MetricId::RepeatContactRate, &[("T1", &first), ("T2", &texts(&second))], &d);
        assert_eq!(repeats.value, Some(0.0), "{out}");

        let mut later = about("login", "c1", 100.0, None);
        later.push(format!("110 {out}"));
        let solved: &[&str] = &[
            "0 customer:c1 ticket_created {\"category\":\"login\"}",
            "4 agent:a message",
            "5 agent:a status_changed {\"to\":\"solved\"}",
        ];
        let contact = day(MetricId::FirstContactResolution, &[("T1", solved), ("T2", &texts(&later))], &d);
        assert_eq!(contact.value, Some(1.0), "{out}");
    }
}

#[test]
fn tickets_without_a_category_may_be_about_the_same() {
    let first: &[&str] = &["-300 customer:c ticket_created", "-100 agent:a status_changed {\"to\":\"solved\"}"];
    let second: &[&str] = &["0 customer:c ticket_created"];
    let value = |d: &Definitions| day(MetricId::RepeatContactRate, &[("T1", first), ("T2", second)], d).value;
    assert_eq!(value(&Definitions::default()), Some(0.0));
    assert_eq!(value(&with(|d| d.switches.repeat_match_unknown = true)), Some(1.0));
}

#[test]
fn first_contact_resolution_says_what_broke_it_and_belongs_to_who_answered() {
    let back: &[&str] = &["60 customer:c1 ticket_created"];
    let handed: &[&str] = &[
        "0 customer:c2 ticket_created",
        "1 system:- assigned {\"agent\":\"z\"}",
        "4 agent:a message",
        "5 agent:z status_changed {\"to\":\"solved\"}",
    ];
    let tickets = [("T1", TALK), ("T2", back), ("T3", handed)];
    let d = with(|d| d.switches.fcr_repeat_contact = RepeatContact::Any);
    let figures = day(MetricId::FirstContactResolution, &tickets, &d);
    let broken = Some(Broken { asked_again: 1, several_people: 1, reopened: 0, came_back: 1 });
    assert_eq!(figures.detail.particulars, Particulars::FirstContact { provisional: 2, broken });
    assert_eq!((figures.detail.numerator, figures.n), (Some(1), Some(2)));
    let of = |agent: &str| {
        let mut query = question(MetricId::FirstContactResolution, DAY, DAY);
        let values = vec![agent.to_owned()];
        query.filters = vec![Filter { dimension: Dimension::Agent, values, exclude: false, position: 0 }];
        answer(&query, &tickets, &d).n
    };
    assert_eq!((of("a"), of("z"), of("b")), (Some(1), Some(0), Some(0)));
}
