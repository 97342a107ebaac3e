//! The schedules people usually want, in the words they say them in.

use std::fmt;

use chrono::Weekday;

/// When something is to happen again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Every day at a time, in minutes since midnight.
    Daily(u16),
    /// Monday to Friday.
    Weekdays(u16),
    /// On a day of the week.
    Weekly(Weekday, u16),
    /// On a day of the month, 1 to 28.
    Monthly(u8, u16),
    /// By a cron line.
    Cron(String),
}

const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

impl Plan {
    /// The plan that a cron line stands for.
    pub fn of(expression: &str) -> Self {
        Self::usual(expression).unwrap_or_else(|| Self::Cron(expression.to_owned()))
    }

    fn usual(expression: &str) -> Option<Self> {
        let [minute, hour, day, "*", weekday] = expression.split_whitespace().collect::<Vec<_>>()[..] else {
            return None;
        };
        let at = hour.parse::<u16>().ok().filter(|h| *h < 24)? * 60 + minute.parse::<u16>().ok().filter(|m| *m < 60)?;
        match (day, weekday.to_lowercase().as_str()) {
            ("*", "*") => Some(Self::Daily(at)),
            ("*", "1-5" | "mon-fri") => Some(Self::Weekdays(at)),
            ("*", weekday) => Some(Self::Weekly(WEEKDAYS.into_iter().find(|d| short(*d) == weekday)?, at)),
            (day, "*") => Some(Self::Monthly(day.parse().ok().filter(|d| (1..=28).contains(d))?, at)),
            _ => None,
        }
    }

    /// The cron line.
    pub fn cron(&self) -> String {
        let at = |minutes: u16| format!("{} {}", minutes % 60, minutes / 60);
        match self {
            Self::Daily(minutes) => format!("{} * * *", at(*minutes)),
            Self::Weekdays(minutes) => format!("{} * * 1-5", at(*minutes)),
            Self::Weekly(day, minutes) => format!("{} * * {}", at(*minutes), short(*day)),
            Self::Monthly(day, minutes) => format!("{} {day} * *", at(*minutes)),
            Self::Cron(expression) => expression.clone(),
        }
    }

    /// What it is called where nobody gives it a name.
    pub fn name(&self) -> String {
        match self {
            Self::Daily(_) => "daily".to_owned(),
            Self::Weekdays(_) => "weekdays".to_owned(),
            Self::Weekly(day, _) => format!("weekly-{}", short(*day)),
            Self::Monthly(..) => "monthly".to_owned(),
            Self::Cron(_) => "digest".to_owned(),
        }
    }
}

/// As it is typed: `daily 09:00`, `weekly mon 08:30`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |minutes: &u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        match self {
            Self::Daily(minutes) => write!(f, "daily {}", at(minutes)),
            Self::Weekdays(minutes) => write!(f, "weekdays {}", at(minutes)),
            Self::Weekly(day, minutes) => write!(f, "weekly {} {}", short(*day), at(minutes)),
            Self::Monthly(day, minutes) => write!(f, "monthly {day} {}", at(minutes)),
            Self::Cron(expression) => write!(f, "cron \"{expression}\""),
        }
    }
}

/// `mon` to `sun`.
pub fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "mon",
        Weekday::Tue => "tue",
        Weekday::Wed => "wed",
        Weekday::Thu => "thu",
        Weekday::Fri => "fri",
        Weekday::Sat => "sat",
        Weekday::Sun => "sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_cron_line_and_the_other_way_round() {
        let table = [
            (Plan::Daily(9 * 60), "0 9 * * *", "daily 09:00"),
            (Plan::Weekdays(570), "30 9 * * 1-5", "weekdays 09:30"),
            (Plan::Weekly(Weekday::Sun, 5), "5 0 * * sun", "weekly sun 00:05"),
            (Plan::Monthly(28, 1439), "59 23 28 * *", "monthly 28 23:59"),
            (Plan::Cron("0 9 31 * *".into()), "0 9 31 * *", "cron \"0 9 31 * *\""),
            (Plan::Cron("*/5 9 * * *".into()), "*/5 9 * * *", "cron \"*/5 9 * * *\""),
        ];
        for (plan, cron, words) in table {
            assert_eq!((plan.cron().as_str(), plan.to_string().as_str()), (cron, words));
            assert_eq!(Plan::of(cron), plan);
            super::super::Schedule::parse(cron, chrono_tz::Tz::UTC).expect("a schedule");
        }
        assert_eq!(Plan::of("30 9 * * Mon-Fri"), Plan::Weekdays(570));
        assert_eq!(Plan::of("0 24 * * *"), Plan::Cron("0 24 * * *".into()));
    }
}
