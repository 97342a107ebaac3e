//! What is normal for a source, so that its silence can be told from a quiet hour.
//!
//! The same stretch of the week in the last four weeks is the measure: "in these 41 minutes of the last four Tuesdays
//! there were 9 to 14 events". That needs no model of the day, follows holidays of the calendar, and can be quoted.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::calendar::{Calendar, instant_of};
use super::timestamp::Timestamp;

/// The grain in which events are counted, milliseconds.
pub const SLOT_MS: i64 = 600_000;

/// How many weeks are looked back on.
pub const WEEKS: usize = 4;

/// So many events a week make silence remarkable where `bot.toml` does not say after how long it is: where ten are
/// usual, none comes by chance once in 20,000 times (Poisson, e⁻¹⁰).
const EXPECTED: u64 = 10;

/// Whole slots, from the first to before the second.
pub type Slots = (i64, i64);

/// A stretch in which nothing was heard, and what else is known of the source.
#[derive(Clone, Copy, Debug)]
pub struct Quiet<'a> {
    /// Since when: the last event received, or the start of the bot, which hears nothing while it does not run.
    pub since: Timestamp,
    /// Until when.
    pub now: Timestamp,
    /// `silent_after` of the source, milliseconds.
    pub silent_after_ms: Option<i64>,
    /// When its history begins.
    pub oldest: Timestamp,
    /// The zone in whose weeks people live.
    pub zone: Tz,
    /// The hours of the workspace, if it has any.
    pub calendar: Option<&'a Calendar>,
}

