//! How claims are carried out: by index on both kinds of database, with statistics and without, however many rows there are.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::cells::Cells;
use super::leases::ADOPT;
use super::pick_up::{DUE, ENDING};
use super::slots::USED;
use super::{Store, StoreOptions};

#[expect(dead_code, reason = "shared with the tests of the store")]
#[path = "../../tests/store/postgres.rs"]
mod postgres;

/// A claim by its texts for SQLite and PostgreSQL, values for it, and the indexes of which one must find its rows.
struct Claim {
    text: [&'static str; 2],
    values: &'static str,
    indexes: &'static [&'static str],
}

/// Small because few attempts hold a slot: any of them will do.
const OF_SLOTS: &[&str] =
    &["attempts_leases", "attempts_slots", "attempts_slot_ends", "attempts_owner", "attempts_live_number"];

const CLAIMS: [Claim; 4] = [
    Claim { text: DUE, values: "'line', 1700000000000, 10", indexes: &["calls_due"] },
    Claim { text: ENDING, values: "1700000000000, 10", indexes: &["calls_ending"] },
    Claim { text: ADOPT, values: "'node-1', 1700000000000, 1700000015000, 64", indexes: OF_SLOTS },
    Claim { text: [USED, USED], values: "", indexes: OF_SLOTS },
];

/// 30,000 calls, every second one due, every third one with an end; 3,000 attempts, of which 60 hold a slot.
const ROWS: [&str; 2] = [
    "INSERT INTO calls (id, to_number, dialplan, language, variables, when_full, provider, state, reason, due_at, not_after,
     attempts_used, deferrals, redials, actor, created_at, updated_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
     SELECT 'call-' || i, '+1' || i, 'reminder', 'en-US', '{}', 'wait', 'line', 'pending', 'ordered',
     1699999999000 + (i % 2) * 1000000, CASE i % 3 WHEN 0 THEN 1800000000000 + i END, 0, 0, '{}', 'test',
     1699999999000, 1699999999000 FROM n",
    "INSERT INTO attempts (id, call_id, number_of_call, to_number, provider, state, reason, slot, slot_until, owner, fence,
     lease_until, created_at, counted, opted_out)
     SELECT 'att-' || id, id, 1, to_number, provider, 'finalized', 'test', CASE WHEN id < 'call-1005' THEN 1 ELSE 0 END,
     1700000000000, 'node-0', 1, 1700000000000, created_at, 0, 0 FROM calls WHERE id < 'call-127'",
];

async fn filled(url: &str) -> AnyConnection {
    Store::open(url, &StoreOptions::default()).await.unwrap().close().await;
    let mut connection = AnyConnection::connect(url).await.unwrap();
    for text in ROWS {
        sqlx::query(text).execute(&mut connection).await.unwrap();
    }
    let slots = run(&mut connection, "SELECT COUNT(*) AS n FROM attempts WHERE slot = 1".to_owned()).await;
    assert!((10..200).contains(&slots[0].int("n").unwrap()));
    connection
}

async fn run(connection: &mut AnyConnection, text: String) -> Vec<AnyRow> {
    // Made of this file's own texts.
    sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn sqlite_claims_by_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = filled(&format!("sqlite:{}", folder.path().join("x.db").display())).await;
    for statistics in ["SELECT 1", "ANALYZE"] {
        run(&mut connection, statistics.to_owned()).await;
        for Claim { text: [text, _], indexes, .. } in CLAIMS {
            let rows = run(&mut connection, format!("EXPLAIN QUERY PLAN {text}")).await;
            let plan: Vec<String> = rows.iter().map(|row| row.text("detail").unwrap()).collect();
            let uses = |line: &String| indexes.iter().any(|index| line.contains(&format!("INDEX {index}")));
            assert!(plan.iter().any(uses), "{statistics}: {indexes:?}: {plan:#?}");
            let reads_all = |line: &String| line.starts_with("SCAN") && !line.contains("INDEX");
            assert!(!plan.iter().any(reads_all), "{statistics}: {plan:#?}");
            assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE FOR ORDER BY")), "{statistics}: {plan:#?}");
        }
    }
}

/// By the plan that is made for the values, and by the one that is kept for all of them.
#[tokio::test]
async fn postgres_claims_by_index() {
    let server = match postgres::shared() {
        Ok(server) => server,
        Err(why) => return println!("the PostgreSQL half does not run: {why}"),
    };
    let mut connection = filled(&server.database()).await;
    for statistics in ["SELECT 1", "ANALYZE"] {
        run(&mut connection, statistics.to_owned()).await;
        for mode in ["force_custom_plan", "force_generic_plan"] {
            run(&mut connection, format!("SET plan_cache_mode = {mode}")).await;
            for (n, Claim { text: [_, text], values, indexes }) in CLAIMS.into_iter().enumerate() {
                run(&mut connection, format!("PREPARE claim_{n} AS {text}")).await;
                let values = if values.is_empty() { String::new() } else { format!("({values})") };
                let rows = run(&mut connection, format!("EXPLAIN EXECUTE claim_{n} {values}")).await;
                run(&mut connection, format!("DEALLOCATE claim_{n}")).await;
                let plan: Vec<String> = rows.iter().map(|row| row.text("QUERY PLAN").unwrap()).collect();
                let uses = |line: &String| indexes.iter().any(|index| line.contains(index));
                assert!(plan.iter().any(uses), "{statistics}, {mode}: {indexes:?}: {plan:#?}");
                let reads_all =
                    |line: &String| line.contains("Seq Scan on calls") || line.contains("Seq Scan on attempts");
                assert!(!plan.iter().any(reads_all), "{statistics}, {mode}: {plan:#?}");
                let sorts_calls = plan.iter().any(|line| line.contains("Sort")) && text.contains("FROM calls WHERE");
                assert!(!sorts_calls, "{statistics}, {mode}: {plan:#?}");
            }
        }
    }
}
