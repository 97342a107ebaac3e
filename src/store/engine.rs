//! The two engines behind one face: transactions that take one SQL text, values that bind the same, rows that read
//! the same. The statements that must differ are here as well; nothing else in the crate knows which engine it has.
//!
//! SQLite has one writer: a pool of one connection whose every transaction is `BEGIN IMMEDIATE`, so that a
//! transaction that reads before it writes never finds the file locked halfway. Readers never wait for it (WAL).

mod values;

use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Database, PgPool, Postgres, SqlSafeStr, Sqlite, SqlitePool, Transaction};

use self::values::bound;
pub(super) use self::values::{Row, Value, storable};
use super::error::StoreError;

/// How long a call waits for a connection, and SQLite for another process's lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many callers may take their time to read without keeping anybody else from the store.
pub const SLOW_READERS: usize = 8;
/// Connections for all that must not wait for slow readers: the clock of promises, the outbox, what comes in.
const QUICK: u32 = 6;
/// Connections that only read, opened when they are needed.
const READERS: u32 = SLOW_READERS as u32 + QUICK;
/// What each of them keeps of the file, in KiB below zero: segments have a cache of their own, and pass through this one.
const READER_CACHE: &str = "-512";
/// Rows that SQLite's thread may be ahead of whoever reads them. Each time it waits for the reader costs more than a row.
const ROWS_AHEAD: usize = 1024;
/// Connections to PostgreSQL, opened when they are needed.
const CONNECTIONS: u32 = SLOW_READERS as u32 + QUICK;
/// Statements kept prepared per connection; the many sizes of [`Tx::many`] are the reason it is not small.
const STATEMENTS: usize = 256;
/// The most rows one statement of [`Tx::many`] carries.
const ROWS: usize = 128;
/// Pages after which SQLite checkpoints on the commit path after all, should the background task be late.
const CHECKPOINT_PAGES: &str = "20000";
/// Every statement in here finds its rows by an index. PostgreSQL does not know that while a fresh database is being
/// filled: it plans for the empty tables it has seen, and keeps to it (measured: 3.4 k events/s imported instead of 11 k).
const PLANS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";
/// The channel on which copies of the bot that share a PostgreSQL wake one another.
const CHANNEL: &str = "deskbell";

/// Where the rows are.
#[derive(Clone, Debug)]
pub(super) enum Engine {
    /// One file.
    Sqlite {
        /// One connection.
        writer: SqlitePool,
        /// Several.
        readers: SqlitePool,
    },
    /// A server, shared with other copies of the bot.
    Postgres(PgPool),
}

