//! What shapes the numbers besides the events: calendars, teams, people, promises and switches.
//!
//! A fold depends on nothing else, so a [`fingerprint`](Definitions::fingerprint) of this tells when stored
//! samples are out of date.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::ladder::Ladder;
use super::money::Currency;
use super::sla::{Agreement, Agreements, Policy, Version};
use super::timestamp::Timestamp;

/// Everything that is defined in `bot.toml` and shapes samples and SLA instances.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Business calendars by name.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// The calendar of tickets whose team has none (`[bot] calendar`).
    pub default_calendar: Option<String>,
    /// Teams in the order of the file.
    pub teams: Vec<Team>,
    /// People with several accounts.
    pub agents: Vec<Agent>,
    /// Promises as they stand, first match wins.
    pub policies: Vec<Policy>,
    /// Promises, and the hours they are measured by, as they stood; the last version is what stands. Without any, what
    /// stands has always stood.
    pub agreements: Agreements,
    /// What follows when a promise is broken, by the policy's name. It shapes timers, never verdicts.
    pub ladders: BTreeMap<String, Ladder>,
    /// The switches of kpis.md 3.1.
    pub switches: Switches,
    /// What comments may be about, in the order of the file.
    pub themes: Vec<Theme>,
    /// The currency in which money is reported (`[bot] currency`). It shapes answers, never samples.
    pub currency: Currency,
}

/// A line of `[themes]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// What people call it.
    pub name: String,
    /// Words or regular expressions; one of them must occur.
    pub words: Vec<String>,
}

impl Theme {
    /// One regular expression for all its words, each a whole word.
    pub fn pattern(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| format!("(?:{word})")).collect();
        format!(r"\b(?:{})\b", words.join("|"))
    }
}

/// A `[[team]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// What people call it.
    pub name: String,
    /// What sources call it.
    pub ids: Vec<String>,
    /// Its business calendar.
    pub calendar: Option<String>,
}

/// An `[[agent]]`: one person's accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// What people call them.
    pub name: String,
    /// `source:id` of each account.
    pub ids: Vec<String>,
    /// The team they belong to, where the source of a shift does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

impl Definitions {
    /// The team name for what a source calls it; unknown ids stand for themselves.
    pub fn team_name<'a>(&'a self, raw: &'a str) -> &'a str {
        self.teams.iter().find(|t| t.name == raw || t.ids.iter().any(|i| i == raw)).map_or(raw, |t| t.name.as_str())
    }

    /// The person behind an account of a source; unknown accounts stand for themselves.
    pub fn agent_name<'a>(&'a self, source: &str, raw: &'a str) -> &'a str {
        let owns = |id: &String| id.split_once(':').is_some_and(|(s, i)| s == source && i == raw);
        self.agents.iter().find(|a| a.name == raw || a.ids.iter().any(owns)).map_or(raw, |a| a.name.as_str())
    }

    /// The team a person belongs to, by the person's name.
    pub fn team_of(&self, person: &str) -> Option<&str> {
        self.agents.iter().find(|a| a.name == person)?.team.as_deref()
    }

    /// The business calendar for a team, if it or the workspace has one.
    pub fn calendar_of(&self, team: Option<&str>) -> Option<&Arc<Calendar>> {
        self.calendars.get(self.calendar_name_of(team)?)
    }

    /// The name of the business calendar for a team, if it or the workspace has one.
    pub fn calendar_name_of(&self, team: Option<&str>) -> Option<&str> {
        let own = team.and_then(|name| self.teams.iter().find(|t| t.name == name)).and_then(|t| t.calendar.as_deref());
        own.or(self.default_calendar.as_deref())
    }

    /// What is promised as it stands.
    pub fn agreement(&self) -> Agreement {
        let calendar_of = |team: &Team| Some((team.name.clone(), team.calendar.clone()?));
        Agreement {
            policies: self.policies.clone(),
            calendars: self.calendars.iter().map(|(name, c)| (name.clone(), c.definition().clone())).collect(),
            default_calendar: self.default_calendar.clone(),
            team_calendars: self.teams.iter().filter_map(calendar_of).collect(),
        }
    }

