//! Quiet hours: hours of the wall clock in which a channel rings only for what cannot wait.
//!
//! What is held is told when they end, in one message. A stretch is told from others by the instant at which it ends, so
//! that a restart within it, or another copy of the bot, sees the same one. A clock that is put forward or back moves
//! the ends with it, as it moves everybody's morning: an end that the clock shows twice is the first of the two.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::calendar::instant_of;
use super::sla::TimerKind;
use super::timestamp::Timestamp;

/// `[quiet]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Minutes since midnight; an interval whose end is not after its start goes past midnight.
    pub hours: Vec<(u16, u16)>,
    /// On whose clock.
    pub timezone: Tz,
    /// Priorities whose breaches ring all the same.
    pub priorities: Vec<String>,
    /// The channels it is about, as written in `bot.toml`; none = all of them.
    pub channels: Vec<String>,
}

impl Quiet {
    /// When the quiet hours end in which a channel is; `None` = it may ring.
    pub fn until(&self, channel: &str, now: Timestamp) -> Option<Timestamp> {
        let concerns = self.channels.is_empty() || self.channels.iter().any(|c| c == channel);
        let mut until = now;
        // Intervals that touch are one stretch. They leave some of every day, so this ends within three.
        while let Some(end) = self.interval_at(until).filter(|_| concerns) {
            until = end;
        }
        (until > now).then_some(until)
    }

    /// Whether an alert is held in quiet hours: all are but breaches of the named priorities, and what follows from them.
    pub fn holds(&self, kind: TimerKind, priority: &str) -> bool {
        let urgent = self.priorities.iter().any(|named| named.eq_ignore_ascii_case(priority));
        !urgent || matches!(kind, TimerKind::Warn(_))
    }

    /// Whether some of every day is left; without that, what is held would never be told.
    pub fn ends(&self) -> bool {
        let covers = |minute: u16, (from, to): (u16, u16)| match from < to {
            true => (from..to).contains(&minute),
            false => minute >= from || minute < to,
        };
        (0..24 * 60).any(|minute| !self.hours.iter().any(|hours| covers(minute, *hours)))
    }

    /// The end of an interval that holds at an instant.
    fn interval_at(&self, at: Timestamp) -> Option<Timestamp> {
        let today = at.utc().with_timezone(&self.timezone).date_naive();
        let minute = |days: i64, minutes: u16| {
            let wall = today.and_time(chrono::NaiveTime::MIN) + TimeDelta::days(days) + minute_of_day(minutes);
            instant_of(wall, self.timezone)
        };
        let intervals = (-1..=0).flat_map(|day| self.hours.iter().map(move |hours| (day, *hours)));
        let ends = intervals.filter_map(|(day, (from, to))| {
            let end = minute(day + i64::from(to <= from), to);
            (minute(day, from) <= at && at < end).then_some(end)
        });
        ends.max()
    }
}

fn minute_of_day(minutes: u16) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(hours: &[(u16, u16)]) -> Quiet {
        Quiet {
            hours: hours.to_vec(),
            timezone: chrono_tz::Europe::Berlin,
            priorities: vec!["urgent".into()],
            channels: Vec::new(),
        }
    }

    /// The end, as Berlin's clock shows it and in UTC.
    fn until(quiet: &Quiet, now: &str) -> Option<String> {
        let now = Timestamp::parse(now).expect("a time");
        quiet.until("slack:#support", now).map(|end| end.to_string())
    }

    #[test]
    fn a_night_is_one_stretch_whichever_way_it_is_written() {
        for hours in [&[(1200, 420)][..], &[(1200, 1440), (0, 420)], &[(1200, 1320), (1320, 420), (60, 120)]] {
            let night = quiet(hours);
            let table = [
                ("2026-11-23T18:59:59.999Z", None),
                ("2026-11-23T19:00:00Z", Some("2026-11-24T06:00:00.000Z")),
                ("2026-11-23T23:00:00Z", Some("2026-11-24T06:00:00.000Z")),
                ("2026-11-24T05:59:59.999Z", Some("2026-11-24T06:00:00.000Z")),
                ("2026-11-24T06:00:00Z", None),
            ];
            for (now, end) in table {
                assert_eq!(until(&night, now).as_deref(), end, "{hours:?} at {now}");
            }
        }
    }

    #[test]
    fn the_morning_comes_when_the_clock_says_so_also_when_it_is_changed() {
        let night = quiet(&[(1200, 420)]);
        // The night of 29 March 2026 has an hour less, that of 25 October an hour more.
        assert_eq!(until(&night, "2026-03-28T20:00:00Z").as_deref(), Some("2026-03-29T05:00:00.000Z"));
        assert_eq!(until(&night, "2026-10-24T20:00:00Z").as_deref(), Some("2026-10-25T06:00:00.000Z"));
        // 02:30 is skipped in March, and shown twice in October.
        let early = quiet(&[(1200, 150)]);
        assert_eq!(until(&early, "2026-03-28T20:00:00Z").as_deref(), Some("2026-03-29T01:30:00.000Z"));
        assert_eq!(until(&early, "2026-10-24T20:00:00Z").as_deref(), Some("2026-10-25T00:30:00.000Z"));
        assert_eq!(until(&early, "2026-10-25T00:30:00Z"), None, "the second half past two is not quiet again");
    }

    #[test]
    fn only_breaches_of_the_named_priorities_ring_and_only_named_channels_are_quiet() {
        let night = quiet(&[(1200, 420)]);
        let held = |kind, priority| night.holds(kind, priority);
        assert!(!held(TimerKind::Breach, "urgent") && !held(TimerKind::Step(0), "Urgent"));
        assert!(held(TimerKind::Warn(0), "urgent") && held(TimerKind::Breach, "high"));
        let one = Quiet { channels: vec!["slack:#support".into()], ..night };
        let now = Timestamp::parse("2026-11-23T23:00:00Z").expect("a time");
        assert!(one.until("slack:#support", now).is_some() && one.until("slack:#leads", now).is_none());
    }

    #[test]
    fn hours_that_leave_nothing_of_a_day_never_end() {
        assert!(quiet(&[(1200, 420)]).ends() && quiet(&[(0, 1439)]).ends());
        assert!(!quiet(&[(0, 1440)]).ends() && !quiet(&[(1200, 420), (420, 1200)]).ends());
        assert!(!quiet(&[(600, 600)]).ends());
    }
}