impl Engine {
    /// Connects, and brings the tables up to date.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let engine = match url.split_once(':') {
            Some(("sqlite", _)) => Self::open_sqlite(url).await?,
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(url).await?,
            _ => return Err(StoreError::Address("write sqlite://FILE or postgres://USER@HOST/DATABASE".to_owned())),
        };
        let migrated = match &engine {
            Self::Sqlite { writer, .. } => sqlx::migrate!("migrations/sqlite").run(writer).await,
            Self::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await,
        };
        match migrated {
            Ok(()) => Ok(engine),
            Err(sqlx::migrate::MigrateError::Execute(e)) => Err(e.into()),
            Err(e) => Err(StoreError::Migration(Box::new(e))),
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, StoreError> {
        if url.contains(":memory:") || url.contains("mode=memory") {
            return Err(StoreError::Address("SQLite needs a file: sqlite://deskbell.db".to_owned()));
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|e| StoreError::Address(e.to_string()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .statement_cache_capacity(STATEMENTS)
            .row_buffer_size(ROWS_AHEAD)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .pragma("cache_size", "-32768")
            .pragma("temp_store", "memory");
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(PATIENCE)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let readers = pool()
            .max_connections(READERS)
            .connect_lazy_with(options.pragma("query_only", "on").pragma("cache_size", READER_CACHE));
        Ok(Self::Sqlite { writer, readers })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        // The parser's own message may repeat the password.
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Address("write postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned()))?
            .application_name("deskbell")
            .statement_cache_capacity(STATEMENTS);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).after_connect(
            |connection, _| Box::pin(async move { sqlx::raw_sql(PLANS).execute(connection).await.map(|_| ()) }),
        );
        Ok(Self::Postgres(pool.connect_with(options).await?))
    }

    /// A transaction that may write.
    pub(super) async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(Held::Within(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => Tx::Postgres(Held::Within(pool.begin().await?)),
        })
    }

    /// A transaction that sees one state of everything and writes nothing.
    pub(super) async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(Held::Within(readers.begin().await?)),
            Self::Postgres(pool) => {
                Tx::Postgres(Held::Within(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?))
            }
        })
    }

    /// A connection for one statement that writes nothing, which sees one state of everything by itself; several may see
    /// several. Beginning and ending a transaction would cost more than what it is for.
    pub(super) async fn glance(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(Held::Alone(readers.acquire().await?)),
            Self::Postgres(pool) => Tx::Postgres(Held::Alone(pool.acquire().await?)),
        })
    }

    /// Closes every connection; calls that come later fail.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Whether [`close`](Self::close) was called.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Sqlite { writer, .. } => writer.is_closed(),
            Self::Postgres(pool) => pool.is_closed(),
        }
    }

    /// Moves what was committed from the write-ahead log to the file, beside the writer. SQLite only.
    pub(super) async fn checkpoint(&self) -> Result<(), StoreError> {
        if let Self::Sqlite { readers, .. } = self {
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(readers).await?;
        }
        Ok(())
    }

    /// Shows other copies of the bot that this one sends, until it is dropped or its process ends. PostgreSQL only: on
    /// SQLite there are no others.
    pub(super) async fn presence(&self) -> Result<Option<Presence>, StoreError> {
        let Self::Postgres(pool) = self else { return Ok(None) };
        let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
        sqlx::query("SELECT pg_advisory_lock_shared(7218, 2)").execute(&mut connection).await?;
        Ok(Some(Presence(connection)))
    }

    /// Hears what other copies of the bot announce with [`Tx::announce`]. PostgreSQL only.
    pub(super) async fn listener(&self) -> Result<Option<Listener>, StoreError> {
        let Self::Postgres(pool) = self else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Listener(listener)))
    }
}

/// Announcements of other copies of the bot.
pub(super) struct Listener(PgListener);

impl Listener {
    /// Waits for the next one; a lost connection counts as one, since announcements may have been missed.
    pub(super) async fn heard(&mut self) -> Result<(), StoreError> {
        self.0.try_recv().await?;
        Ok(())
    }
}

/// A lock that every copy of the bot shares; the server gives it back when a process ends, however it ends.
pub(super) struct Presence(PgConnection);

impl Presence {
    /// Whether this copy is the only one that sends. If so, another one that starts waits for [`open`](Self::open).
    pub(super) async fn close(&mut self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("SELECT pg_try_advisory_lock(7218, 2)").fetch_one(&mut self.0).await?)
    }

    /// Lets others in again.
    pub(super) async fn open(&mut self) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_unlock(7218, 2)").execute(&mut self.0).await?;
        Ok(())
    }
}

/// A transaction, or a connection for one statement; dropping a transaction undoes it.
pub(super) enum Tx {
    /// On the file.
    Sqlite(Held<Sqlite>),
    /// On the server.
    Postgres(Held<Postgres>),
}

/// A connection.
pub(super) enum Held<DB: Database> {
    /// Within a transaction.
    Within(Transaction<'static, DB>),
    /// Without one.
    Alone(PoolConnection<DB>),
}

impl<DB: Database> Held<DB> {
    fn connection(&mut self) -> &mut DB::Connection {
        match self {
            Self::Within(tx) => tx,
            Self::Alone(connection) => connection,
        }
    }

