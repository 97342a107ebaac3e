//! How many deliveries a second the store takes, beside SQLite writing the rows that came of them.

use std::time::Instant;

use deskbell::store::{Delivery, Origin, Store};
use futures_util::StreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use crate::desk::{self, BenchDesk, SOURCE};

/// Deliveries sent, one event each, as a help desk sends them.
const DELIVERIES: usize = 40_000;
/// How many are under way at a time.
const AT_ONCE: usize = 256;

/// Deliveries a second through the writer; and if SQLite only had to write what they ended in, in one transaction.
pub(crate) async fn rates(desk: &BenchDesk) -> anyhow::Result<(f64, f64)> {
    let directory = tempfile::tempdir_in(concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench"))?;
    let [ours, raw] = ["ours.db", "raw.db"].map(|name| directory.path().join(name));
    let store = Store::open(&format!("sqlite://{}", ours.display()), &desk.definitions, desk::END).await?;
    let mut events: Vec<_> = (desk::DAYS - 60..desk::DAYS).flat_map(|day| desk.told(day)).take(DELIVERIES).collect();
    // As they happened: the tickets are worked on side by side.
    events.sort_by_key(|event| event.ts);
    let deliveries: Vec<Delivery> = events
        .into_iter()
        .map(|event| Delivery {
            source: SOURCE.to_owned(),
            key: event.event_id.clone(),
            received_at: event.ts.plus_s(1),
            headers: "{}".to_owned(),
            body: Some(event.to_json().into_bytes()),
            events: vec![event],
            origin: Origin::Live,
        })
        .collect();
    let count = deliveries.len() as f64;
    let began = Instant::now();
    let accepted = futures_util::stream::iter(deliveries).map(|delivery| store.accept(delivery));
    accepted.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let seconds = began.elapsed().as_secs_f64();
    store.close().await;

    let mut connection =
        SqliteConnectOptions::new().filename(&ours).journal_mode(SqliteJournalMode::Wal).connect().await?;
    let schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_%' ESCAPE '\\'";
    let schema = sqlx::query(schema).fetch_all(&mut connection).await?;
    let mut copy = SqliteConnectOptions::new()
        .filename(&raw)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .connect()
        .await?;
    for statement in &schema {
        sqlx::raw_sql(AssertSqlSafe(statement.try_get::<String, _>(0)?)).execute(&mut copy).await?;
    }
    sqlx::query("ATTACH $1 AS ours").bind(ours.display().to_string()).execute(&mut copy).await?;
    let began = Instant::now();
    sqlx::raw_sql("BEGIN").execute(&mut copy).await?;
    for table in ["deliveries", "tickets", "events", "samples", "segment_changes", "timers"] {
        sqlx::raw_sql(AssertSqlSafe(format!("INSERT INTO main.{table} SELECT * FROM ours.{table}")))
            .execute(&mut copy)
            .await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut copy).await?;
    let raw_seconds = began.elapsed().as_secs_f64();
    copy.close().await?;
    connection.close().await?;
    Ok((count / seconds, count / raw_seconds))
}
