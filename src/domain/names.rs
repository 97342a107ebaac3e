//! What grammar, metrics and configuration all speak of: metrics with their ids and aliases, dimensions, clocks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The candidate closest to `word` within an edit distance of 2 (or a third of its length), if any.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).max(2);
    candidates
        .map(|c| (strsim::damerau_levenshtein(&word, &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// A dimension that filters and groups (kpis.md R13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Dimension {
    Team,
    Agent,
    Channel,
    Priority,
    Tag,
    Category,
    Source,
    Tier,
}

impl Dimension {
    /// All dimensions, in the order of the documentation.
    pub const ALL: [Self; 8] =
        [Self::Team, Self::Agent, Self::Channel, Self::Priority, Self::Tag, Self::Category, Self::Source, Self::Tier];

    /// The word of the grammar.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Agent => "agent",
            Self::Channel => "channel",
            Self::Priority => "priority",
            Self::Tag => "tag",
            Self::Category => "category",
            Self::Source => "source",
            Self::Tier => "tier",
        }
    }
}

/// How an answer is broken down: by a dimension or by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum GroupBy {
    Dimension(Dimension),
    Time(TimeUnit),
}

/// Units of time an answer can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum TimeUnit {
    /// Hour of the day, 0 to 23.
    Hour,
    /// Monday to Sunday.
    Weekday,
    Day,
    Week,
    Month,
}

impl GroupBy {
    /// Everything that may stand after `by`.
    pub const ALL: [Self; 13] = [
        Self::Dimension(Dimension::Team),
        Self::Dimension(Dimension::Agent),
        Self::Dimension(Dimension::Channel),
        Self::Dimension(Dimension::Priority),
        Self::Dimension(Dimension::Tag),
        Self::Dimension(Dimension::Category),
        Self::Dimension(Dimension::Source),
        Self::Dimension(Dimension::Tier),
        Self::Time(TimeUnit::Hour),
        Self::Time(TimeUnit::Weekday),
        Self::Time(TimeUnit::Day),
        Self::Time(TimeUnit::Week),
        Self::Time(TimeUnit::Month),
    ];

    /// The word of the grammar.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dimension(d) => d.name(),
            Self::Time(TimeUnit::Hour) => "hour",
            Self::Time(TimeUnit::Weekday) => "weekday",
            Self::Time(TimeUnit::Day) => "day",
            Self::Time(TimeUnit::Week) => "week",
            Self::Time(TimeUnit::Month) => "month",
        }
    }
}

/// Which clock a duration is measured on (kpis.md R4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Open hours of the calendar only.
    Business,
    /// Every second counts.
    Calendar,
}

/// What a metric is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Unit {
    Seconds,
    /// A fraction from 0 to 1, shown as percent.
    Percent,
    Count,
    Points,
    /// A mean answer, on the scale of the question.
    Rating,
    People,
    Messages,
    Currency,
    Share,
    /// So many for each of something, with a decimal.
    Rate,
    Flag,
    Composite,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Better {
    Higher,
    Lower,
    Neutral,
}

/// The groups a metric can be asked for by (`/metrics satisfaction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "self-explanatory")]
pub enum Family {
    Experience,
    Satisfaction,
    Workload,
    Cost,
    Sla,
    Overview,
}

macro_rules! metrics {
    ($( $variant:ident, $id:literal, $name:literal, $family:ident, $unit:ident, $better:ident, [$($alias:literal),*]; )*) => {
        /// A metric that can be asked for; definitions in kpis.md 5.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "named and defined in kpis.md 5")]
        pub enum MetricId { $($variant,)* }

        impl MetricId {
            /// Every metric that is built, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The id of the public contract.
            pub const fn id(self) -> &'static str { match self { $(Self::$variant => $id,)* } }

            /// The name people read.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// The group it belongs to.
            pub const fn family(self) -> Family { match self { $(Self::$variant => Family::$family,)* } }

            /// What it is measured in.
            pub const fn unit(self) -> Unit { match self { $(Self::$variant => Unit::$unit,)* } }

            /// Which way is good.
            pub const fn better(self) -> Better { match self { $(Self::$variant => Better::$better,)* } }

            /// What people type for it, besides its id.
            pub const fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*],)* }
            }
        }
    };
}

