//! The peers, and whether they come to the same figures.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, TypeInfo, ValueRef};

/// Timed runs of a peer, unless they take longer than [`PATIENCE`] together.
const RUNS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(20);

/// What a peer answered.
#[derive(Deserialize)]
pub(crate) struct Peer {
    /// What each run took.
    pub(crate) ms: Vec<f64>,
    /// The rows of each statement.
    pub(crate) rows: Vec<Vec<Vec<Value>>>,
}

/// Asks SQLite, on the very file.
pub(crate) async fn sqlite(database: &Path, questions: &[Vec<String>]) -> anyhow::Result<Vec<Peer>> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true).pragma("cache_size", "-262144");
    let mut connection = options.connect().await?;
    let mut peers = Vec::new();
    for statements in questions {
        // The first run is not counted: it reads from disk.
        let mut peer = Peer { ms: Vec::new(), rows: run(&mut connection, statements).await? };
        let began = Instant::now();
        while peer.ms.is_empty() || (peer.ms.len() < RUNS && began.elapsed() < PATIENCE) {
            let began = Instant::now();
            peer.rows = run(&mut connection, statements).await?;
            peer.ms.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        peers.push(peer);
    }
    connection.close().await?;
    Ok(peers)
}

async fn run(connection: &mut SqliteConnection, statements: &[String]) -> anyhow::Result<Vec<Vec<Vec<Value>>>> {
    let mut all = Vec::new();
    for sql in statements {
        let rows = sqlx::query(AssertSqlSafe(sql.as_str())).fetch_all(&mut *connection).await?;
        all.push(rows.iter().map(values).collect::<Result<_, _>>()?);
    }
    Ok(all)
}

fn values(row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
    let value = |n| {
        let kind = row.try_get_raw(n)?.type_info().name().to_owned();
        Ok(match kind.as_str() {
            "TEXT" => row.try_get::<String, _>(n)?.into(),
            "REAL" => row.try_get::<f64, _>(n)?.into(),
            "INTEGER" => row.try_get::<i64, _>(n)?.into(),
            _ => Value::Null,
        })
    };
    (0..row.len()).map(value).collect()
}

/// Asks DuckDB; `None` if Python has none.
pub(crate) fn duckdb(database: &Path, questions: &[Vec<String>]) -> anyhow::Result<Option<Vec<Peer>>> {
    let there = Command::new("python3").args(["-c", "import duckdb"]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/duckdb_peer.py");
    let mut python = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let asked = json!({ "database": database, "runs": RUNS, "questions": questions });
    if let Some(mut input) = python.stdin.take() {
        input.write_all(asked.to_string().as_bytes())?;
    }
    let done = python.wait_with_output()?;
    anyhow::ensure!(done.status.success(), "benches/duckdb_peer.py failed");
    Ok(Some(serde_json::from_slice(&done.stdout)?))
}

/// Compares figures that mean the same in an answer and in the rows of a peer.
pub(crate) fn same(answer: &Value, rows: &[Vec<Vec<Value>>], question: usize) -> String {
    let metric = |n: usize| &answer["metrics"][n];
    let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
    // Deskbell counts seconds, `plain` milliseconds.
    let seconds = |v: &Value| number(v) / 1000.0;
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    let mut durations = |figures: &Value, row: &[Value]| {
        pairs.push((number(&figures["n"]), number(&row[1])));
        pairs.push((number(&figures["value"]), seconds(&row[2])));
        pairs.push((number(&figures["p90"]), seconds(&row[3])));
        pairs.push((number(&figures["mean"]), seconds(&row[4])));
    };
    let group = |metric: &Value, key: &Value| {
        metric["groups"]
            .as_array()
            .and_then(|groups| groups.iter().find(|g| g["key"] == *key))
            .cloned()
            .unwrap_or_default()
    };
    match question {
        0 => {
            let of = |id: &str| answer["metrics"].as_array().and_then(|m| m.iter().find(|m| m["id"] == id)).cloned();
            let frt = of("first_response_time").unwrap_or_default();
            durations(&frt, &rows[2][0]);
            for (id, row) in [("ticket_volume", &rows[0][0]), ("tickets_solved", &rows[1][0])] {
                pairs.push((number(&of(id).unwrap_or_default()["value"]), number(&row[0])));
            }
        }
        1 => {
            rows[0].iter().for_each(|row| durations(&group(metric(0), &row[0]), row));
            durations(metric(0), &rows[1][0]);
        }
        _ => {
            rows[1].iter().for_each(|row| durations(&group(metric(1), &row[0]), row));
            rows[0].iter().for_each(|row| pairs.push((number(&group(metric(0), &row[0])["value"]), number(&row[1]))));
        }
    }
    let equal = |(a, b): &&(f64, f64)| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
    let differ = pairs.len() - pairs.iter().filter(equal).count();
    if differ == 0 {
        format!("{} figures the same", pairs.len())
    } else {
        format!("{differ} OF {} FIGURES DIFFER", pairs.len())
    }
}
