//! What shapes the numbers besides the events: calendars, teams, people, promises and switches.
//!
//! A fold depends on nothing else, so a [`fingerprint`](Definitions::fingerprint) of this tells when stored
//! samples are out of date.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::money::Currency;
use super::sla::Policy;

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
    /// Promises, first match wins.
    pub policies: Vec<Policy>,
    /// The switches of kpis.md 3.1.
    pub switches: Switches,
    /// The currency in which money is reported (`[bot] currency`). It shapes answers, never samples.
    pub currency: Currency,
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

    /// The business calendar for a team, if it or the workspace has one.
    pub fn calendar_of(&self, team: Option<&str>) -> Option<&Arc<Calendar>> {
        self.calendars.get(self.calendar_name_of(team)?)
    }

    /// The name of the business calendar for a team, if it or the workspace has one.
    pub fn calendar_name_of(&self, team: Option<&str>) -> Option<&str> {
        let own = team.and_then(|name| self.teams.iter().find(|t| t.name == name)).and_then(|t| t.calendar.as_deref());
        own.or(self.default_calendar.as_deref())
    }

    /// Changes whenever a definition changes that stored samples depend on.
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
            &self.switches,
        ))
        .expect("definitions are plain data");
        hex::encode(&Sha256::digest(json)[..16])
    }
}

/// Raised when the code computes other samples from the same events, so that upgraded programs fold again.
const SAMPLES_VERSION: u32 = 3;

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
    /// Whose tickets count as volume: customer, system, agent.
    volume_initiators: Vec<super::event::Initiator> = "volume.initiators",
        vec![super::event::Initiator::Customer, super::event::Initiator::System];
    /// Whether merged duplicates count.
    merged_policy: MergedPolicy = "merged.policy", MergedPolicy::ExcludeSecondary;
    /// Which calendar counts when a ticket changes team.
    calendar_binding: CalendarBinding = "calendar.binding", CalendarBinding::Piecewise;
    /// End of the resolution clock.
    resolution_end: ResolutionEnd = "resolution.end", ResolutionEnd::LastSolve;
    /// Time between a solve and a reopen.
    resolution_solved_gaps: SolvedGaps = "resolution.solved_gaps", SolvedGaps::Include;
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
    /// Whether a thank-you reopen breaks first contact resolution.
    fcr_soft_reopen_breaks: bool = "fcr.soft_reopen_breaks", false;
    /// Distinct human repliers allowed in first contact resolution.
    fcr_max_agents: usize = "fcr.max_agents", 1;
    /// The repeat-contact test of first contact resolution.
    fcr_repeat_contact: RepeatContact = "fcr.repeat_contact", RepeatContact::SameCategory;
    /// Review window of first contact resolution, seconds.
    fcr_window_s: i64 = "fcr.window_s", 604_800;
    /// Which answer dates a changed rating.
    csat_attribution: CsatAttribution = "csat.attribution", CsatAttribution::Last;
    /// Whether ratings of bot-only tickets count.
    csat_scope: CsatScope = "csat.scope", CsatScope::Human;
    /// The most that one entry of tracked time counts in handle time, seconds.
    aht_max_entry_s: i64 = "aht.max_entry", 14_400;
    /// What a solve without a reply does to a response target.
    sla_solve_without_reply: SolveWithoutReply = "sla.solve_without_reply", SolveWithoutReply::Cancel;
    /// Share of the target that must remain for an instance not to be at risk.
    sla_at_risk_fraction: f64 = "sla.at_risk_fraction", 0.25;
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
    /// `fcr.repeat_contact`.
    RepeatContact { SameCategory, Any, Off }
    /// `csat.attribution`.
    CsatAttribution { Last, First }
    /// `csat.scope`.
    CsatScope { Human, All }
    /// `sla.solve_without_reply`.
    SolveWithoutReply { Cancel, Met }
}
