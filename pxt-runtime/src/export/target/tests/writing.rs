//! Rows as they are written: new ones, over others, in batches, twice.

use super::*;
use crate::export::target::table::ID_COLUMN;

const ALL: &str = "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL CHECK (n < 1000), \
    s varchar(20) DEFAULT 'none')";

fn body(id: i64, n: i64) -> String {
    format!(r#"{{"id": {id}, "n": {n}, "unasked": [1]}}"#)
}

async fn count(room: &Room) -> Vec<Option<String>> {
    let count = room.pick("CAST(count(*) AS text)", "count(*)::text", "CAST(count(*) AS CHAR)");
    room.texts(&format!("SELECT {count} FROM t")).await
}

fn is_ok(done: &[Result<(), Refused>]) -> String {
    done.iter().map(|done| if done.is_ok() { '+' } else { '-' }).collect()
}

#[tokio::test]
async fn inserts_updates_and_merges() {
    for room in rooms().await {
        room.execute(ALL).await;
        let insert = room.writer("t", &["id", "n"], ExportMethod::Insert).await;
        let update = room.writer("t", &["id", "n"], ExportMethod::Update).await;
        let merge = room.writer("t", &["n", "id"], ExportMethod::Merge).await;
        assert!(insert.key(&body(1, 1)).unwrap().is_none());
        let done = write(&room.target, &insert, &[body(1, 1), body(2, 2)]).await.unwrap();
        assert_eq!(is_ok(&done), "++");
        assert_eq!(room.rows("t", &["id", "n", "s"]).await, "1 1 none|2 2 none");
        // An update that changes nothing has found its row all the same.
        let done = write(&room.target, &update, &[body(1, 1), body(9, 9), body(2, 3)]).await.unwrap();
        assert_eq!(is_ok(&done), "+-+");
        let told = done[1].as_ref().unwrap_err().to_string();
        assert!(told.starts_with("no row of `") && told.ends_with("t` has this key"), "{told}");
        let done = write(&room.target, &update, &[body(9, 9)]).await.unwrap();
        assert_eq!(is_ok(&done), "-");
        assert_eq!(room.rows("t", &["id", "n"]).await, "1 1|2 3");
        let done = write(&room.target, &merge, &[body(2, 3), body(3, 4), body(1, 5)]).await.unwrap();
        assert_eq!(is_ok(&done), "+++");
        assert_eq!(room.rows("t", &["id", "n", "s"]).await, "1 5 none|2 3 none|3 4 none");
        assert!(write(&room.target, &merge, &[]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn two_rows_of_one_key_are_written_in_their_order() {
    for room in rooms().await {
        room.execute(ALL).await;
        for method in [ExportMethod::Merge, ExportMethod::Update] {
            let writer = room.writer("t", &["id", "n"], method).await;
            let bodies: Vec<_> = (0..120).map(|n| body(n % 7, n)).collect();
            let done = write(&room.target, &writer, &bodies).await.unwrap();
            assert_eq!(is_ok(&done), "+".repeat(120), "{:?} {method:?}", room.server);
            let wanted: Vec<_> =
                (0..7).map(|id| format!("{id} {}", (0..120).rfind(|n| n % 7 == id).unwrap())).collect();
            assert_eq!(room.rows("t", &["id", "n"]).await, wanted.join("|"));
            room.execute("UPDATE t SET n = 0").await;
        }
    }
}

#[tokio::test]
async fn keys_that_a_collation_takes_for_one_are_one_row() {
    for room in rooms().await {
        room.execute(room.pick(
            "CREATE TABLE t (k text COLLATE NOCASE PRIMARY KEY NOT NULL, n integer)",
            "CREATE EXTENSION citext; CREATE TABLE t (k citext PRIMARY KEY, n integer)",
            "CREATE TABLE t (k varchar(20) PRIMARY KEY, n integer)",
        ))
        .await;
        let bodies = [("Ada", 1), ("ada", 2), ("ADA", 3)].map(|(k, n)| format!(r#"{{"k": "{k}", "n": {n}}}"#));
        for method in [ExportMethod::Merge, ExportMethod::Update] {
            let writer = room.writer("t", &["k", "n"], method).await;
            assert_eq!(is_ok(&write(&room.target, &writer, &bodies).await.unwrap()), "+++", "{:?}", room.server);
            assert_eq!(room.rows("t", &["n"]).await, "3");
        }
    }
}

#[tokio::test]
async fn one_bad_row_among_many_is_the_only_one_that_is_refused() {
    for room in rooms().await {
        room.execute(ALL).await;
        for method in [ExportMethod::Insert, ExportMethod::Merge, ExportMethod::Update] {
            let writer = room.writer("t", &["id", "n"], method).await;
            let mut bodies: Vec<_> = (0..500).map(|id| body(id, id)).collect();
            bodies[250] = body(250, 5000);
            bodies[300] = r#"{"id": 300, "n": "a word"}"#.to_owned();
            bodies[301] = "no JSON".to_owned();
            let done = write(&room.target, &writer, &bodies).await.unwrap();
            let bad: Vec<_> = (0..500).filter(|at| done[*at].is_err()).collect();
            assert_eq!(bad, [250, 300, 301], "{:?} {method:?}", room.server);
            let told = |at: usize| done[at].as_ref().unwrap_err().to_string();
            assert!(told(250).contains("refuses the row: ") && !told(250).contains("5000"), "{}", told(250));
            assert_eq!(
                (told(300), told(301)),
                ("`n` is not an integer".to_owned(), "the answer is not a JSON object".to_owned())
            );
            assert_eq!(
                count(&room).await,
                [Some(if method == ExportMethod::Insert { "497" } else { "498" }.to_owned())]
            );
            if method == ExportMethod::Insert {
                room.execute("INSERT INTO t (id, n) VALUES (250, 1)").await;
            }
        }
    }
}

#[tokio::test]
async fn reasons_have_no_values_of_the_row() {
    for room in rooms().await {
        room.execute(
            "CREATE TABLE u (id integer PRIMARY KEY); \
             CREATE TABLE t (id integer PRIMARY KEY, name varchar(20) UNIQUE, n integer NOT NULL, \
             of integer, CONSTRAINT c CHECK (n < 900), FOREIGN KEY (of) REFERENCES u (id)); \
             INSERT INTO t (id, name, n) VALUES (1, 's3cret', 1)",
        )
        .await;
        let writer = room.writer("t", &["id", "name", "n", "of"], ExportMethod::Insert).await;
        for (body, words) in [
            (r#"{"id": 1, "name": "x", "n": 987}"#, ["987", "c"]),
            (r#"{"id": 31337, "name": "s3cret", "n": 1}"#, ["s3cret", "name"]),
            (r#"{"id": 31337, "name": "s3cretive", "n": null}"#, ["s3cret", "n"]),
            (r#"{"id": 31337, "name": "s3cretive", "n": 1, "of": 31337}"#, ["31337", "foreign key"]),
        ] {
            let done = write(&room.target, &writer, &[body.to_owned()]).await.unwrap();
            let told = done[0].as_ref().unwrap_err().to_string();
            let [secret, named] = words;
            let told_lower = told.to_lowercase();
            assert!(told_lower.contains("refuses the row: ") && told_lower.contains(named), "{told}");
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[tokio::test]
async fn a_row_that_arrives_twice_is_there_once_with_a_column_for_ids() {
    for room in rooms().await {
        let id = room.pick("text", "uuid", "binary(16)");
        room.execute(&format!(
            "CREATE TABLE t (n integer UNIQUE, {ID_COLUMN} {id} NOT NULL PRIMARY KEY); \
             CREATE TABLE p (n integer UNIQUE); \
             CREATE TABLE k (id integer PRIMARY KEY, n integer, {ID_COLUMN} {id} UNIQUE)"
        ))
        .await;
        let bodies: Vec<_> = (0..20).map(|n| format!(r#"{{"id": {n}, "n": {n}}}"#)).collect();
        let ids: Vec<_> = bodies.iter().map(|_| Uuid::new_v4()).collect();
        let (with, plain) = (
            room.writer("t", &["n"], ExportMethod::Insert).await,
            room.writer("p", &["n"], ExportMethod::Insert).await,
        );
        assert_eq!(is_ok(&write_as(&room.target, &with, &ids[..10], &bodies[..10]).await.unwrap()), "+".repeat(10));
        assert_eq!(is_ok(&write_as(&room.target, &with, &ids, &bodies).await.unwrap()), "+".repeat(20));
        // The same row by another id is another one.
        let done = write(&room.target, &with, &bodies[..2]).await.unwrap();
        assert_eq!(is_ok(&done), "--");
        assert_eq!(is_ok(&write_as(&room.target, &plain, &ids[..1], &bodies[..1]).await.unwrap()), "+");
        assert_eq!(is_ok(&write_as(&room.target, &plain, &ids[..1], &bodies[..1]).await.unwrap()), "-");
        assert_eq!(count(&room).await, [Some("20".to_owned())]);
        // Whoever writes over a row leaves the id of the last one.
        let merge = room.writer("k", &["id", "n"], ExportMethod::Merge).await;
        for _ in 0..2 {
            assert_eq!(is_ok(&write_as(&room.target, &merge, &ids[..2], &bodies[..2]).await.unwrap()), "++");
        }
        let update = room.writer("k", &["id", "n"], ExportMethod::Update).await;
        assert_eq!(is_ok(&write_as(&room.target, &update, &ids[2..3], &bodies[..1]).await.unwrap()), "+");
        let hex = room.pick(
            "lower(replace(_pxt_export_id, '-', ''))",
            "replace(_pxt_export_id::text, '-', '')",
            "LOWER(HEX(_pxt_export_id))",
        );
        let kept = room.texts(&format!("SELECT {hex} FROM k ORDER BY id")).await;
        assert_eq!(kept, [2, 1].map(|at| Some(ids[at].simple().to_string())));
    }
}

#[tokio::test]
async fn a_merge_goes_by_the_primary_key_alone() {
    for room in rooms().await {
        room.execute(
            "CREATE TABLE t (id integer PRIMARY KEY, n integer, code integer UNIQUE); INSERT INTO t VALUES (1, 1, \
             10), (2, 2, 20)",
        )
        .await;
        let writer = room.writer("t", &["id", "n", "code"], ExportMethod::Merge).await;
        let bodies =
            [(3, 30), (4, 10), (1, 11), (3, 31)].map(|(id, code)| format!(r#"{{"id": {id}, "n": 9, "code": {code}}}"#));
        let done = write(&room.target, &writer, &bodies).await.unwrap();
        assert_eq!(is_ok(&done), "+-++", "{:?}", room.server);
        assert_eq!(room.rows("t", &["id", "n", "code"]).await, "1 9 11|2 2 20|3 9 31");
    }
}

#[tokio::test]
async fn zero_is_a_number_also_where_the_database_gives_them() {
    for room in rooms().await {
        room.execute(room.pick(
            "CREATE TABLE t (id integer PRIMARY KEY, n integer)",
            "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n integer)",
            "CREATE TABLE t (id integer PRIMARY KEY AUTO_INCREMENT, n integer)",
        ))
        .await;
        let writer = room.writer("t", &["id", "n"], ExportMethod::Merge).await;
        assert_eq!(is_ok(&write(&room.target, &writer, &[body(0, 1), body(0, 2)]).await.unwrap()), "++");
        let writer = room.writer("t", &["n"], ExportMethod::Insert).await;
        assert_eq!(is_ok(&write(&room.target, &writer, &[body(5, 3)]).await.unwrap()), "+");
        assert_eq!(room.rows("t", &["id", "n"]).await, "0 2|1 3", "{:?}", room.server);
    }
}

#[tokio::test]
async fn many_write_at_once() {
    for room in rooms().await {
        room.execute(ALL).await;
        let writer = Arc::new(room.writer("t", &["id", "n"], ExportMethod::Merge).await);
        let tasks: Vec<_> = (0..12)
            .map(|task| {
                let (target, writer) = (room.target.clone(), writer.clone());
                tokio::spawn(async move {
                    let bodies: Vec<_> = (0..30).map(|at| body(task * 30 + at, at)).collect();
                    assert!(target.describe(None, "t").await.unwrap().is_some());
                    is_ok(&write(&target, &writer, &bodies).await.unwrap())
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), "+".repeat(30));
        }
        assert_eq!(room.rows("t", &["id"]).await.split('|').count(), 360);
        room.target.close().await;
        assert!(write(&room.target, &writer, &[body(1, 1)]).await.unwrap_err().0.contains("are closed"));
    }
}
