//! What the metrics of telephones and of people's time say beside their value (kpis.md 5.1, 5.3, "Shows").

use super::super::answer::{Figures, Handled, Occupied, Particulars, PhoneHold, Staffing, Utilized};
use super::super::format;

/// Above this part of paid time people have no room left.
const TOO_UTILIZED: f64 = 0.8;
/// Above this part of their presence people burn out.
const TOO_OCCUPIED: f64 = 0.85;
/// Below this share of tickets with tracked time handle time is partial.
const PARTIAL: f64 = 0.6;

/// What a line says beside the value.
pub(super) fn particulars(figures: &Figures) -> Vec<String> {
    let above = |limit: f64| figures.value.is_some_and(|value| value > limit);
    let mut said = Vec::new();
    let mut say = |when: bool, words: String| {
        if when {
            said.push(words);
        }
    };
    match &figures.detail.particulars {
        Particulars::PhoneHold(PhoneHold { calls, mean_all_s }) => {
            say(true, format!("of {}, {} over all", counted(*calls, "call"), format::duration(*mean_all_s)));
        }
        Particulars::Abandoned { short } => say(*short > 0, format!("{} ignored", counted(*short, "short call"))),
        Particulars::InTime { within_s } => say(true, format!("in {within_s} s")),
        Particulars::Handled(Handled { tracked, solved, capped }) => {
            if let Some(solved) = solved {
                say(
                    true,
                    format!("{} of {} tracked", format::count(*tracked as f64), counted(*solved, "solved ticket")),
                );
            }
            let entries = if *capped == 1 { "entry" } else { "entries" };
            say(*capped > 0, format!("{} {entries} capped", format::count(*capped as f64)));
        }
        Particulars::Utilized(Utilized { busy_s, paid_s, summed }) => {
            say(true, format!("{} of {} paid", hours(*busy_s), hours(*paid_s)));
            say(*summed, "overlapping work counts twice".to_owned());
            say(above(TOO_UTILIZED), format!("above {}: no room left", format::percent(Some(TOO_UTILIZED))));
        }
        Particulars::Occupied(Occupied { reporting, people, .. }) => {
            let verb = if *reporting == 1 { "reports" } else { "report" };
            say(true, format!("{} of {} {verb} presence", format::count(*reporting as f64), counted(*people, "agent")));
            say(above(TOO_OCCUPIED), format!("above {}: risks burn-out", format::percent(Some(TOO_OCCUPIED))));
        }
        Particulars::Overloaded { streak } => {
            say(*streak > 0, format!("longest streak {}", format::count(*streak as f64)))
        }
        Particulars::Staffing(staffing) => said.extend(plan(staffing)),
        _ => {}
    }
    said
}

/// `at 09:00`, `20/h × 10m 00s ÷ 80%`.
fn plan(staffing: &Staffing) -> Vec<String> {
    let Staffing { hour, hours, rate, handle_s, occupancy, indicative, .. } = staffing;
    let when = match hours {
        1 => format!("at {hour:02}:00"),
        _ => format!("from {hour:02}:00 to {:02}:00", (hour + hours) % 24),
    };
    let share = occupancy.map(|share| format!(" ÷ {}", whole_percent(share))).unwrap_or_default();
    let mut said = vec![when, format!("{}/h × {}{share}", short(*rate), format::duration(Some(*handle_s)))];
    if *indicative {
        said.push("indicative: less than four weeks".to_owned());
    }
    said
}

/// What makes a figure doubtful.
pub(super) fn caveat(figures: &Figures) -> Option<String> {
    let Particulars::Handled(handled) = &figures.detail.particulars else { return None };
    let coverage = handled.coverage().filter(|coverage| *coverage < PARTIAL)?;
    Some(format!("partial: {} of solved tickets tracked", format::percent(Some(coverage))))
}

/// `1 agent`, `5 agents`.
pub(super) fn agents(people: f64) -> String {
    format!("{} agent{}", short(people), if people == 1.0 { "" } else { "s" })
}

/// `1 call`, `12 calls`.
fn counted(n: u64, one: &str) -> String {
    format!("{} {one}{}", format::count(n as f64), if n == 1 { "" } else { "s" })
}

/// `2.1 h`, `12 h`.
fn hours(seconds: f64) -> String {
    format!("{} h", short(seconds / 3600.0))
}

/// With one decimal, unless it is whole.
fn short(number: f64) -> String {
    let tenths = (number * 10.0).round() / 10.0;
    if tenths.fract() == 0.0 { format::count(tenths) } else { format!("{tenths:.1}") }
}

/// `80%`.
fn whole_percent(share: f64) -> String {
    format::percent(Some(share)).replace(".0%", "%")
}
