//! A million rows in one answer, and a page of large ones: the memory of the process does not grow with them. A test of its
//! own, so that nothing else runs in the process whose memory is measured.
#![cfg(target_os = "linux")]
#![allow(unreachable_pub, reason = "a test is no library")]

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use pxt::{App, Config, Method, Query, Select, Table};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tower::ServiceExt;

mod schema {
    /// A line.
    #[derive(pxt::Table)]
    #[table(name = "lines")]
    pub struct Line {
        #[column(primary_key)]
        pub number: i64,
        pub text: String,
    }

    /// A book.
    #[derive(pxt::Table)]
    #[table(name = "books")]
    pub struct Book {
        #[column(primary_key)]
        pub number: i64,
        pub text: String,
    }

    pxt::schema![Line, Book];
}

use schema::{Book, Line, NewLine, SCHEMA};

const ROWS: i64 = 1_000_000;
/// Far fewer than are read at once, of 2 MiB each.
const BOOKS: usize = 40;

/// All lines.
#[pxt::query]
fn all() -> Select<Line> {
    Line::select()
}

/// All books.
#[pxt::query]
fn books() -> Select<Book> {
    Book::select()
}

/// The memory that the process holds, in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: usize = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

/// Writes the lines and the books by a statement each: a million inserts one by one would take minutes.
async fn fill(app: &App, folder: &std::path::Path) {
    let new = NewLine { number: 0, text: "a line of some length, as lines are".into() };
    Line::insert(app, new).await.expect("inserts");
    let text = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO lines (number, text) SELECT i, 'a line of some length, as lines are' FROM n; \
         INSERT INTO books (number, text) SELECT number, hex(zeroblob(1048576)) FROM lines WHERE number < {BOOKS}",
        ROWS - 1
    );
    let options = SqliteConnectOptions::new().filename(folder.join("pxt.db"));
    let mut connection = options.connect().await.expect("connects");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await.expect("inserts");
    connection.close().await.expect("closes");
}

/// What an answer was: the number of its bytes, that of its rows, and how much the memory grew while it was read.
async fn read(router: &Router, path: &str) -> (usize, usize, usize) {
    let before = resident();
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("is infallible");
    assert_eq!(response.status(), 200);
    let (mut bytes, mut objects, mut most, mut last) = (0, 0, resident(), Vec::new());
    let mut body = response.into_body().into_data_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.expect("the rows do not break off");
        bytes += chunk.len();
        objects += chunk.iter().filter(|byte| **byte == b'{').count();
        most = most.max(resident());
        last = chunk[chunk.len().saturating_sub(64)..].to_vec();
    }
    assert!(last.ends_with(b"]}"), "{}", String::from_utf8_lossy(&last));
    // An object for each, and the whole.
    (bytes, objects - 1, most.saturating_sub(before))
}

#[tokio::test]
async fn any_answer_takes_flat_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::open(Config::in_folder(folder.path()), &SCHEMA).await.expect("opens");
    fill(&app, folder.path()).await;
    let routes = app.routes().add_query_route(all {}, Query::at("/all").method(Method::Get).max_rows(u64::MAX));
    let routes = routes.add_query_route(books {}, Query::at("/books").method(Method::Get).max_rows(100));
    let router = routes.router().expect("the routes are right");

    let (bytes, rows, grown) = read(&router, "/all").await;
    assert_eq!(rows as i64, ROWS);
    assert!(bytes > 50 << 20 && grown < 16 << 20, "{bytes} bytes were answered, and memory grew by {grown}");
    // The second time it is known that they are large.
    for most in [64 << 20, 32 << 20] {
        let (bytes, rows, grown) = read(&router, "/books").await;
        assert_eq!(rows, BOOKS);
        assert!(bytes > BOOKS << 21 && grown < most, "{bytes} bytes were answered, and memory grew by {grown}");
    }
    app.close().await;
}
