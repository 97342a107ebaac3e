//! What a store holds that is not done, for whoever must find out why a run failed.

use sqlx::{Connection, PgConnection, Row, SqliteConnection};

/// One line of text a row: messages that were not sent, and timers that wait.
const NOT_DONE: [&str; 2] = [
    "SELECT state || ' until ' || due_at || ', ' || attempts || ' attempts, fate unknown ' || fate_unknown || ': '
     || key || ' to ' || destination || ', ' || coalesce(last_error, 'no error') FROM outbox WHERE state <> 'sent' ORDER BY id",
    "SELECT state || ' until ' || rings_at || ': ' || kind || ' of ' || target || ' of ticket ' || ticket || ' since '
     || started FROM timers WHERE state <> 'rung' ORDER BY rings_at",
];

/// What of a store is not done.
pub(super) async fn not_done(store: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if store.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(store).await.expect("the file");
        for sql in NOT_DONE {
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("rows");
            lines.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        }
    } else {
        let mut connection = PgConnection::connect(store).await.expect("the server");
        for sql in NOT_DONE {
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("rows");
            lines.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        }
    }
    lines
}
