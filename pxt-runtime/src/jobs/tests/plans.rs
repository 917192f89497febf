//! Every question for jobs is a range of the index, however many have ended.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::*;

/// How many jobs have ended long ago.
const FINISHED: u32 = 100_000;
/// The year 3000.
const LATE: i64 = 32_503_680_000_000_000;

/// What the database says of how it answers a text with these values.
async fn plan(database: &TestDatabase, text: &str, values: &[&str]) -> String {
    let fill = |text: String, (number, value): (usize, &&str)| text.replace(&format!("${number}"), value);
    let text = (1..).zip(values).fold(text.to_owned(), fill);
    let lines: Vec<String> = if database.url().starts_with("postgres") {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN {text}"))).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    } else {
        let mut connection: SqliteConnection =
            SqliteConnectOptions::new().filename(database.url()).connect().await.unwrap();
        let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
        let rows = sqlx::query(text).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.get("detail")).collect()
    };
    lines.join("\n")
}

async fn fill(database: &TestDatabase) {
    let columns = "\"id\", \"route\", \"state\", \"due_at\", \"attempts\", \"files\", \"created_at\", \"request\"";
    let insert = format!("INSERT INTO \"_pxt_jobs\" ({columns})");
    let text = if database.url().starts_with("postgres") {
        format!(
            "{insert} SELECT gen_random_uuid(), '/work', 'done', {LATE} + n, 1, 0, 0, '' \
             FROM generate_series(1, {FINISHED}) AS n; ANALYZE \"_pxt_jobs\""
        )
    } else {
        format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {FINISHED}) \
             {insert} SELECT randomblob(16), '/work', 'done', {LATE} + n, 1, 0, 0, '' FROM n"
        )
    };
    database.execute(&text).await.unwrap();
}

#[tokio::test]
async fn finished_jobs_slow_nothing() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    fill(&database).await;
    let (time, last) = ("1577836800000000", "253370764800000000");
    let is_postgres = database.url().starts_with("postgres");
    let id = if is_postgres { "'ffffffff-ffff-ffff-ffff-ffffffffffff'" } else { "x'ffffffffffffffffffffffffffffffff'" };
    let by_key = if is_postgres { "_pxt_jobs_pkey" } else { "USING PRIMARY KEY" };
    let due = "_pxt_jobs.due";
    let claim: &[&str] = &[time, id, last, "64", "64", "'/work'"];
    let texts: [(String, &[&str], &str); 7] = [
        (sql::old(JobState::Done), &[time], due),
        (sql::WAITING.to_owned(), &[], due),
        (sql::list(None, false), &["101", id], by_key),
        (sql::list(None, true), &["101", id, "'/work'"], by_key),
        (sql::list(Some(JobState::Done), false), &["101", id, "'done'", last], due),
        (sql::list(Some(JobState::Done), true), &["101", id, "'done'", last, "'/work'"], due),
        (sql::claim(&[1], node.jobs.0.records.store.skip_locked()), claim, due),
    ];
    for (text, values, index) in texts {
        let plan = plan(&database, &text, values).await;
        assert!(plan.contains(index), "{text}\n{plan}");
        // Those that are due at the same moment may be sorted.
        let sorts = plan.replace("USE TEMP B-TREE FOR LAST TERM OF ORDER BY", "").replace("Incremental Sort", "");
        // A claim sorts the few that it has found.
        let sorts = (sorts.contains("TEMP B-TREE") || sorts.contains("Sort  (")) && !text.starts_with("WITH");
        assert!(!plan.contains("Seq Scan") && !sorts, "{text}\n{plan}");
    }
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    assert_eq!(node.end(node.submit("1").await).await.state, JobState::Done);
}
