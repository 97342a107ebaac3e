//! The bench's data on disk: made once, kept under `target/bench`, used again.
//!
//! What the store holds is written as the store would: tickets, packed segments and their dictionary, the words for
//! suggestions. Left out are the deliveries, the events and the rows that segments are packed from; no question reads
//! them unless something has changed since; and the samples that no question of the bench reads. Beside them stands a table `plain`, one typed row a ticket, indexed as its
//! users would: what SQL is asked about instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use deskbell::app;
use deskbell::app::config::{Config, Environment, Purpose};
use deskbell::domain::columns::{Names, Segment, Slot};
use deskbell::domain::event::Target;
use deskbell::domain::need::Need;
use deskbell::domain::sample::{Sample, SampleFact, SampleKind, TicketNo};
use deskbell::domain::sla::State;
use deskbell::domain::ticket::Ticket;
use deskbell::domain::timestamp::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use crate::desk::{self, BenchDesk, CONFIG, DAYS, SOURCE};

/// Where the data of a size is.
pub(crate) struct Data {
    pub(crate) tickets: u64,
    /// The SQLite file.
    pub(crate) database: PathBuf,
    /// The bot.toml that names it.
    pub(crate) config_file: PathBuf,
    pub(crate) config: Config,
}

/// The table for SQL. Times in milliseconds; durations too, in business hours.
const PLAIN: &str = "
    CREATE TABLE plain (
        ticket INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, initiator TEXT NOT NULL,
        team TEXT, agent TEXT, channel TEXT, priority TEXT, category TEXT, tier TEXT,
        first_reply_at INTEGER, first_reply_ms INTEGER, solved_at INTEGER, resolution_ms INTEGER,
        reopened INTEGER, first_contact INTEGER, rated_at INTEGER, rating REAL,
        promise_at INTEGER, promise_met INTEGER
    ) STRICT";
const PLAIN_INDEXES: [&str; 5] = [
    "CREATE INDEX plain_created ON plain (created_at)",
    "CREATE INDEX plain_first_reply ON plain (first_reply_at)",
    "CREATE INDEX plain_solved ON plain (solved_at)",
    "CREATE INDEX plain_rated ON plain (rated_at)",
    "CREATE INDEX plain_promise ON plain (promise_at)",
];

/// A row of `plain`: numbers, then texts.
#[derive(Default)]
struct Plain {
    numbers: [Option<i64>; 10],
    rating: Option<f64>,
    texts: [Option<String>; 7],
}

impl Plain {
    fn of(samples: &[Sample]) -> Self {
        let mut plain = Self::default();
        let [created, replied, frt, solved, resolution, reopened, contact, rated, promised, met] = &mut plain.numbers;
        let ms = |at: Timestamp| Some(at.millis());
        for s in samples {
            match s.fact {
                SampleFact::Created { initiator } => {
                    *created = ms(s.at);
                    let d = s.dimensions.clone();
                    let initiator = serde_json::to_value(initiator).ok().and_then(|v| Some(v.as_str()?.to_owned()));
                    plain.texts = [initiator, d.team, d.agent, d.channel, Some(d.priority), d.category, d.tier];
                }
                SampleFact::FirstReply { elapsed } => {
                    (*replied, *frt) = (ms(s.at), elapsed.business_ms);
                    plain.texts[2].clone_from(&s.dimensions.agent);
                }
                SampleFact::Solve { elapsed, last, reopens, .. } => {
                    *reopened = Some(i64::from(reopens > 0) | reopened.unwrap_or(0));
                    if last {
                        (*solved, *resolution) = (ms(s.at), elapsed.and_then(|e| e.business_ms));
                    }
                }
                SampleFact::Contact { human: true, turns, people, reopened_hard, .. } => {
                    *contact = Some(i64::from(turns <= 1 && people <= 1 && !reopened_hard));
                }
                SampleFact::Rating { value, .. } => (*rated, plain.rating) = (ms(s.at), Some(value)),
                SampleFact::Sla { promise } if promise.target == Target::FirstResponse => {
                    *promised = promise.decided_at.map(Timestamp::millis);
                    *met = promise.decided_at.map(|_| i64::from(promise.state == State::Met));
                }
                _ => {}
            }
        }
        plain
    }
}

