//! F1: one grammar on every platform: text ↔ [`Call`] (product.md 5, kpis.md 6). Pure.
//!
//! | file | owns |
//! |---|---|
//! | `words` | text → tokens with their places |
//! | `lexicon` | the words themselves: metrics, groups, keys, units; which are near to what was typed |
//! | `parse`, `conditions`, `periods` | tokens → [`Call`], or the place and the nearest word |
//! | `claims` | `/sla`, `/sla why`, `claim`, `snooze`, `release` |
//! | `simulate` | `/sla simulate` |
//! | `digests` | `/digest` |
//! | `forms` | what dialogs ask for, and the command that comes of it |
//! | `unparse` | [`Call`] → text, for buttons |
//! | `vocabulary` | the live values of teams, agents, tags… that filters may name |
//! | `help` | `/bell help` |
//! | `options` | the same commands as typed options, for platforms that register them |
//!
//! A misspelling is never guessed: it is an error with a place and suggestions, each of which can be put there.

mod claims;
mod conditions;
mod digests;
mod error;
mod forms;
mod help;
mod lexicon;
pub mod options;
mod parse;
mod periods;
mod simulate;
mod unparse;
mod vocabulary;
mod words;

#[cfg(test)]
mod tests;

pub use self::claims::{AtRiskCall, Day, Deed, SlaCall, Snooze};
pub use self::digests::{DigestCall, NewDigest};
pub use self::error::GrammarError;
pub use self::forms::Begun;
pub use self::help::{Topic, help};
pub use self::parse::{also_meant, parse};
pub use self::simulate::{SimulateCall, words as supposed};
pub use self::unparse::{period, unparse, unparse_within};
pub use self::vocabulary::Vocabulary;
use crate::domain::names::{Clock, GroupBy, MetricId};
pub use crate::domain::query::{AsOf, Filter, PeriodSpec, PeriodUnit, RollingUnit, Stat, Versus, View};

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `/metrics …`
    Metrics(MetricsCall),
    /// `/sla [why|claim|snooze|release TICKET]`, `/sla simulate …`
    Sla(SlaCall),
    /// `/digest [add|remove|preview|send …]`
    Digest(DigestCall),
    /// `/bell help [TOPIC]`
    Help(Option<Topic>),
}

/// `/metrics [explain|list|export] [METRIC…] [PERIOD] [by DIMENSION] [key:value …] [vs …] [share]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsCall {
    /// What is wanted of them.
    pub view: View,
    /// The metrics asked for; empty = the overview.
    pub metrics: Vec<MetricId>,
    /// The period; `None` = the last 7 days.
    pub period: Option<PeriodSpec>,
    /// The breakdown.
    pub by: Option<GroupBy>,
    /// Conditions, in the order typed.
    pub filters: Vec<Filter>,
    /// What to compare with.
    pub versus: Versus,
    /// Which clock; `None` = the default of product.md 7.
    pub clock: Option<Clock>,
    /// Which statistic of a distribution; `None` = the metric's own.
    pub stat: Option<Stat>,
    /// Another variant of the metric, such as `to_date`.
    pub variant: Option<String>,
    /// The moment of knowledge, a local date or an instant; `None` = now.
    pub as_of: Option<AsOf>,
    /// Show the answer to the whole channel.
    pub share: bool,
}
