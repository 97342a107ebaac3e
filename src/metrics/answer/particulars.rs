//! What is particular to a metric, and what single tickets contributed to it.

use super::*;
use crate::domain::sample::SampleFact;
use crate::metrics::forecast::Forecast;

/// What one ticket contributed to a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Which ticket.
    pub ticket: TicketKey,
    /// Which of its customer turns, where each counts.
    pub turn: Option<u32>,
    /// Seconds of a duration; 1 or 0 of a rate; `None` of a count.
    pub value: Option<f64>,
    /// What the value is.
    pub worth: Worth,
    /// The instant counted.
    pub at: Timestamp,
    /// What was counted.
    pub fact: SampleFact,
    /// Responsible team at that instant.
    pub team: Option<String>,
    /// Responsible agent at that instant.
    pub agent: Option<String>,
}

/// What the value of a contribution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// A duration in seconds.
    Seconds,
    /// 1 where the ticket passed the test of a rate, 0 where it did not.
    Passed,
    /// What somebody answered, or what it is worth in a score.
    Answered,
    /// Nothing but that it counts.
    Counted,
}

/// What is particular to a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Particulars {
    /// Nothing.
    #[default]
    None,
    /// `ticket_volume`.
    Volume {
        /// Tickets begun by agents, which do not count.
        outbound: u64,
        /// Local days counted.
        days: u64,
        /// Of those, days with opening hours; `None` without a calendar.
        business_days: Option<u64>,
    },
    /// `tickets_solved`.
    Solved {
        /// Tickets created in the same period.
        created: u64,
    },
    /// `net_flow`.
    Flow {
        /// Backlog when the period began.
        opening: u64,
        /// Backlog when it ended.
        closing: u64,
    },
    /// `backlog`.
    Backlog {
        /// How many in which status.
        by_status: BTreeMap<Status, u64>,
        /// How many await our reply.
        awaiting_reply: u64,
    },
    /// `backlog_age`.
    Age {
        /// Below 1, 3, 7, 30 days, and beyond.
        bands: [u64; 5],
        /// The oldest ticket.
        oldest: Option<TicketKey>,
    },
    /// `unreplied_tickets`.
    Unreplied {
        /// The longest wait in seconds.
        longest_s: Option<f64>,
        /// The median wait in seconds.
        median_s: Option<f64>,
        /// Whose customer waits longest.
        oldest: Option<String>,
    },
    /// `peak_hours`.
    Peak(Box<Peak>),
    /// `busiest_day`.
    Busiest {
        /// `mon` to `sun`.
        day: &'static str,
    },
    /// `workload_breakdown`.
    Breakdown {
        /// By what.
        by: GroupBy,
        /// A ticket stands under several values, so that the shares sum to more than all.
        overlapping: bool,
    },
    /// `top_issues`.
    Issues {
        /// Tickets.
        total: u64,
        /// Tickets without a category.
        uncategorised: u64,
    },
    /// `issue_spike`.
    Spikes,
    /// `solved_per_agent`.
    Solvers {
        /// People who solved any.
        people: u64,
        /// Solves that were nobody's.
        unassigned: u64,
    },
    /// `assignment_share`.
    Loads {
        /// People who carry any.
        people: u64,
    },
    /// `replies_sent`.
    Senders {
        /// People who wrote.
        people: u64,
    },
    /// `support_cost`, `cash_flow_proxy`.
    Spent {
        /// Amounts in other currencies, which are left out: currency and amount.
        unconverted: Vec<(String, f64)>,
    },
    /// `contact_rate`, `cost_per_ticket`, `support_cost_per_customer`, `arpa`.
    Quotient(Quotient),
    /// `support_cost_share`.
    CostShare {
        /// What support costs a customer and month.
        cost: f64,
        /// What a customer and month leave over.
        margin: f64,
        /// Whether it is more than the revenue as it stands.
        margin_known: bool,
        /// Amounts in other currencies, which are left out: currency and amount.
        unconverted: Vec<(String, f64)>,
    },
    /// `customer_retention_rate`, `churn_rate`.
    Retention(Retention),
    /// `clv`.
    Lifetime(Lifetime),
    /// `trial_conversion_rate`.
    Trials(Trials),
    /// `first_response_time`, if it was asked for by name.
    StillWaiting {
        /// Tickets whose customer has not heard from a human yet.
        tickets: u64,
        /// The longest wait in seconds.
        longest_s: Option<f64>,
    },
    /// `first_response_time_any`.
    AnyReply {
        /// The median first response of a person in seconds.
        human_s: Option<f64>,
    },
    /// `requester_wait_time`, read from the status.
    Waited {
        /// Solved tickets that never were pending.
        never_pending: u64,
    },
    /// `on_hold_time`.
    Held {
        /// Solved tickets that were on hold at all.
        tickets: u64,
    },
    /// `first_contact_resolution`.
    FirstContact {
        /// Tickets whose review window has not ended.
        provisional: u64,
        /// Why the others were no first contact resolutions; `None` where only a line of it is told.
        broken: Option<Broken>,
    },
    /// `one_touch_rate`.
    Touched {
        /// Tickets with two replies.
        two: u64,
        /// Tickets with more.
        more: u64,
    },
    /// `response_efficiency`.
    People {
        /// Tickets with 1, 2, 3, and 4 or more people.
        by_people: [u64; 4],
        /// The most people of a ticket.
        max: u32,
    },
    /// `reassignments`.
    Reassigned {
        /// Tickets that were reassigned at all.
        tickets: u64,
        /// Changes from one team to another.
        team_changes: u64,
    },
    /// `bot_resolution_rate`.
    BotResolved {
        /// Closed by a rule without a word of anybody.
        unconfirmed: u64,
        /// Whose customer opened another ticket about the same within `repeat.window_s`.
        came_back: u64,
    },
    /// `hold_time`.
    PhoneHold(PhoneHold),
    /// `abandonment_rate`.
    Abandoned {
        /// Calls of those who may have misdialled, which do not count.
        short: u64,
    },
    /// `service_level`.
    InTime {
        /// Seconds within which a call is answered in time.
        within_s: i64,
    },
    /// `average_handle_time`.
    Handled(Handled),
    /// `agent_utilization`.
    Utilized(Utilized),
    /// `agent_occupancy`.
    Occupied(Occupied),
    /// `overload_days`.
    Overloaded {
        /// The most such days of one person in a row.
        streak: u64,
    },
    /// `staffing_need`.
    Staffing(Staffing),
    /// `reply_time_promise`.
    Promise {
        /// The median first response in seconds.
        typical_s: Option<f64>,
    },
    /// `reopen_rate`.
    Reopened {
        /// Reopened only by thank-yous.
        soft: u64,
        /// All reopens of these tickets since.
        reopens: u64,
        /// The median time from solve to reopen in the last 90 days, in seconds; if it was asked for by name.
        usual_s: Option<f64>,
    },
    /// `resolution_rate`.
    Resolved {
        /// Of the tickets created, still unsolved.
        open: u64,
        /// Of those, younger than a day.
        young: u64,
        /// An earlier period is judged when its tickets were as old as these are now.
        same_age: bool,
    },
    /// `csat`.
    Rated {
        /// The mean answer, where all have one scale.
        mean: Option<f64>,
        /// Of how many points that scale is.
        scale: Option<u32>,
        /// How often each answer was given, where all have one scale.
        distribution: BTreeMap<String, u64>,
        /// Satisfied answers and answers about tickets that no human had answered, where these are left out.
        bots: (u64, u64),
    },
    /// `csat_response_rate`.
    Answered {
        /// Of the tickets solved, because nobody says what was sent.
        of_solved: bool,
        /// Sent lately and not answered yet.
        provisional: u64,
    },
    /// `nps` and `employee_nps`.
    Score {
        /// Those who would recommend.
        promoters: u64,
        /// Those who do not care.
        passives: u64,
        /// Those who would not.
        detractors: u64,
        /// Answers on another scale than `nps.scale`.
        unusual: u64,
        /// Answers to the other kind of survey (about a ticket, about the relationship), which are never mixed in.
        apart: u64,
    },
    /// `ces`.
    Effort {
        /// Which version of the question.
        version: u8,
        /// The mean answer.
        mean: Option<f64>,
        /// Answers left out because they do not say which version they answer.
        unversioned: u64,
    },
    /// `survey_comments`.
    Comments {
        /// How many are about which theme, in the order of the configuration.
        themes: Vec<(String, u64)>,
    },
    /// `negative_followup_rate`.
    FollowedUp {
        /// Not followed up yet, with time left.
        pending: u64,
        /// Seconds until the first of those is due.
        next_s: Option<f64>,
    },
    /// `sla_attainment`.
    Promises {
        /// Instances that are still running.
        running: u64,
        /// Those of them with little of their time left.
        at_risk: u64,
        /// Met and decided for each target.
        by_target: BTreeMap<Target, (u64, u64)>,
        /// Every instance counted or still undecided; only if the question asked for it.
        instances: Vec<Decision>,
    },
    /// `sla_at_risk`.
    AtRisk {
        /// Promises that are still running, paused ones included.
        running: u64,
        /// When the next of them is due.
        next: Option<Timestamp>,
        /// Missed in the period and not fulfilled yet.
        missed: u64,
        /// How many of those that run will be missed soon, judged by the period; if it was asked for by name.
        forecast: Option<Forecast>,
    },
    /// `sla_breaches`.
    Breaches {
        /// Not fulfilled yet.
        open: u64,
        /// Median overrun in seconds.
        median_s: Option<f64>,
    },
}

/// How many tickets fail each condition of first contact resolution; one ticket may fail several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// More than one question was answered.
    pub asked_again: u64,
    /// More people answered than are allowed.
    pub several_people: u64,
    /// It was reopened.
    pub reopened: u64,
    /// The customer opened another ticket.
    pub came_back: u64,
}

/// How one promise to one ticket stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Which ticket.
    pub ticket: TicketKey,
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub decided_at: Option<Timestamp>,
}