impl Data {
    /// The data of so many tickets, made now unless it is there.
    pub(crate) async fn of(tickets: u64) -> anyhow::Result<Self> {
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/bench");
        std::fs::create_dir_all(&directory)?;
        let [database, config_file, done] =
            ["db", "toml", "done"].map(|end| directory.join(format!("desk-{tickets}.{end}")));
        let text = CONFIG.replace("{}", &database.display().to_string());
        let config = Config::parse("bench", &text, &Environment::default(), Purpose::Look)
            .map_err(|faults| anyhow::anyhow!("{faults}"))?;
        std::fs::write(&config_file, text)?;
        let data = Self { tickets, database, config_file, config };
        if !done.exists() {
            for end in ["db", "db-wal", "db-shm", "duckdb"] {
                let _ = std::fs::remove_file(data.database.with_extension(end));
            }
            data.make().await?;
            std::fs::write(done, "")?;
        }
        Ok(data)
    }

    async fn make(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        eprintln!("making {} tickets in {}", self.tickets, self.database.display());
        // Its tables, and the note that all is folded with these definitions.
        app::open_store(&self.config, desk::END).await?.close().await;
        let desk = BenchDesk { tickets: self.tickets, definitions: self.config.definitions.clone() };
        let mut writer = Writer::open(&self.database, desk.copies()).await?;
        std::thread::scope(|scope| {
            // Telling and folding takes most of the time, so two tell; the days come in their order.
            let days: Vec<_> = (0..2)
                .map(|teller| {
                    let (send, receive) = sync_channel(2);
                    let desk = &desk;
                    scope.spawn(move || {
                        for day in (teller..DAYS).step_by(2) {
                            if send.send(desk.day(day).collect::<Vec<_>>()).is_err() {
                                return;
                            }
                        }
                    });
                    receive
                })
                .collect();
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async {
                    for (day, receive) in (0..DAYS).zip(days.iter().cycle()) {
                        writer.day(day, receive.recv()?).await?;
                        if day % 73 == 72 {
                            eprintln!("  {} days in {:.0} s", day + 1, began.elapsed().as_secs_f64());
                        }
                    }
                    anyhow::Ok(())
                })
            })
        })?;
        writer.finish(&desk).await?;
        eprintln!("made in {:.0} s", began.elapsed().as_secs_f64());
        Ok(())
    }
}

/// Rows one statement carries.
const ROWS: usize = 64;

