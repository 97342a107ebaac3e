//! Segments say what the rows say: whatever has been packed, by whom, and whatever happens meanwhile.

use futures_util::future::join;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::properties::histories_by;
use super::*;
use crate::domain::columns::Slot;

/// Minutes between two steps of a history, so that it lasts two months and its spans cross midnights.
const STEP: i64 = 1000;

const SOLVED: &str = r#""type": "status_changed", "actor": {"kind": "agent", "id": "ana"}, "data": {"to": "solved"}"#;

/// Questions of every kind, the same in every run.
fn questions(n: usize) -> Vec<Vec<Selection>> {
    let kind = prop::sample::select(SampleKind::ALL);
    let one = (kind, -10..100_i64, -10..100_i64, any::<bool>());
    let one = one.prop_map(|(kind, a, b, spans)| Selection {
        kind,
        from: minute(a.min(b) * STEP),
        to: minute(a.max(b) * STEP),
        spans,
    });
    let some = prop::collection::vec(one, 1..6);
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRunner::deterministic().new_rng());
    (0..n).map(|_| some.new_tree(&mut runner).expect("selections").current()).collect()
}

/// Asserts that stores answer as the rows do.
async fn assert_right(stores: &[&Store], questions: &[Vec<Selection>]) {
    let rows = rows(stores[0]).await;
    for selections in std::iter::once(&everything()).chain(questions) {
        let expected = lines(&rows, selections);
        for store in stores {
            assert_eq!(read(store, selections).await, expected, "{selections:?}");
        }
    }
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    store.read().await.unwrap().first(sql, &[]).await.unwrap().unwrap().get(0).unwrap()
}