    /// Whether anything is promised here, or was before an edit.
    pub fn promises_anything(&self) -> bool {
        !self.policies.is_empty() || self.agreements.at(Timestamp::MAX).is_some()
    }

    /// The policies that judge what is asked for at an instant, and the number of their version.
    pub fn policies_at(&self, at: Timestamp) -> (u32, &[Policy]) {
        match self.agreements.at(at) {
            Some(Version { number, agreement, .. }) => (*number, &agreement.policies),
            None => (1, &self.policies),
        }
    }

    /// Changes whenever a definition changes that stored samples or timers depend on.
    pub fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let calendars: Vec<_> = self.calendars.iter().map(|(n, c)| (n, c.definition())).collect();
        let json = serde_json::to_vec(&(
            SAMPLES_VERSION,
            calendars,
            &self.default_calendar,
            &self.teams,
            &self.agents,
            &self.policies,
            self.agreements.versions(),
            &self.switches,
            &self.ladders,
        ))
        .expect("definitions are plain data");
        hex::encode(&Sha256::digest(json)[..16])
    }
}

/// Raised when the code computes other samples from the same events, so that upgraded programs fold again.
const SAMPLES_VERSION: u32 = 8;

macro_rules! switches {
    ($( $(#[$doc:meta])* $field:ident: $type:ty = $key:literal, $default:expr; )*) => {
        /// The switches of kpis.md 3.1 that are built; the keys are those of `[metrics]` in `bot.toml`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Switches { $( $(#[$doc])* #[serde(rename = $key)] pub $field: $type, )* }

        impl Default for Switches {
            fn default() -> Self { Self { $( $field: $default, )* } }
        }

        impl Switches {
            /// Every key that may stand in `[metrics]`.
            pub const KEYS: &'static [&'static str] = &[$($key),*];
        }
    };
}

switches! {
    /// A bot message closes a customer turn.
    bots_count_as_response: bool = "bots.count_as_response", false;
    /// Seconds after a solve in which a reply still answers the open turn.
    turn_solve_grace_s: i64 = "turn.solve_grace_s", 60;
    /// Start of the first-response clock.
    frt_origin: FrtOrigin = "frt.origin", FrtOrigin::Created;
    /// Channels whose opening contact is answered live.
    frt_exclude_channels: Vec<String> = "frt.exclude_channels", vec!["phone".to_owned()];
    /// How outbound tickets enter first response.
    agent_created_frt: AgentCreatedFrt = "agent_created.frt", AgentCreatedFrt::FromFirstCustomerMessage;
    /// Period of a first response: that of the reply or of the ticket's creation.
    frt_attribute: FrtAttribute = "frt.attribute", FrtAttribute::Replied;
    /// Whether what a bot sends to say that the message has arrived is a first response of any kind.
    ack_count: bool = "ack.count", true;
    /// Where a response time begins: at the first unanswered message of the customer, or at the last.
    response_time_start: ResponseStart = "response_time.start", ResponseStart::First;
    /// What weighs the same in response time: each reply, or each ticket.
    response_time_weight: ResponseWeight = "response_time.weight", ResponseWeight::Reply;
    /// Whose tickets count as volume: customer, system, agent.
    volume_initiators: Vec<super::event::Initiator> = "volume.initiators",
        vec![super::event::Initiator::Customer, super::event::Initiator::System];
    /// Whether merged duplicates count.
    merged_policy: MergedPolicy = "merged.policy", MergedPolicy::ExcludeSecondary;
    /// Tags of tickets that do not count at all.
    exclude_tags: Vec<String> = "exclude.tags", Vec::new();
    /// Which calendar counts when a ticket changes team.
    calendar_binding: CalendarBinding = "calendar.binding", CalendarBinding::Piecewise;
    /// End of the resolution clock.
    resolution_end: ResolutionEnd = "resolution.end", ResolutionEnd::LastSolve;
    /// Time between a solve and a reopen.
    resolution_solved_gaps: SolvedGaps = "resolution.solved_gaps", SolvedGaps::Include;
    /// End of the resolution clock of a pending ticket that nobody closed by hand.
    resolution_autoclose_end: AutocloseEnd = "resolution.autoclose_end", AutocloseEnd::Solve;
    /// What the customer's waiting time is: time in a status, or from questions to answers.
    wait_basis: WaitBasis = "wait.basis", WaitBasis::Status;
    /// Meaning of resolution rate: `period`, `to_date`, `within:SECONDS`, `flow`.
    resolution_rate_variant: String = "resolution_rate.variant", "period".to_owned();
    /// Whether a ticket solved twice counts as one or as two.
    solved_count: SolvedCount = "solved.count", SolvedCount::Tickets;
    /// Days a ticket must be old to count as backlog.
    backlog_min_age: f64 = "backlog.min_age", 0.0;
    /// Since when a ticket ages.
    age_since: AgeSince = "age.since", AgeSince::Created;
    /// Tickets a category must have to be a spike.
    spike_min_count: u64 = "spike.min_count", 5;
    /// By which share a category must have grown to be a spike.
    spike_min_growth: f64 = "spike.min_growth", 0.5;
    /// How many standard deviations a category must have grown to be a spike; of more than 20 categories at least 2.81.
    spike_z: f64 = "spike.z", 1.96;
    /// Categories and tags of tickets that are feedback on the product.
    feedback_categories: Vec<String> = "feedback.categories", Vec::new();
    /// By which tickets support cost is divided.
    cost_denominator: CostDenominator = "cost.denominator", CostDenominator::Created;
    /// Which customers are kept.
    retention_variant: RetentionVariant = "retention.variant", RetentionVariant::Endpoints;
    /// Of which customers churn is the share.
    churn_base: ChurnBase = "churn.base", ChurnBase::Start;
    /// Formula of lifetime value.
    clv_variant: ClvVariant = "clv.variant", ClvVariant::Simple;
    /// Share of the revenue that is left after the cost of delivering; 1 where it is not known.
    clv_gross_margin: f64 = "clv.gross_margin", 1.0;
    /// Discount rate a month, for the discounted lifetime value.
    clv_discount_monthly: f64 = "clv.discount_monthly", 0.01;
    /// The longest lifetime assumed, in months.
    clv_max_months: u32 = "clv.max_months", 60;
    /// Seconds a trial has to become a paying customer.
    conversion_window_s: i64 = "conversion.window_s", 2_592_000;
    /// Whether thank-you reopens count.
    reopen_count_soft: bool = "reopen.count_soft", true;
    /// What reopen rate counts: tickets, or reopens over solves.
    reopen_variant: ReopenVariant = "reopen.variant", ReopenVariant::Tickets;
    /// Whether a thank-you reopen breaks first contact resolution.
    fcr_soft_reopen_breaks: bool = "fcr.soft_reopen_breaks", false;
    /// Distinct human repliers allowed in first contact resolution.
    fcr_max_agents: usize = "fcr.max_agents", 1;
    /// The repeat-contact test of first contact resolution.
    fcr_repeat_contact: RepeatContact = "fcr.repeat_contact", RepeatContact::SameCategory;
    /// Review window of first contact resolution, seconds.
    fcr_window_s: i64 = "fcr.window_s", 604_800;
    /// Replies allowed in a one-touch ticket.
    one_touch_max_replies: u32 = "one_touch.max_replies", 1;
    /// Replies needed in a one-touch ticket: with 0, one that was solved silently is one too.
    one_touch_min_replies: u32 = "one_touch.min_replies", 1;
    /// What a touch is in chat: each message, or all of a turn together.
    one_touch_chat_unit: ChatUnit = "one_touch.chat_unit", ChatUnit::Message;
    /// Who takes part in a resolution: those who replied, or those it was assigned to.
    efficiency_basis: EfficiencyBasis = "efficiency.basis", EfficiencyBasis::Repliers;
    /// Whether those who only left internal notes take part in a resolution.
    efficiency_count_notes: bool = "efficiency.count_notes", false;
    /// Whether the customer's messages count among the replies of a resolution.
    replies_include_customer: bool = "replies.include_customer", false;
    /// Seconds after a solve in which another ticket about the same is a repeat contact.
    repeat_window_s: i64 = "repeat.window_s", 604_800;
    /// Whether two tickets without a category are about the same.
    repeat_match_unknown: bool = "repeat.match_unknown", false;
    /// Teams that a ticket is escalated to.
    escalation_teams: Vec<String> = "escalation.teams", Vec::new();
    /// Tags that say a ticket was escalated.
    escalation_tags: Vec<String> = "escalation.tags", Vec::new();
    /// What can be promised as a reply time: seconds, ascending.
    promise_ladder_s: Vec<i64> = "promise.ladder_s",
        vec![60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800, 259_200];
    /// First responses needed for a promise.
    promise_min_n: u64 = "promise.min_n", 20;
    /// Which answer dates a changed rating.
    csat_attribution: CsatAttribution = "csat.attribution", CsatAttribution::Last;
    /// Whether ratings of bot-only tickets count.
    csat_scope: CsatScope = "csat.scope", CsatScope::Human;
    /// Whom a rating credits.
    csat_credit: CsatCredit = "csat.credit", CsatCredit::LastReplier;
    /// What becomes of the ratings: a share, a difference of shares, a mean.
    csat_variant: CsatVariant = "csat.variant", CsatVariant::TopBox;
    /// The least answer that is satisfied, whatever the scale; 0 = the table of kpis.md 5.2.1.
    csat_satisfied_min: f64 = "csat.satisfied_min", 0.0;
    /// Seconds in which a bad rating should be followed up.
    csat_followup_window_s: i64 = "csat.followup_window_s", 172_800;
    /// Several answers of one customer in a period.
    nps_dedupe: NpsDedupe = "nps.dedupe", NpsDedupe::LatestPerCustomer;
    /// Number of points of the questionnaire: 11 = 0 to 10, 10 = 1 to 10. Answers on the other are marked.
    nps_scale: u32 = "nps.scale", 11;
    /// The highest answer of a detractor.
    nps_detractor_max: u32 = "nps.detractor_max", 6;
    /// Version of the effort question, and with it the direction.
    ces_version: u8 = "ces.version", 2;
    /// What becomes of the effort answers: a share, a mean, a difference of shares.
    ces_variant: CesVariant = "ces.variant", CesVariant::Share;
    /// Seconds of waiting below which whoever hangs up had misdialled.
    queue_short_abandon_s: i64 = "queue.short_abandon_s", 5;
    /// Seconds within which a call is answered in time.
    queue_target_s: i64 = "queue.target_s", 20;
    /// Of what service level is a share.
    queue_sl_variant: ServiceLevelBase = "queue.sl_variant", ServiceLevelBase::AnsweredPlusAbandoned;
    /// Whether speed of answer also counts how long those waited who hung up.
    asa_include_abandoned: bool = "asa.include_abandoned", false;
    /// Of what handle time is the mean.
    aht_variant: HandleVariant = "aht.variant", HandleVariant::Ticket;
    /// The most that one entry of tracked time counts in handle time, seconds.
    aht_max_entry_s: i64 = "aht.max_entry", 14_400;
    /// Whether time in which somebody did two things counts once.
    utilization_concurrency: Concurrency = "utilization.concurrency", Concurrency::Union;
    /// Which part of paid time utilization is.
    utilization_variant: UtilizationVariant = "utilization.variant", UtilizationVariant::Handle;
    /// Occupancy above which a day is one of overload.
    overload_threshold: f64 = "overload.threshold", 0.85;
    /// Seconds of presence that such a day takes.
    overload_min_presence_s: i64 = "overload.min_presence_s", 7200;
    /// Open tickets above which a day is one of overload, where nothing is known of presence; 0 = none is.
    overload_max_open: i64 = "overload.max_open", 0;
    /// How busy the people planned for the peak hour should be.
    staffing_target_occupancy: f64 = "staffing.target_occupancy", 0.8;
    /// What a solve without a reply does to a response target.
    sla_solve_without_reply: SolveWithoutReply = "sla.solve_without_reply", SolveWithoutReply::Cancel;
    /// Share of the target that must remain for an instance not to be at risk.
    sla_at_risk_fraction: f64 = "sla.at_risk_fraction", 0.25;
    /// The line of business whose published figures come first.
    benchmark_segment: String = "benchmark.segment", "all industries".to_owned();
    /// Published figures older than this many years are shown without a verdict.
    benchmark_max_age_years: u16 = "benchmark.max_age_years", 5;
    /// Seconds that must remain instead, if not 0.
    sla_at_risk_s: i64 = "sla.at_risk_s", 0;
    /// What attainment counts.
    sla_unit: SlaUnit = "sla.unit", SlaUnit::Instance;
    /// What a reopen does to the promise of a resolution.
    sla_reopen: SlaReopen = "sla.reopen", SlaReopen::Resume;
    /// To which period attainment counts a verdict.
    sla_attribution: SlaAttribution = "sla.attribution", SlaAttribution::Decision;
}

macro_rules! choice {
    ($( $(#[$doc:meta])* $name:ident { $($variant:ident),* } )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the choices of kpis.md 3.1")]
        pub enum $name { $($variant),* }
    )* };
}

choice! {
    /// `frt.origin`.
    FrtOrigin { Created, BotHandoff }
    /// `frt.attribute`.
    FrtAttribute { Replied, Created }
    /// `response_time.start`.
    ResponseStart { First, Last }
    /// `response_time.weight`.
    ResponseWeight { Reply, Ticket }
    /// `agent_created.frt`.
    AgentCreatedFrt { FromFirstCustomerMessage, Exclude, Zendesk }
    /// `merged.policy`.
    MergedPolicy { ExcludeSecondary, Count }
    /// `calendar.binding`.
    CalendarBinding { Piecewise, First, Last }
    /// `resolution.end`.
    ResolutionEnd { LastSolve, LastSolveIgnoringSoft }
    /// `resolution.solved_gaps`.
    SolvedGaps { Include, Exclude }
    /// `solved.count`.
    SolvedCount { Tickets, Events }
    /// `age.since`.
    AgeSince { Created, Updated }
    /// `cost.denominator`.
    CostDenominator { Created, Solved }
    /// `retention.variant`.
    RetentionVariant { Endpoints, Continuous, NaiveFormula }
    /// `churn.base`.
    ChurnBase { Start, Average }
    /// `clv.variant`.
    ClvVariant { Simple, Discounted }
    /// `resolution.autoclose_end`.
    AutocloseEnd { Solve, PendingStart }
    /// `wait.basis`.
    WaitBasis { Status, Messages }
    /// `reopen.variant`.
    ReopenVariant { Tickets, Events }
    /// `one_touch.chat_unit`.
    ChatUnit { Message, Turn }
    /// `efficiency.basis`.
    EfficiencyBasis { Repliers, Assignees }
    /// `fcr.repeat_contact`.
    RepeatContact { SameCategory, Any, Off }
    /// `csat.attribution`.
    CsatAttribution { Last, First, Solved }
    /// `csat.scope`.
    CsatScope { Human, All }
    /// `csat.credit`.
    CsatCredit { LastReplier, AssigneeAtRating, Solver }
    /// `csat.variant`.
    CsatVariant { TopBox, Net, Mean }
    /// `nps.dedupe`.
    NpsDedupe { LatestPerCustomer, None }
    /// `ces.variant`.
    CesVariant { Share, Mean, Net }
    /// `queue.sl_variant`.
    ServiceLevelBase { AnsweredPlusAbandoned, AnsweredOnly, Offered }
    /// `aht.variant`.
    HandleVariant { Ticket, Work }
    /// `utilization.concurrency`.
    Concurrency { Union, Sum }
    /// `utilization.variant`.
    UtilizationVariant { Handle, Staffed }
    /// `sla.solve_without_reply`.
    SolveWithoutReply { Cancel, Met }
    /// `sla.unit`.
    SlaUnit { Instance, Ticket }
    /// `sla.reopen`.
    SlaReopen { Resume, NewCycle }
    /// `sla.attribution`.
    SlaAttribution { Decision, Created, Solved }
}