struct Writer {
    connection: SqliteConnection,
    names: Names,
    /// Samples whose slots may still get more.
    open: BTreeMap<(Slot, SampleKind), Vec<(TicketNo, Sample)>>,
    words: BTreeSet<(&'static str, String)>,
    /// How many tickets have the same story.
    copies: u64,
}

impl Writer {
    async fn open(database: &std::path::Path, copies: u64) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(database)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off);
        let mut connection = options.connect().await?;
        sqlx::raw_sql(PLAIN).execute(&mut connection).await?;
        Ok(Self { connection, names: Names::default(), open: BTreeMap::new(), words: BTreeSet::new(), copies })
    }

    /// Takes the tickets that were created on a day, and writes what no later ticket adds to.
    async fn day(&mut self, day: i64, told: Vec<(u32, Ticket, Vec<Sample>)>) -> anyhow::Result<()> {
        sqlx::raw_sql("BEGIN").execute(&mut self.connection).await?;
        for some in told.chunks(ROWS) {
            let plain: Vec<_> = some.iter().map(|(no, _, samples)| (*no, Plain::of(samples))).collect();
            let row = format!("({})", vec!["?"; 19].join(", "));
            let sql = format!("INSERT INTO plain VALUES {}", vec![row; plain.len()].join(", "));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (no, Plain { numbers, rating, texts }) in &plain {
                query = query.bind(i64::from(*no)).bind(numbers[0]);
                query = texts.iter().fold(query, |query, text| query.bind(text.as_deref()));
                query = numbers[1..8].iter().fold(query, |query, number| query.bind(*number)).bind(*rating);
                query = query.bind(numbers[8]).bind(numbers[9]);
            }
            query.execute(&mut self.connection).await?;

            let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
            let sql = format!(
                "INSERT INTO tickets (no, source, id, first_ts, last_ts, created, status, priority, team, agent) VALUES {}",
                vec![row; some.len()].join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (no, t, _) in some {
                query = query.bind(i64::from(*no)).bind(&t.key.source).bind(&t.key.id).bind(t.created.millis());
                query = query.bind(t.as_of.millis()).bind(t.created.millis()).bind(t.status.last().name());
                query = query.bind(t.priority.last()).bind(t.team.last()).bind(t.agent.last());
            }
            query.execute(&mut self.connection).await?;
        }
        for (no, _, samples) in told {
            for sample in samples {
                // Those with the same story say the same words.
                if u64::from(no - 1).is_multiple_of(self.copies) {
                    self.note(&sample);
                }
                let slot = Slot::of(sample.fact.kind(), sample.at, sample.until);
                self.open.entry((slot, sample.fact.kind())).or_default().push((TicketNo(no), sample));
            }
        }
        let later = self.open.split_off(&(Slot::of_day(desk::first_day() + day + 1), SampleKind::ALL[0]));
        self.write_segments(later).await?;
        sqlx::raw_sql("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }

    async fn write_segments(
        &mut self,
        later: BTreeMap<(Slot, SampleKind), Vec<(TicketNo, Sample)>>,
    ) -> anyhow::Result<()> {
        for ((slot, kind), samples) in std::mem::replace(&mut self.open, later) {
            let segment = Segment::pack(kind, &samples, &mut self.names);
            sqlx::query("INSERT INTO segments (kind, slot, version, layout, body) VALUES (?, ?, 1, ?, ?)")
                .bind(kind.name())
                .bind(slot.0)
                .bind(Segment::layout(kind))
                .bind(segment.bytes())
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    /// The words of a sample, for suggestions.
    fn note(&mut self, sample: &Sample) {
        let d = &sample.dimensions;
        let single = [
            ("team", d.team.as_ref()),
            ("agent", d.agent.as_ref()),
            ("channel", d.channel.as_ref()),
            ("priority", Some(&d.priority)),
            ("category", d.category.as_ref()),
            ("tier", d.tier.as_ref()),
        ];
        for (topic, word) in single.into_iter().chain(d.tags.iter().map(|tag| ("tag", Some(tag)))) {
            if let Some(word) = word.filter(|word| !self.words.contains(&(topic, (*word).clone()))) {
                self.words.insert((topic, word.clone()));
            }
        }
    }

    async fn finish(mut self, desk: &BenchDesk) -> anyhow::Result<()> {
        sqlx::raw_sql("BEGIN").execute(&mut self.connection).await?;
        self.write_segments(BTreeMap::new()).await?;
        for (no, word) in (0_i64..).zip(self.names.words()) {
            let insert = sqlx::query("INSERT INTO words (no, word) VALUES (?, ?)").bind(no).bind(word);
            insert.execute(&mut self.connection).await?;
        }
        for (no, set) in (0_i64..).zip(self.names.sets()) {
            let members = set.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
            let insert = sqlx::query("INSERT INTO word_sets (no, members) VALUES (?, ?)").bind(no).bind(members);
            insert.execute(&mut self.connection).await?;
        }
        let words = self.words.iter().cloned().chain([("source", SOURCE.to_owned())]);
        for (topic, word) in words {
            let insert = sqlx::query("INSERT INTO vocabulary (topic, word) VALUES (?, ?)").bind(topic).bind(word);
            insert.execute(&mut self.connection).await?;
        }
        let seen = [Need::Tickets, Need::Messages, Need::StatusHistory, Need::AssignmentHistory, Need::Ratings];
        for need in seen.into_iter().chain([Need::Tags, Need::Category]) {
            let insert = sqlx::query("INSERT INTO seen (need, since) VALUES (?, ?)").bind(need.word());
            insert.bind(desk::first_day() * 86_400_000).execute(&mut self.connection).await?;
        }
        sqlx::query("INSERT INTO feeds VALUES (?, ?, ?, ?, ?)")
            .bind(SOURCE)
            .bind(i64::try_from(desk.tickets * 6)?)
            .bind(desk::first_day() * 86_400_000)
            .bind(desk::END.millis() - 1)
            .bind(desk::END.millis() - 1)
            .execute(&mut self.connection)
            .await?;
        sqlx::raw_sql("COMMIT").execute(&mut self.connection).await?;
        for index in PLAIN_INDEXES {
            sqlx::raw_sql(index).execute(&mut self.connection).await?;
        }
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.connection).await?;
        self.connection.close().await?;
        Ok(())
    }
}