metrics! {
    FirstResponseTime, "first_response_time", "First response time", Experience, Seconds, Lower, ["frt", "first reply", "first reply time", "first response", "time to first response", "initial response", "ttfr"];
    FirstResponseTimeAny, "first_response_time_any", "First response of any kind", Experience, Seconds, Lower, ["first touch", "bot first reply", "acknowledgement time", "ack time"];
    ResponseTime, "response_time", "Response time (all answered customer messages)", Experience, Seconds, Lower, ["response time", "average response time", "art", "reply time", "avg reply time", "responsiveness"];
    NextReplyTime, "next_reply_time", "Next reply time", Experience, Seconds, Lower, ["nrt", "subsequent response time", "follow-up response time", "next response"];
    FirstResolutionTime, "first_resolution_time", "First resolution time", Experience, Seconds, Lower, ["time to first solve", "first resolution", "ttfs"];
    ResolutionTime, "resolution_time", "Resolution time (full)", Experience, Seconds, Lower, ["resolution", "full resolution", "time to resolution", "time to resolve", "ttr", "mttr", "time to close", "solve time", "avg resolution"];
    RequesterWaitTime, "requester_wait_time", "Waiting time (customer)", Experience, Seconds, Lower, ["waiting time", "wait time", "requester wait time", "customer wait", "rwt"];
    AgentWaitTime, "agent_wait_time", "Time waiting for the customer", Experience, Seconds, Neutral, ["agent wait", "pending time", "waiting on customer"];
    OnHoldTime, "on_hold_time", "On-hold time (third party)", Experience, Seconds, Lower, ["on hold", "hold status", "vendor wait", "waiting on third party"];
    AgentWorkTime, "agent_work_time", "Time in our court", Experience, Seconds, Lower, ["agent work time", "open time", "time in new/open"];
    TimeToAssignment, "time_to_assignment", "Time to assignment", Experience, Seconds, Lower, ["assignment time", "time to assign", "triage time", "queue time"];
    SpeedOfAnswer, "speed_of_answer", "Speed of answer (queue waiting time)", Experience, Seconds, Lower, ["asa", "average speed of answer", "hold on the phone", "queue wait", "chat wait", "pickup time", "waiting on the line"];
    HoldTime, "hold_time", "Telephone hold time", Experience, Seconds, Lower, ["hold time", "on hold during call", "mute time"];
    AbandonmentRate, "abandonment_rate", "Abandonment rate", Experience, Percent, Lower, ["abandon rate", "dropped calls", "lost calls", "hang-ups"];
    FirstContactResolution, "first_contact_resolution", "First contact resolution", Experience, Percent, Higher, ["fcr", "first contact resolution rate", "first call resolution", "one and done", "resolved first time", "first-time fix"];
    OneTouchRate, "one_touch_rate", "One-touch rate", Experience, Percent, Higher, ["one touch", "single reply", "one-reply tickets", "1-touch"];
    ResolutionRate, "resolution_rate", "Resolution rate", Experience, Percent, Higher, ["resolved %", "solve rate", "percent of tickets solved", "closure rate"];
    ReopenRate, "reopen_rate", "Reopen rate", Experience, Percent, Lower, ["reopened %", "reopen", "bounce rate", "reopened tickets"];
    ResponseEfficiency, "response_efficiency", "Response efficiency (people per resolution)", Experience, People, Lower, ["response efficiency", "agents per ticket", "reps per resolution", "handoffs", "how many agents", "people involved"];
    RepliesPerResolution, "replies_per_resolution", "Replies per resolution", Experience, Messages, Lower, ["replies to close", "messages per ticket", "touches", "interactions per ticket"];
    Reassignments, "reassignments", "Reassignments per ticket", Experience, Count, Lower, ["transfers", "reassignment", "ping-pong", "handovers"];
    RepeatContactRate, "repeat_contact_rate", "Repeat contact rate", Experience, Percent, Lower, ["repeat contacts", "recontact", "call-back rate", "same issue again"];
    EscalationRate, "escalation_rate", "Escalation rate", Experience, Percent, Lower, ["escalated %", "escalations", "tier 2 rate"];
    BotResolutionRate, "bot_resolution_rate", "Bot resolution rate", Experience, Percent, Neutral, ["containment", "deflection", "automation rate", "ai resolution", "self-service rate"];
    ReplyTimePromise, "reply_time_promise", "Typical and promised reply time", Experience, Seconds, Lower, ["typical reply time", "expected reply time", "how fast do we reply", "reply promise", "when will they answer"];
    Csat, "csat", "Customer satisfaction score", Satisfaction, Percent, Higher, ["csat", "satisfaction", "customer satisfaction", "rating", "happiness", "good ratings", "thumbs up"];
    CsatResponseRate, "csat_response_rate", "Survey response rate", Satisfaction, Percent, Higher, ["response rate", "survey response rate", "rating rate"];
    Nps, "nps", "Net Promoter Score", Satisfaction, Points, Higher, ["nps", "promoter score", "net promoter", "recommend", "likelihood to recommend"];
    Ces, "ces", "Customer effort score", Satisfaction, Percent, Higher, ["ces", "effort", "effort score", "ease", "easy score", "ease of effort"];
    SurveyComments, "survey_comments", "Survey comments", Satisfaction, Count, Neutral, ["comments", "feedback", "verbatims", "qualitative feedback", "what do customers say", "customer satisfaction survey"];
    NegativeFollowupRate, "negative_followup_rate", "Follow-up on bad ratings", Satisfaction, Percent, Higher, ["followed up", "dsat follow-up", "bad rating follow up", "detractor follow-up"];
    TicketVolume, "ticket_volume", "Ticket volume", Workload, Count, Neutral, ["volume", "tickets", "new tickets", "requests", "number of requests", "inbound", "created", "how many tickets", "conversations"];
    TicketsSolved, "tickets_solved", "Tickets solved", Workload, Count, Higher, ["solved", "closed", "resolved tickets", "closures", "throughput"];
    NetFlow, "net_flow", "Net flow (backlog change)", Workload, Count, Lower, ["net flow", "inflow outflow", "backlog growth", "are we keeping up"];
    Backlog, "backlog", "Backlog", Workload, Count, Lower, ["open tickets", "backlog", "unsolved", "queue", "how many open"];
    BacklogAge, "backlog_age", "Backlog age", Workload, Seconds, Lower, ["oldest ticket", "ticket age", "ageing", "backlog age"];
    UnrepliedTickets, "unreplied_tickets", "Unreplied tickets", Workload, Count, Lower, ["unanswered", "waiting for first reply", "no reply yet", "unreplied"];
    UnreadTickets, "unread_tickets", "Unread tickets", Workload, Count, Lower, ["unread", "not seen", "unopened"];
    PeakHours, "peak_hours", "Peak hours", Workload, Rate, Neutral, ["peak", "busiest hour", "when do tickets come", "heatmap", "peak time"];
    BusiestDay, "busiest_day", "Busiest day", Workload, Rate, Neutral, ["busiest weekday", "which day"];
    WorkloadBreakdown, "workload_breakdown", "Workload breakdown", Workload, Count, Neutral, ["by channel", "by priority", "by tag", "by team", "categories", "workload", "distribution", "location"];
    TopIssues, "top_issues", "Most common issues", Workload, Count, Neutral, ["top issues", "top categories", "common problems", "contact reasons", "what are people asking", "top tags"];
    IssueSpike, "issue_spike", "Issue spike", Workload, Flag, Neutral, ["spike", "unusual", "anomaly", "complaints about", "what is new"];
    ProductFeedbackVolume, "product_feedback_volume", "Product feedback", Workload, Count, Neutral, ["feature requests", "bug reports", "product feedback", "roadmap input", "complaints by feature"];
    SolvedPerAgent, "solved_per_agent", "Solved per agent", Workload, Rate, Neutral, ["tickets per agent", "agent throughput", "closures by agent", "leaderboard"];
    AssignmentShare, "assignment_share", "Distribution over agents", Workload, Share, Neutral, ["assignment share", "who has how many", "workload balance"];
    RepliesSent, "replies_sent", "Replies sent", Workload, Count, Neutral, ["replies", "messages sent", "public replies"];
    AverageHandleTime, "average_handle_time", "Average handle time", Workload, Seconds, Lower, ["aht", "handle time", "handling time", "time per ticket", "time spent"];
    AgentUtilization, "agent_utilization", "Agent utilization rate", Workload, Percent, Neutral, ["utilization", "utilisation", "busy rate", "how busy are we", "productivity"];
    AgentOccupancy, "agent_occupancy", "Agent occupancy", Workload, Percent, Neutral, ["occupancy", "occupancy rate", "idle time"];
    OverloadDays, "overload_days", "Overload days", Workload, Count, Lower, ["burnout", "overload", "too busy", "agent load"];
    StaffingNeed, "staffing_need", "Staffing for the peak", Workload, People, Neutral, ["staffing", "how many agents do we need", "capacity"];
    ContactRate, "contact_rate", "Contact rate", Workload, Rate, Lower, ["tickets per customer", "contacts per 100 customers", "tickets per user"];
    SupportCost, "support_cost", "Support cost", Cost, Currency, Lower, ["cost", "spend", "support spend", "budget"];
    CostPerTicket, "cost_per_ticket", "Support cost per ticket", Cost, Currency, Lower, ["cost per ticket", "cpt", "cost per contact", "unit cost", "support cost per ticket"];
    SupportCostPerCustomer, "support_cost_per_customer", "Support cost per customer", Cost, Currency, Lower, ["cost to serve", "cost per customer"];
    CustomerRetentionRate, "customer_retention_rate", "Customer retention rate", Cost, Percent, Higher, ["retention", "crr", "retained customers", "logo retention"];
    ChurnRate, "churn_rate", "Churn rate", Cost, Percent, Lower, ["churn", "customer churn", "attrition", "lost customers"];
    Arpa, "arpa", "Revenue per customer", Cost, Currency, Higher, ["arpa", "arpu", "average revenue per account", "revenue per customer"];
    Clv, "clv", "Customer lifetime value", Cost, Currency, Higher, ["clv", "ltv", "cltv", "lifetime value", "customer value"];
    SupportCostShare, "support_cost_share", "Support share of customer value", Cost, Percent, Lower, ["support budget", "cost vs value", "how much can we spend per customer", "retention budget"];
    TrialConversionRate, "trial_conversion_rate", "Trial conversion with and without support contact", Cost, Percent, Higher, ["conversion", "onboarding conversion", "acquisition", "trial to paid"];
    CashFlowProxy, "cash_flow_proxy", "Cash flow (proxy)", Cost, Currency, Higher, ["cash flow", "cash in out"];
    SlaAttainment, "sla_attainment", "SLA attainment", Sla, Percent, Higher, ["sla", "sla compliance", "sla achieved", "within sla", "service level agreement", "on time"];
    SlaBreaches, "sla_breaches", "SLA breaches", Sla, Count, Lower, ["breaches", "breached", "violations", "missed sla"];
    SlaAtRisk, "sla_at_risk", "SLA at risk", Sla, Count, Lower, ["at risk", "about to breach", "due soon"];
    ServiceLevel, "service_level", "Service level (X % in Y seconds)", Sla, Percent, Higher, ["service level", "80/20", "sl", "answered in time"];
    EmployeeNps, "employee_nps", "Employee NPS (engagement)", Overview, Points, Higher, ["enps", "employee engagement", "team mood", "agent satisfaction"];
    Scorecard, "scorecard", "Overview", Overview, Composite, Neutral, ["overview", "summary", "dashboard", "digest", "how are we doing", "kpis", "report"];
}

impl fmt::Display for MetricId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for MetricId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.id())
    }
}

/// The text with its first letter in upper case.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Text as names are compared: lower case, letters and digits, single spaces.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_alias_belongs_to_two_metrics() {
        let mut seen = std::collections::BTreeMap::new();
        for m in MetricId::ALL {
            for word in m.aliases().iter().copied().chain([m.id(), m.name()]) {
                let other = seen.insert(folded(word), *m);
                assert!(other.is_none_or(|o| o == *m), "{word} names {m} and {other:?}");
            }
        }
    }

    #[test]
    fn the_nearest_word_is_found_only_when_near() {
        let words = || ["billing", "tier2", "sales"].into_iter();
        assert_eq!(nearest("biling", words()), Some("billing"));
        assert_eq!(nearest("Sales ", words()), Some("sales"));
        assert_eq!(nearest("zebra", words()), None);
    }
}
