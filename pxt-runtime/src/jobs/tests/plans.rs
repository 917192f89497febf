//! Every question for jobs is a range of the index, however many have ended.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::*;

/// How many jobs have ended long ago.
const FINISHED: u32 = 100_000;

/// What the database says of how it answers a text.
async fn plan(database: &TestDatabase, text: &str) -> String {
    let text = text.replace("$1", "'2020-01-01T00:00:00.000000Z'").replace("$2", "'/work'");
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
            "{insert} SELECT gen_random_uuid(), '/work', 'done', now() + interval '1 hour', 1, 0, now(), '' \
             FROM generate_series(1, {FINISHED}); ANALYZE \"_pxt_jobs\""
        )
    } else {
        let time = "'2999-01-01T00:00:00.000000Z'";
        format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {FINISHED}) \
             {insert} SELECT randomblob(16), '/work', 'done', {time}, 1, 0, {time}, '' FROM n"
        )
    };
    database.execute(&text).await.unwrap();
}

#[tokio::test]
async fn finished_jobs_slow_nothing() {
    let database = TestDatabase::new().await.unwrap();
    let node = Node::new(&database).await;
    fill(&database).await;
    let texts = [
        dispatch::due_text(JobState::Pending, 1, 16),
        dispatch::due_text(JobState::Running, 1, 16),
        clean::old_text(JobState::Done),
        queue::WAITING.to_owned(),
    ];
    for text in texts {
        let plan = plan(&database, &text).await;
        assert!(plan.contains("_pxt_jobs.due"), "{text}\n{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("TEMP B-TREE"), "{text}\n{plan}");
    }
    node.does("/work", |_, _| async { Ok("1".to_owned()) });
    assert_eq!(node.end(node.submit("1").await).await.state, JobState::Done);
}
