//! Many people at once while the store is slow: everybody is acknowledged, everybody is answered once, and the bell rings
//! meanwhile.
//!
//! The store is slow for a reason that the bot does not know of: somebody else holds a lock on the database. So no
//! figure of a clock is needed to tell that nobody's acknowledgement waits for a query: no query ends before all are
//! acknowledged.

use std::time::Duration;

use deskbell::app::clock::Clock;
use futures_util::future::join_all;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::bot::{Bot, monday};
use crate::ring::Scene;
use crate::support::discord::Invocation;
use crate::support::postgres;
use crate::support::slack::Interaction;

/// On each platform.
const PEOPLE: usize = 200;
const MINUTE: i64 = 60_000;
const CONFIGURATION: &str = r##"
[chat]
charts = false

[[sla]]
name = "all"
first_response = "10m"
calendar = "always"
to = ["slack:#support", "discord:3000"]
"##;

/// Whoever keeps the store from answering.
enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Hold {
    /// SQLite: nothing can be written, not even that a command was seen.
    async fn of_sqlite(store: &str) -> Self {
        let mut connection = SqliteConnection::connect(store).await.expect("the file");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("the lock");
        Self::Sqlite(connection)
    }

    /// PostgreSQL: no question can be answered; all else goes on.
    async fn of_postgres(store: &str) -> Self {
        let mut connection = PgConnection::connect(store).await.expect("the server");
        let lock = "BEGIN; LOCK TABLE segments IN ACCESS EXCLUSIVE MODE";
        sqlx::raw_sql(lock).execute(&mut connection).await.expect("the lock");
        Self::Postgres(connection)
    }

    /// PostgreSQL: from now on each look at what questions are answered from takes so long.
    async fn slow_down_postgres(store: &str, seconds: f64) {
        let mut connection = PgConnection::connect(store).await.expect("the server");
        let slow = format!(
            "ALTER TABLE segments RENAME TO real_segments;
             CREATE VIEW segments AS SELECT real.* FROM real_segments real, pg_sleep({seconds})"
        );
        sqlx::raw_sql(AssertSqlSafe(slow)).execute(&mut connection).await.expect("the view");
    }

    async fn end(self) {
        match self {
            Self::Sqlite(mut c) => sqlx::query("ROLLBACK").execute(&mut c).await.map(drop),
            Self::Postgres(mut c) => sqlx::query("ROLLBACK").execute(&mut c).await.map(drop),
        }
        .expect("it was held");
    }
}

/// A bot with two tickets: one answered after ten minutes, one that nobody answers.
struct Load {
    scene: Scene,
    bot: Bot,
}

/// What people have asked and been told that it was heard.
struct Asked {
    on_slack: Vec<Interaction>,
    on_discord: Vec<Invocation>,
}