    async fn commit(self) -> Result<(), StoreError> {
        if let Self::Within(tx) = self {
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Makes the same call on whichever connection the transaction has.
macro_rules! on {
    ($tx:expr, $connection:ident => $call:expr) => {
        match $tx {
            Tx::Sqlite(tx) => {
                let $connection = tx.connection();
                $call
            }
            Tx::Postgres(tx) => {
                let $connection = tx.connection();
                $call
            }
        }
    };
}

impl Tx {
    /// Makes everything done so far last.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(held) => held.commit().await,
            Self::Postgres(held) => held.commit().await,
        }
    }

    /// Runs a statement; says how many rows it touched.
    pub(super) async fn run(&mut self, sql: impl SqlSafeStr, values: &[Value<'_>]) -> Result<u64, StoreError> {
        Ok(on!(self, c => bound(sql, values).execute(c).await?.rows_affected()))
    }

    /// All rows of a statement.
    pub(super) async fn all(&mut self, sql: impl SqlSafeStr, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        Ok(on!(self, c => bound(sql, values).fetch_all(c).await?.into_iter().map(Row::from).collect()))
    }

    /// The first row of a statement.
    pub(super) async fn first(
        &mut self,
        sql: impl SqlSafeStr,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(on!(self, c => bound(sql, values).fetch_optional(c).await?.map(Row::from)))
    }

    /// Runs `head VALUES-list tail` over many rows, a few statements in all.
    ///
    /// Each carries a power of two of rows, so that the number of different texts, all kept prepared, stays small.
    pub(super) async fn many<const N: usize>(
        &mut self,
        head: &'static str,
        rows: &[[Value<'_>; N]],
        tail: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        let mut rest = rows;
        while !rest.is_empty() {
            let size = (1 << rest.len().ilog2()).min(ROWS);
            let (now, later) = rest.split_at(size);
            let sql = self.values_list(head, size, N, tail);
            found.extend(self.all(AssertSqlSafe(sql), now.as_flattened()).await?);
            rest = later;
        }
        Ok(found)
    }

    /// Looks up many rows: [`many`](Self::many) with `tail` joining `wanted`, whose columns those of the rows are.
    ///
    /// The list is filled up with rows of nothing, which join nothing: so it is one statement, and still one of few texts.
    pub(super) async fn look_up<const N: usize>(
        &mut self,
        head: &'static str,
        rows: &[[Value<'_>; N]],
        tail: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let nothing = first.each_ref().map(Value::nothing);
        let most = rows.len().next_power_of_two();
        let filled: Vec<_> = rows.iter().cloned().chain(std::iter::repeat(nothing)).take(most).collect();
        self.many(head, &filled, tail).await
    }

    /// `head ($1, $2), ($3, $4) tail`; SQLite gets `?`, because it looks named parameters up one by one.
    fn values_list(&self, head: &str, rows: usize, columns: usize, tail: &str) -> String {
        use std::fmt::Write;
        let mut sql = String::with_capacity(head.len() + tail.len() + rows * columns * 6 + 2);
        sql.push_str(head);
        for n in 0..rows * columns {
            let _ = match (n, n % columns) {
                (0, _) => write!(sql, " ("),
                (_, 0) => write!(sql, "), ("),
                _ => write!(sql, ", "),
            };
            let _ = match self {
                Self::Sqlite(_) => write!(sql, "?"),
                Self::Postgres(_) => write!(sql, "${}", n + 1),
            };
        }
        sql.push_str(") ");
        sql.push_str(tail);
        sql
    }

    /// [`all`](Self::all) for rows about to be changed, `t` being their table: those that another copy of the bot is
    /// changing are passed over. SQLite's single writer is alone already.
    pub(super) async fn all_unclaimed(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(_) => self.all(sql, values).await,
            Self::Postgres(_) => self.all(AssertSqlSafe(format!("{sql} FOR UPDATE OF t SKIP LOCKED")), values).await,
        }
    }

    /// [`many`](Self::many) for rows that nobody is to change until this transaction ends; whoever is changing them
    /// is waited for. `head` ends with an open parenthesis, which is closed. SQLite's single writer is alone already.
    pub(super) async fn many_locked<const N: usize>(
        &mut self,
        head: &'static str,
        rows: &[[Value<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        let tail = match self {
            Self::Sqlite(_) => ")",
            Self::Postgres(_) => ") FOR UPDATE",
        };
        self.many(head, rows, tail).await
    }

    /// Waits until no other transaction claims from the outbox; SQLite's single writer is alone already.
    pub(super) async fn claim_alone(&mut self) -> Result<(), StoreError> {
        if let Self::Postgres(_) = self {
            self.run("SELECT pg_advisory_xact_lock(7218, 1)", &[]).await?;
        }
        Ok(())
    }

    /// Wakes the other copies of the bot once this is committed.
    pub(super) async fn announce(&mut self) -> Result<(), StoreError> {
        if let Self::Postgres(_) = self {
            self.run("SELECT pg_notify($1, '')", &[CHANNEL.into()]).await?;
        }
        Ok(())
    }
}
