//! Open tickets and their deadlines.

use std::path::Path;

use anyhow::Context;
use deskbell::app::clock::Clock;
use deskbell::domain::event::{Actor, ActorKind, Event, Fact, TicketCreated};
use deskbell::domain::timestamp::Timestamp;
use deskbell::store::{Delivery, Origin, Store};
use futures_util::StreamExt;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

const SOURCE: &str = "helpdesk";
/// Teams, each with a channel of its own: the first half gets what lies apart, the second what comes at once.
pub(crate) const TEAMS: u32 = 120;
/// Where both storms of tickets that are urgent go.
pub(crate) const URGENT: [&str; 2] = ["C90000001", "C90000002"];
/// Seconds until a first reply is due; the deadlines of the bench are made by tickets this old.
const FIRST_RESPONSE_S: i64 = 4 * 3600;
/// Tickets sent at a time.
const AT_ONCE: usize = 256;

/// The channel of a team.
pub(crate) fn channel(team: u32) -> String {
    format!("C{team:08}")
}

/// The configuration, for a database and a Slack.
pub(crate) fn configuration(database: &Path, slack: &str) -> String {
    let teams: String = (0..TEAMS)
        .map(|n| format!("[[team]]\nname = \"team{n}\"\nids = [\"{n}\"]\nchannel = \"slack:{}\"\n\n", channel(n)))
        .collect();
    let promises = "first_response = \"4h\"\nupdate = \"2d\"\nresolution = \"5d\"\ncalendar = \"always\"";
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
name = "urgent"
when = {{ priority = ["urgent"] }}
to = ["slack:{}", "slack:{}"]
{promises}

[[sla]]
name = "all"
{promises}
"#,
        database.display(),
        URGENT[0],
        URGENT[1],
    )
}

/// A ticket that is opened.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) id: String,
    pub(crate) team: u32,
    pub(crate) priority: &'static str,
    /// When its first reply is due.
    pub(crate) due: Timestamp,
}

impl Opened {
    pub(crate) fn delivery(&self, now: Timestamp) -> Delivery {
        let customer = Actor::new(ActorKind::Customer, format!("c-{}", self.id));
        let fact = TicketCreated {
            priority: Some(self.priority.to_owned()),
            team: Some(self.team.to_string()),
            customer: Some(customer.id.clone()),
            ..TicketCreated::default()
        };
        let event = Event {
            event_id: self.id.clone(),
            seq: 0,
            ts: self.due.plus_s(-FIRST_RESPONSE_S),
            ticket: Some(self.id.clone()),
            actor: customer,
            source: Some(SOURCE.to_owned()),
            fact: Fact::TicketCreated(fact),
        };
        Delivery {
            source: SOURCE.to_owned(),
            key: self.id.clone(),
            received_at: now,
            headers: "{}".to_owned(),
            body: None,
            events: vec![event],
            origin: Origin::Live,
        }
    }
}

/// Delivers tickets as a help desk does, many at a time.
pub(crate) async fn open(store: &Store, tickets: &[Opened], now: Timestamp) -> anyhow::Result<()> {
    let accepted = futures_util::stream::iter(tickets).map(|ticket| store.accept(ticket.delivery(now)));
    accepted.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(())
}

/// Tickets opened in the last hour: nothing about them is due while the bench runs.
pub(crate) fn standing(tickets: u32, now: Timestamp) -> Vec<Opened> {
    let due = |n: u32| now.plus_s(FIRST_RESPONSE_S).plus_ms(-i64::from(n) * 3_600_000 / i64::from(tickets));
    let one = |n: u32| Opened { id: format!("open{n}"), team: n % TEAMS, priority: "normal", due: due(n) };
    (0..tickets).map(one).collect()
}

/// Opens tickets whose first replies are due so many milliseconds after one another, as soon as all have come in. They
/// are in the order of their deadlines.
pub(crate) async fn soon(
    store: &Store,
    clock: &Clock,
    after_ms: &[i64],
    ticket: impl Fn(u32) -> (String, u32, &'static str),
) -> anyhow::Result<Vec<Opened>> {
    let now = clock.now();
    let begin = now.plus_s(3 + i64::try_from(after_ms.len())? / 1000);
    let one = |(n, ms): (u32, &i64)| {
        let (id, team, priority) = ticket(n);
        Opened { id, team, priority, due: begin.plus_ms(*ms) }
    };
    let tickets: Vec<Opened> = (0..).zip(after_ms).map(one).collect();
    open(store, &tickets, now).await?;
    anyhow::ensure!(clock.now() < begin, "the tickets came in too slowly");
    Ok(tickets)
}

/// How many timers stand in a database.
pub(crate) async fn timers(database: &Path) -> anyhow::Result<i64> {
    number(database, "SELECT count(*) FROM timers WHERE state = 'pending'").await
}

/// The number of the last alert in a database.
pub(crate) async fn last_alert(database: &Path) -> anyhow::Result<i64> {
    number(database, "SELECT coalesce(max(id), 0) FROM alerts").await
}

async fn number(database: &Path, sql: &'static str) -> anyhow::Result<i64> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let number = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(number)
}

/// How long after its deadline each alert that follows alert number `before` stood on disk, in order of the deadlines;
/// it is looked after every commit.
pub(crate) async fn rung(
    store: &Store,
    database: &Path,
    before: i64,
    tickets: &[Opened],
    clock: &Clock,
) -> anyhow::Result<Vec<f64>> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let mut changes = store.changed();
    let mut late = Vec::with_capacity(tickets.len());
    while late.len() < tickets.len() {
        changes.changed().await.context("the store is closed")?;
        let last = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM alerts").fetch_one(&mut connection).await?;
        let now = clock.now();
        let stand = usize::try_from(i64::max(last, before) - before)?;
        let new = tickets.get(late.len()..stand).context("there are alerts of other tickets")?;
        late.extend(new.iter().map(|ticket| (now - ticket.due) as f64));
    }
    connection.close().await?;
    Ok(late)
}
