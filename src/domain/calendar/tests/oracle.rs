//! Business hours by rule R5 alone, minute by minute: what the calendar's arithmetic is held against.
//!
//! The rule is applied with the one question that a zone answers without doubt: what its clocks show at an instant.
//! Since 1975 zones move by whole minutes, and opening times are whole minutes, so a minute is either open or closed.

use super::*;

const MINUTE: i64 = 60_000;

/// The opening times of a calendar between two instants.
pub(in crate::domain) struct Oracle {
    /// First and last instant (exclusive) of each interval of each local date.
    open: Vec<(i64, i64)>,
}

/// What the clocks of a zone show, from one instant until before another.
struct Stretch {
    from: i64,
    to: i64,
    ahead_of_utc: i64,
}

impl Oracle {
    /// Of the local dates from three days before the one instant to three days after the other.
    pub(in crate::domain) fn new(calendar: &Calendar, from: Timestamp, to: Timestamp) -> Self {
        let first = from.utc().date_naive() - Days::new(3);
        let days = (to.0 - from.0) / DAY_MS + 8;
        let clocks = clocks(calendar.zone(), from.0 - 8 * DAY_MS, to.0 + 8 * DAY_MS);
        let mut open = Vec::new();
        for date in first.iter_days().take(days as usize) {
            for hours in opening(calendar.definition(), date) {
                let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
                let instant = |minutes: u16| instant(&clocks, midnight + i64::from(minutes) * MINUTE);
                open.push((instant(hours.from), instant(hours.to)));
            }
        }
        Self { open }
    }

    /// Whether an instant lies in any interval.
    pub(in crate::domain) fn is_open(&self, at: i64) -> bool {
        self.open.iter().any(|(from, to)| (*from..*to).contains(&at))
    }

    /// Open milliseconds between two instants.
    pub(in crate::domain) fn business_ms(&self, a: Timestamp, b: Timestamp) -> i64 {
        minutes(a, b).filter(|(from, _)| self.is_open(*from)).map(|(from, to)| to - from).sum()
    }

    /// The first instant at which so much open time has passed, if that is before `until`.
    pub(in crate::domain) fn add_business(&self, start: Timestamp, ms: i64, until: Timestamp) -> Option<Timestamp> {
        let mut left = ms;
        for (from, to) in minutes(start, until).filter(|(from, _)| self.is_open(*from)) {
            if left <= to - from {
                return Some(Timestamp(from + left));
            }
            left -= to - from;
        }
        None
    }

    /// The first open instant, if it is before `until`.
    pub(in crate::domain) fn next_opening(&self, start: Timestamp, until: Timestamp) -> Option<Timestamp> {
        minutes(start, until).map(|(from, _)| from).find(|from| self.is_open(*from)).map(Timestamp)
    }
}

/// The whole minutes between two instants, and what is left of one at either end.
pub(in crate::domain) fn minutes(a: Timestamp, b: Timestamp) -> impl Iterator<Item = (i64, i64)> {
    let first = a.0.div_euclid(MINUTE);
    (first..).map(move |n| ((n * MINUTE).max(a.0), ((n + 1) * MINUTE).min(b.0))).take_while(|(from, to)| from < to)
}

/// Special days win over holidays, holidays over weekdays.
fn opening(definition: &CalendarDefinition, date: NaiveDate) -> Vec<Hours> {
    match (definition.special.get(&date), definition.holidays.contains(&date)) {
        (Some(hours), _) => hours.clone(),
        (None, true) => Vec::new(),
        (None, false) => definition.hours.get(&date.weekday().into()).cloned().unwrap_or_default(),
    }
}

/// Asks a zone at every minute what its clocks show.
fn clocks(zone: Tz, from: i64, to: i64) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for at in (from - from.rem_euclid(MINUTE)..to).step_by(MINUTE as usize) {
        let shown = zone.from_utc_datetime(&Timestamp(at).utc().naive_utc()).naive_local();
        let ahead_of_utc = shown.and_utc().timestamp_millis() - at;
        match stretches.last_mut() {
            Some(last) if last.ahead_of_utc == ahead_of_utc => last.to = at + MINUTE,
            _ => stretches.push(Stretch { from: at, to: at + MINUTE, ahead_of_utc }),
        }
    }
    stretches
}

/// The first instant at which the clocks show a local time; of one they leap over, the instant by the clocks before
/// the leap.
fn instant(clocks: &[Stretch], local: i64) -> i64 {
    let showing = clocks.iter().map(|s| (s, local - s.ahead_of_utc)).find(|(s, at)| (s.from..s.to).contains(at));
    showing.map(|(_, at)| at).unwrap_or_else(|| {
        let beyond = clocks.iter().position(|s| s.from + s.ahead_of_utc > local).expect("the clocks go on");
        local - clocks[beyond - 1].ahead_of_utc
    })
}