/// Every segment as it is stored, but for the versions.
async fn packed(store: &Store) -> Vec<(String, i64, Vec<u8>)> {
    let mut tx = store.read().await.unwrap();
    let rows = tx.all("SELECT kind, slot, body FROM segments", &[]).await.unwrap();
    let mut all: Vec<_> =
        rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap())).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn answers_are_those_of_the_rows_whoever_packs_and_whenever() {
    on_both(async |bench| {
        let other = bench.another().await;
        let questions = questions(12);
        for (n, history) in histories_by(STEP).iter().enumerate() {
            history.send_in_pieces(&bench.store, &format!("s{n}")).await;
            match n % 4 {
                0 => drop(other.pack_all().await.unwrap()),
                1 => drop(bench.store.pack_all().await.unwrap()),
                2 => drop(other.pack().await.unwrap()),
                _ => {}
            }
            assert_right(&[&bench.store, &other], &questions).await;
        }
        // One that has seen nothing yet, before and after all is packed.
        assert!(count(&other, "SELECT count(*) FROM segment_changes").await > 0);
        assert_right(&[&bench.another().await], &questions).await;
        bench.store.pack_all().await.unwrap();
        assert_eq!(count(&other, "SELECT count(*) FROM segment_changes").await, 0);
        assert_right(&[&bench.another().await, &other, &bench.store], &questions).await;
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn rebuilding_ends_in_the_same_segments_whatever_became_of_them() {
    on_both(async |bench| {
        for (n, history) in histories_by(STEP).iter().enumerate() {
            history.send_in_pieces(&bench.store, &format!("s{n}")).await;
        }
        bench.store.pack_all().await.unwrap();
        let live = packed(&bench.store).await;
        assert!(live.len() > 20);
        for damage in [
            "UPDATE segments SET version = version",
            "DELETE FROM segments WHERE kind = 'open'",
            "UPDATE segments SET body = NULL",
            "DELETE FROM segment_changes",
            "INSERT INTO segment_changes SELECT 'solve', 1, no, 7 FROM tickets",
        ] {
            bench.tamper(damage).await;
            bench.store.rebuild(minute(100), |_, _| ()).await.unwrap();
            assert_eq!(
                packed(&bench.store).await.into_iter().filter(|s| s.1 != 1).collect::<Vec<_>>(),
                live,
                "{damage}"
            );
        }
        assert_right(&[&bench.store], &questions(6)).await;
    })
    .await;
}

#[tokio::test]
async fn a_damaged_segment_is_not_believed() {
    on_both(async |bench| {
        let questions = questions(6);
        for (n, history) in histories_by(STEP).iter().enumerate() {
            history.send_whole(&bench.store, &format!("s{n}")).await;
        }
        bench.store.pack_all().await.unwrap();
        for damage in [
            "UPDATE segments SET layout = layout + 1 WHERE kind = 'created'",
            "UPDATE segments SET body = NULL WHERE kind = 'open'",
            "UPDATE segments SET body = substr(body, 1, 40) WHERE kind = 'reply'",
            "UPDATE segments SET body = (SELECT s.body FROM segments s WHERE s.kind = 'sla' LIMIT 1) WHERE kind = 'solve'",
        ] {
            bench.tamper(damage).await;
            assert_right(&[&bench.another().await], &questions).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_while_a_segment_is_packed_is_not_forgotten() {
    on_both(async |bench| {
        let store = &bench.store;
        store.accept(delivery("d0", 0, vec![event("e0", 0, CREATED)])).await.unwrap();
        for n in 1..40 {
            let message = event(&format!("e{n}"), n, if n % 2 == 0 { REPLY } else { QUESTION });
            let (accepted, packed) =
                join(store.accept(delivery(&format!("d{n}"), n, vec![message])), store.pack_all()).await;
            accepted.unwrap();
            packed.unwrap();
            assert_right(&[store], &[]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_while_deliveries_come_in_sees_one_moment_of_all() {
    /// Tickets that come and go.
    const TICKETS: i64 = 120;
    on_both(async |bench| {
        let store = &bench.store;
        let deliveries = async {
            for n in 0..TICKETS {
                let created = ticket_event(&n.to_string(), &format!("c{n}"), n, CREATED);
                let earlier = n - 7;
                let solved =
                    (earlier >= 0).then(|| ticket_event(&earlier.to_string(), &format!("s{earlier}"), n, SOLVED));
                let events = std::iter::once(created).chain(solved).collect();
                store.accept(delivery(&format!("d{n}"), n, events)).await.unwrap();
                if n % 20 == 19 {
                    store.pack().await.unwrap();
                }
            }
        };
        let other = bench.another().await;
        let questions = async {
            let mut states = std::collections::BTreeSet::new();
            while states.last().is_none_or(|seen| *seen < TICKETS) {
                let samples = other.samples(&everything()).await.unwrap();
                let of = |kind| samples.rows().filter(move |row| row.kind() == kind);
                let created = of(SampleKind::Created).count() as i64;
                let solved = of(SampleKind::Solve).count() as i64;
                let open = of(SampleKind::Open).filter(|row| row.until().is_none()).count() as i64;
                assert_eq!(solved, (created - 7).max(0), "one delivery brings both");
                assert_eq!(open, created - solved);
                states.insert(created);
            }
            states.len()
        };
        let ((), states) = join(deliveries, questions).await;
        assert!(states > 3, "{states}");
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn many_changes_are_packed_by_the_one_who_asks() {
    on_both(async |bench| {
        let created = |n: i64| ticket_event(&n.to_string(), &format!("c{n}"), 0, CREATED);
        bench.store.accept(delivery("d", 0, (0..600).map(created).collect())).await.unwrap();
        let week = [Selection::at(SampleKind::Created, minute(0), minute(10_000))];
        assert_eq!(count(&bench.store, "SELECT count(*) FROM segments").await, 0);
        assert_eq!(read(&bench.store, &week).await.len(), 600);
        assert_eq!(count(&bench.store, "SELECT count(*) FROM segments").await, 1);
        assert_eq!(count(&bench.store, "SELECT count(*) FROM segment_changes WHERE kind = 'created'").await, 0);
        assert_right(&[&bench.store], &[week.to_vec()]).await;
    })
    .await;
}

#[tokio::test]
async fn few_changes_may_wait() {
    on_both(async |bench| {
        bench.store.accept(delivery("d", 0, vec![event("e", 0, CREATED)])).await.unwrap();
        assert_eq!(bench.store.pack().await.unwrap(), 0);
        assert!(bench.store.pack_all().await.unwrap() > 0);
        assert_eq!(bench.store.pack_all().await.unwrap(), 0);
        assert_right(&[&bench.store], &[]).await;
    })
    .await;
}

#[tokio::test]
async fn samples_of_before_there_were_segments_get_their_slots() {
    const MIGRATION: &str = include_str!("../../../migrations/sqlite/0004_segments.sql");
    const DAY: i64 = 86_400_000;
    on_both(async |bench| {
        let mut tx = bench.store.write().await.unwrap();
        tx.run("CREATE TABLE old (n BIGINT, day BIGINT, at BIGINT, ending BIGINT, slot BIGINT)", &[]).await.unwrap();
        let spans: Vec<(i64, i64)> =
            (0..200).map(|n| (n * 41 * DAY / 7, n * 41 * DAY / 7 + (n % 9) * (n % 13) * (n % 5) * DAY / 3)).collect();
        for (n, (at, ending)) in (0_i64..).zip(&spans) {
            let values = [n.into(), at.div_euclid(DAY).into(), (*at).into(), (*ending).into()];
            tx.run("INSERT INTO old VALUES ($1, $2, $3, $4, 0)", &values).await.unwrap();
        }
        tx.run("INSERT INTO old VALUES (1000, 3, $1, NULL, 0)", &[(3 * DAY).into()]).await.unwrap();
        tx.run("INSERT INTO old VALUES (1001, 3, $1, 9223372036854775807, 0)", &[(3 * DAY).into()]).await.unwrap();
        let update = MIGRATION.split(';').find_map(|s| s.trim().strip_prefix("UPDATE samples")).unwrap();
        tx.run(sqlx::AssertSqlSafe(format!("UPDATE old{update}")), &[]).await.unwrap();
        for row in tx.all("SELECT n, slot FROM old", &[]).await.unwrap() {
            let (n, slot): (i64, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
            let (kind, at, until) = match n {
                1000 => (SampleKind::Solve, 3 * DAY, None),
                1001 => (SampleKind::Open, 3 * DAY, None),
                _ => (SampleKind::Open, spans[n as usize].0, Some(Timestamp(spans[n as usize].1))),
            };
            assert_eq!(Slot(slot), Slot::of(kind, Timestamp(at), until), "{n}");
        }
    })
    .await;
}