/// What silence is measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Weeks looked back on; 0 = none is on record, `silent_after` alone decides.
    pub weeks: usize,
    /// The fewest events of those weeks in the same stretch.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl Quiet<'_> {
    /// How long it lasts, milliseconds.
    pub fn lasts_ms(&self) -> i64 {
        self.now - self.since
    }

    /// The same stretch of earlier weeks, last week first: as long as history reaches, without weeks in which the
    /// calendar had other hours, and by the clock on the wall.
    pub fn earlier(&self) -> Vec<Slots> {
        let ago = |at: Timestamp, weeks: usize| {
            let local = at.utc().with_timezone(&self.zone).naive_local();
            instant_of(local - TimeDelta::weeks(weeks as i64), self.zone)
        };
        let open = |from, to| self.calendar.is_none_or(|calendar| calendar.business_ms(from, to) > 0);
        let now_open = open(self.since, self.now);
        (1..=WEEKS)
            .map(|weeks| (ago(self.since, weeks), ago(self.now, weeks)))
            .take_while(|(from, _)| self.oldest <= *from)
            .filter(|(from, to)| open(*from, *to) == now_open)
            .map(|(from, to)| (from.plus_ms(SLOT_MS - 1).millis().div_euclid(SLOT_MS), to.millis().div_euclid(SLOT_MS)))
            .filter(|(from, to)| from < to)
            .collect()
    }

    /// Whether this is less than usual, given the events of each stretch of [`earlier`](Self::earlier).
    ///
    /// One odd week of three or more does not count: it may have been a holiday.
    pub fn judge(&self, events: &[u64]) -> Option<Usual> {
        let mut sorted = events.to_vec();
        sorted.sort_unstable();
        let like_others = if sorted.len() >= 3 { &sorted[1..] } else { &sorted[..] };
        let expected = match self.silent_after_ms {
            Some(after) if self.lasts_ms() < after => return None,
            Some(_) => 1,
            None => EXPECTED,
        };
        let usual = Usual {
            weeks: like_others.len(),
            least: like_others.first().copied().unwrap_or_default(),
            most: like_others.last().copied().unwrap_or_default(),
        };
        let known = match self.silent_after_ms {
            // Nothing is learned yet: the hours of the workspace say when the source should speak.
            Some(_) if events.is_empty() => {
                return self.calendar.is_none_or(|calendar| calendar.is_open(self.now)).then_some(usual);
            }
            Some(_) => usual.weeks >= 1,
            None => usual.weeks >= 2,
        };
        (known && usual.least >= expected).then_some(usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::CalendarDefinition;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    /// Since nine o'clock of a Tuesday in the week after the clocks went back.
    fn quiet(until: &str) -> Quiet<'static> {
        Quiet {
            since: at("2026-10-27T08:00:00Z"),
            now: at(until),
            silent_after_ms: None,
            oldest: at("2026-01-01T00:00:00Z"),
            zone: BERLIN,
            calendar: None,
        }
    }

    #[test]
    fn the_same_hour_on_the_wall_is_looked_at_in_earlier_weeks() {
        let spans = quiet("2026-10-27T08:41:00Z").earlier();
        assert_eq!(spans.len(), 4);
        let slot = |text: &str| at(text).millis() / SLOT_MS;
        // Nine o'clock was 07:00 in UTC before the change. Only whole slots count.
        assert_eq!(spans[0], (slot("2026-10-20T07:00:00Z"), slot("2026-10-20T07:40:00Z")));
        let young = Quiet { oldest: at("2026-10-12T00:00:00Z"), ..quiet("2026-10-27T08:41:00Z") };
        assert_eq!(young.earlier().len(), 2, "history begins a fortnight ago");
        assert_eq!(quiet("2026-10-27T08:09:00Z").earlier(), [], "too short to say anything");
    }

    #[test]
    fn silence_is_what_is_less_than_usual() {
        let learned = |events: &[u64]| quiet("2026-10-27T08:41:00Z").judge(events).map(|u| (u.weeks, u.least, u.most));
        assert_eq!(learned(&[12, 10, 14, 11]), Some((3, 11, 14)));
        assert_eq!(learned(&[12, 0, 14, 11]), Some((3, 11, 14)), "one week may have been a holiday");
        assert_eq!(learned(&[12, 0, 0, 11]), None);
        assert_eq!(learned(&[9, 14, 9, 14]), None, "nine events may fail to come by chance");
        assert_eq!(learned(&[12]), None, "one week is no rule");
        assert_eq!(learned(&[10, 10]), Some((2, 10, 10)));
        assert_eq!(learned(&[]), None);
    }

    #[test]
    fn who_says_after_how_long_is_not_told_earlier_and_needs_no_history() {
        let after = |minutes: i64, until: &str, events: &[u64]| {
            Quiet { silent_after_ms: Some(minutes * 60_000), ..quiet(until) }.judge(events).is_some()
        };
        assert!(!after(60, "2026-10-27T08:59:59Z", &[12, 12]));
        assert!(after(60, "2026-10-27T09:00:00Z", &[12, 12]));
        assert!(after(60, "2026-10-27T09:00:00Z", &[1]));
        assert!(!after(60, "2026-10-27T09:00:00Z", &[0, 0]), "nobody writes at this hour");
        assert!(after(60, "2026-10-27T09:00:00Z", &[]), "nothing is learned yet");
    }

    #[test]
    fn a_day_off_is_not_compared_with_working_days() {
        let hours = serde_json::json!({
            "timezone": "Europe/Berlin",
            "hours": {"tue": ["09:00-17:00"]},
            "holidays": ["2026-10-27"],
        });
        let calendar =
            Calendar::new(serde_json::from_value::<CalendarDefinition>(hours).expect("plain")).expect("sound");
        let off = Quiet { calendar: Some(&calendar), silent_after_ms: Some(1), ..quiet("2026-10-27T08:41:00Z") };
        assert_eq!(off.earlier(), []);
        assert_eq!(off.judge(&[]), None);
        let next_week = Quiet { since: at("2026-11-03T08:00:00Z"), now: at("2026-11-03T08:41:00Z"), ..off };
        assert_eq!(next_week.earlier().len(), 3, "all but the day off");
    }
}
