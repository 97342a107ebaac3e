//! Open tickets and their deadlines.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use deskbell::app::clock::Clock;
use deskbell::domain::event::{Actor, ActorKind, Event, Fact, TicketCreated};
use deskbell::domain::timestamp::Timestamp;
use deskbell::store::{Delivery, Origin, Store};
use futures_util::StreamExt;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

const SOURCE: &str = "helpdesk";
/// Teams, each with a channel of its own: a channel takes a message a second.
const TEAMS: u32 = 60;
/// Seconds until a first reply is due; the deadlines of the bench are made by tickets this old.
const FIRST_RESPONSE_S: i64 = 4 * 3600;
/// Tickets sent at a time.
const AT_ONCE: usize = 256;

/// The configuration, for a database and a Slack.
pub(crate) fn configuration(database: &Path, slack: &str) -> String {
    let teams: String = (0..TEAMS)
        .map(|n| format!("[[team]]\nname = \"team{n}\"\nids = [\"{n}\"]\nchannel = \"slack:C{n:08}\"\n\n"))
        .collect();
    format!(
        r#"
[store]
url = "sqlite://{}"

[http]
listen = "127.0.0.1:0"

[slack]
mode = "http"
bot_token = "env:SLACK_BOT"
signing_secret = "env:SLACK_SECRET"
api_base = "{slack}"

[[source]]
name = "{SOURCE}"
kind = "generic"
secret = "env:SLACK_SECRET"

{teams}
[[sla]]
name = "all"
first_response = "4h"
update = "2d"
resolution = "5d"
calendar = "always"
"#,
        database.display()
    )
}

fn created(id: String, team: u32, at: Timestamp, now: Timestamp) -> Delivery {
    let customer = Actor::new(ActorKind::Customer, format!("c-{id}"));
    let fact = TicketCreated {
        priority: Some("normal".to_owned()),
        team: Some(team.to_string()),
        customer: Some(customer.id.clone()),
        ..TicketCreated::default()
    };
    let event = Event {
        event_id: id.clone(),
        seq: 0,
        ts: at,
        ticket: Some(id.clone()),
        actor: customer,
        source: Some(SOURCE.to_owned()),
        fact: Fact::TicketCreated(fact),
    };
    Delivery {
        source: SOURCE.to_owned(),
        key: id,
        received_at: now,
        headers: "{}".to_owned(),
        body: None,
        events: vec![event],
        origin: Origin::Live,
    }
}

async fn accept(store: &Store, deliveries: impl Iterator<Item = Delivery>) -> anyhow::Result<()> {
    let accepted = futures_util::stream::iter(deliveries).map(|delivery| store.accept(delivery));
    accepted.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(())
}

/// Tickets created in the last hour: nothing about them is due while the bench runs.
pub(crate) async fn fill(store: &Store, tickets: u32, now: Timestamp) -> anyhow::Result<()> {
    let one = |n: u32| created(format!("open{n}"), n % TEAMS, now.plus_ms(-i64::from(n) * 36), now);
    accept(store, (0..tickets).map(one)).await
}

/// Tickets whose first replies are due soon, each so many milliseconds after the first; when each is.
pub(crate) async fn deadlines(
    store: &Store,
    name: &str,
    tickets: u32,
    after_ms: impl Fn(u32) -> i64,
    clock: &Clock,
) -> anyhow::Result<BTreeMap<String, Timestamp>> {
    let now = clock.now();
    // Time for all of them to come in.
    let begin = now.plus_s(3 + i64::from(tickets) / 1000);
    let due: Vec<(String, Timestamp)> =
        (0..tickets).map(|n| (format!("{name}-{n:07}"), begin.plus_ms(after_ms(n)))).collect();
    let one =
        |(n, (id, at)): (u32, &(String, Timestamp))| created(id.clone(), n % TEAMS, at.plus_s(-FIRST_RESPONSE_S), now);
    accept(store, (0..).zip(&due).map(one)).await?;
    anyhow::ensure!(clock.now() < begin, "the tickets came in too slowly");
    Ok(due.into_iter().collect())
}

/// How many timers stand in a database.
pub(crate) async fn timers(database: &Path) -> anyhow::Result<i64> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let timers = sqlx::query_scalar("SELECT count(*) FROM timers WHERE state = 'pending'").fetch_one(&mut connection);
    let timers = timers.await?;
    connection.close().await?;
    Ok(timers)
}

/// How long after its deadline each alert stood on disk, in order of the deadlines.
pub(crate) async fn rung(database: &Path, name: &str, due: &[Timestamp], clock: &Clock) -> anyhow::Result<Vec<f64>> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let mut late = Vec::with_capacity(due.len());
    while late.len() < due.len() {
        let stand = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM alerts a JOIN tickets t ON t.no = a.ticket WHERE t.id >= $1 || '-' AND t.id < $1 || '.'",
        );
        let stand = usize::try_from(stand.bind(name).fetch_one(&mut connection).await?)?;
        let now = clock.now();
        let new = due.get(late.len()..stand).unwrap_or_default();
        late.extend(new.iter().map(|due| (now - *due) as f64));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    connection.close().await?;
    Ok(late)
}
