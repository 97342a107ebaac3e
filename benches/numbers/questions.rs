//! What is asked: of Deskbell in words, of SQLite and DuckDB in SQL.

use deskbell::domain::timestamp::Timestamp;
use serde_json::Value;

use crate::desk::END;

/// A question and its peers.
pub(crate) struct Question {
    /// For the table.
    pub(crate) name: &'static str,
    /// As after `/metrics`.
    pub(crate) text: &'static str,
    /// What a good SQL user would ask the table `plain` instead.
    pub(crate) sql: fn(&Periods, Engine) -> Vec<String>,
}

/// All of them.
pub(crate) const QUESTIONS: [Question; 3] = [
    Question { name: "overview, 7 days vs the 7 before", text: "last 7 days vs previous", sql: overview },
    Question {
        name: "frt by team, 90 days vs the 90 before",
        text: "frt by team last 90 days vs previous",
        sql: by_team,
    },
    Question { name: "volume and frt by month, all time", text: "volume frt by month all", sql: by_month },
];

/// The period of a question and the one it is compared with, as an answer says.
pub(crate) struct Periods {
    now: (i64, i64),
    before: Option<(i64, i64)>,
}

impl Periods {
    /// Reads them from an answer.
    pub(crate) fn of(answer: &Value) -> Self {
        let instant = |v: &Value| Timestamp::parse(v.as_str().unwrap_or_default()).map_or(i64::MIN, |t| t.millis());
        let stretch = |v: &Value| (instant(&v["from"]), instant(&v["to"]).min(END.millis()));
        let before = &answer["compared_to"];
        Self { now: stretch(&answer["period"]), before: before.is_object().then(|| stretch(before)) }
    }

    fn each(&self) -> impl Iterator<Item = (i64, i64)> {
        std::iter::once(self.now).chain(self.before)
    }
}

/// Whose SQL.
#[derive(Clone, Copy)]
pub(crate) enum Engine {
    Sqlite,
    DuckDb,
}

impl Engine {
    /// Count, median, 90th percentile and mean of the durations of rows, for each value of `by`.
    fn durations(self, by: &str, ms: &str, rows: &str) -> String {
        match self {
            Self::DuckDb => format!(
                "SELECT {by}, count({ms}), quantile_cont({ms}, 0.5), quantile_cont({ms}, 0.9), avg({ms})
                 FROM plain WHERE {rows} AND {ms} IS NOT NULL GROUP BY ALL ORDER BY 1"
            ),
            // Window functions, because it has no percentiles: between the two rows beside the exact place.
            Self::Sqlite => {
                let percentile = |share: &str| {
                    format!(
                        "sum(CASE WHEN abs(n - {share} * (c - 1)) < 1 THEN (1 - abs(n - {share} * (c - 1))) * ms END)"
                    )
                };
                format!(
                    "SELECT key, max(c), {}, {}, avg(ms) FROM (
                         SELECT {by} AS key, {ms} AS ms, count(*) OVER (PARTITION BY {by}) AS c,
                             row_number() OVER (PARTITION BY {by} ORDER BY {ms}) - 1 AS n
                         FROM plain WHERE {rows} AND {ms} IS NOT NULL
                     ) GROUP BY key ORDER BY key",
                    percentile("0.5"),
                    percentile("0.9")
                )
            }
        }
    }

    fn month(self, column: &str) -> String {
        match self {
            Self::DuckDb => format!("strftime(make_timestamp_ms({column}), '%Y-%m')"),
            Self::Sqlite => format!("strftime('%Y-%m', {column} / 1000, 'unixepoch')"),
        }
    }
}

fn within(column: &str, (from, to): (i64, i64)) -> String {
    format!("{column} >= {from} AND {column} < {to}")
}

fn overview(periods: &Periods, engine: Engine) -> Vec<String> {
    let mut statements = Vec::new();
    for period in periods.each() {
        let select = |what: &str, column| format!("SELECT {what} FROM plain WHERE {}", within(column, period));
        let share = |test: &str, column| select(&format!("avg(CASE WHEN {test} THEN 1.0 ELSE 0 END)"), column);
        let durations = |ms, column| engine.durations("1", ms, &within(column, period));
        statements.extend([
            select("sum(CASE WHEN initiator <> 'agent' THEN 1 ELSE 0 END)", "created_at"),
            select("count(*)", "solved_at"),
            durations("first_reply_ms", "first_reply_at"),
            durations("resolution_ms", "solved_at"),
            share("first_contact = 1", "solved_at"),
            share("reopened = 1", "solved_at"),
            share("rating >= 4", "rated_at"),
            share("promise_met = 1", "promise_at"),
        ]);
        for at in [period.0, period.1] {
            statements.push(format!(
                "SELECT (SELECT count(*) FROM plain WHERE created_at < {at})
                      - (SELECT count(*) FROM plain WHERE solved_at < {at})"
            ));
        }
    }
    statements
}

fn by_team(periods: &Periods, engine: Engine) -> Vec<String> {
    let of = |by, period| engine.durations(by, "first_reply_ms", &within("first_reply_at", period));
    periods.each().flat_map(|period| [of("team", period), of("1", period)]).collect()
}

fn by_month(_: &Periods, engine: Engine) -> Vec<String> {
    let (created, replied) = (engine.month("created_at"), engine.month("first_reply_at"));
    vec![
        format!("SELECT {created}, count(*) FROM plain WHERE initiator <> 'agent' GROUP BY {created} ORDER BY 1"),
        engine.durations(&replied, "first_reply_ms", "first_reply_at IS NOT NULL"),
        engine.durations("1", "first_reply_ms", "first_reply_at IS NOT NULL"),
    ]
}