impl Load {
    async fn new(store: &str, scene: Scene) -> Self {
        let bot = scene.bot(store, CONFIGURATION, Clock::movable(monday().plus_s(300))).await;
        let events = json!([
            {"event_id": "1c", "ts": monday(), "type": "ticket_created", "ticket": "1",
             "actor": {"kind": "customer", "id": "c1"}, "data": {"channel": "email"}},
            {"event_id": "1r", "ts": monday().plus_s(240), "type": "message", "ticket": "1",
             "actor": {"kind": "agent", "id": "ana"}},
            {"event_id": "2c", "ts": monday(), "type": "ticket_created", "ticket": "2",
             "actor": {"kind": "customer", "id": "c2"}, "data": {"channel": "email"}},
        ]);
        let response = bot.generic(&events).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.expect("text"));
        Self { scene, bot }
    }

    /// Everybody asks at once; returns when everybody is acknowledged.
    async fn everybody_asks(&self) -> Asked {
        let Scene { slack, discord, .. } = &self.scene;
        let metrics = ["frt", "volume", "resolution", "backlog"];
        let asking = async |n: usize| {
            let (user, text) = (format!("U{n}"), format!("/metrics {} today", metrics[n % metrics.len()]));
            slack.command_from(&user, "support", &text).await
        };
        let on_slack = join_all((0..PEOPLE).map(asking));
        let asking = async |n: usize| {
            let options = [("metric", metrics[n % metrics.len()]), ("period", "today")];
            let invoked = discord.command("metrics", &options).await;
            discord.wait_for_ack(&invoked).await;
            invoked
        };
        let on_discord = join_all((0..PEOPLE).map(asking));
        let (on_slack, on_discord) = tokio::join!(on_slack, on_discord);
        Asked { on_slack, on_discord }
    }

    fn answers(&self, asked: &Asked) -> (Vec<usize>, Vec<usize>) {
        let on_slack = asked.on_slack.iter().map(|asked| asked.answers().len());
        (on_slack.collect(), asked.on_discord.iter().map(|asked| self.scene.discord.answers(asked)).collect())
    }

    /// Waits until everybody is answered, with a number.
    async fn everybody_is_answered(&self, asked: &Asked) {
        for asked in &asked.on_slack {
            let words = asked.answer().await.words();
            assert!(words.contains("Explain"), "an answer and no excuse: {words}");
        }
        for asked in &asked.on_discord {
            let said = self.scene.discord.wait_for_answer(asked).await.to_string();
            assert!(said.contains("Explain"), "an answer and no excuse: {said}");
        }
    }

    /// Nobody is answered twice, though Slack and Discord tell some commands again.
    async fn nobody_is_answered_twice(&self, asked: &Asked) {
        for again in asked.on_slack.iter().step_by(20) {
            self.scene.slack.repeat(again).await;
        }
        for again in asked.on_discord.iter().step_by(20) {
            self.scene.discord.repeat(again);
        }
        // What was asked later is answered later, so by then the repeats would have been.
        self.scene.slack.command("/metrics volume").await.answer().await;
        let last = self.scene.discord.command("metrics", &[("metric", "volume")]).await;
        self.scene.discord.wait_for_answer(&last).await;
        assert_eq!(self.answers(asked), (vec![1; PEOPLE], vec![1; PEOPLE]));
    }

    /// The longest that anybody waited to be acknowledged.
    async fn longest_wait(&self, asked: &Asked) -> Duration {
        let mut longest = asked.on_slack.iter().map(|asked| asked.acked_after).max().unwrap_or_default();
        for asked in &asked.on_discord {
            longest = longest.max(self.scene.discord.wait_for_ack(asked).await.after);
        }
        longest
    }

    async fn finish(self) {
        assert_eq!(self.scene.slack.problems(), Vec::<String>::new());
        let faults = self.scene.discord.faults();
        assert!(faults.iter().all(|fault| fault.contains("already been acknowledged")), "{faults:?}");
        self.bot.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_commands_are_acknowledged_while_nothing_can_be_written_and_answered_once() {
    let scene = Scene::new().await;
    let store = scene.sqlite();
    let load = Load::new(&store, scene).await;
    let hold = Hold::of_sqlite(&store).await;
    let asked = load.everybody_asks().await;
    assert_eq!(load.answers(&asked), (vec![0; PEOPLE], vec![0; PEOPLE]));
    hold.end().await;
    load.everybody_is_answered(&asked).await;
    load.nobody_is_answered_twice(&asked).await;
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_questions_that_take_for_ever_delay_neither_an_acknowledgement_nor_the_bell() {
    let Some(store) = postgres::database() else { return };
    let load = Load::new(&store, Scene::new().await).await;
    let hold = Hold::of_postgres(&store).await;
    let asked = load.everybody_asks().await;
    let title = "First reply missed on ticket 2";
    load.bot.clock.advance(10 * MINUTE);
    load.scene.slack.wait_for_message(|m| m.text.contains(title)).await;
    load.scene.discord.wait_for_message(|m| m.body.to_string().contains(title)).await;
    assert_eq!(load.answers(&asked), (vec![0; PEOPLE], vec![0; PEOPLE]), "nothing was answered before");
    hold.end().await;
    load.everybody_is_answered(&asked).await;
    load.nobody_is_answered_twice(&asked).await;
    load.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_slow_questions_are_all_answered() {
    let Some(store) = postgres::database() else { return };
    let load = Load::new(&store, Scene::new().await).await;
    // With five seconds it is the same, and takes five minutes.
    Hold::slow_down_postgres(&store, 0.1).await;
    let asked = load.everybody_asks().await;
    let longest = load.longest_wait(&asked).await;
    assert!(longest < Duration::from_secs(3), "the platforms give up on a bot that is silent for so long: {longest:?}");
    load.everybody_is_answered(&asked).await;
    load.nobody_is_answered_twice(&asked).await;
    load.finish().await;
}
