//! What was said: the value of a metric as it was published in answer to a question.
//!
//! Late events, reopens and changed ratings change the past. Whoever read a number has a right to be told when it is
//! another one the next time (kpis.md R18), so numbers that many may have read are kept as they were said.

use super::timestamp::Timestamp;

/// The question and the metric of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// The question in exact terms: period, conditions, group, clock, statistic and variant. Two questions with the same
    /// text are the same question.
    pub question: String,
    /// The id of the metric.
    pub metric: &'static str,
}

/// A value that was published.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Of what.
    pub subject: Subject,
    /// The value; `None` = there was none.
    pub value: Option<f64>,
    /// As of when.
    pub as_of: Timestamp,
}
