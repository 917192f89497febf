//! A million rows in one answer, and a page of large ones: the memory of the process does not grow with them. A test of its
//! own, so that nothing else runs in the process whose memory is measured.
#![cfg(target_os = "linux")]
#![allow(unreachable_pub, reason = "a test is no library")]

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt;
use pxt::testing::TestDatabase;
use pxt::{App, Method, Query, Select, Table};
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
        #[column(max_bytes = 4_000_000)]
        pub text: String,
    }

    pxt::schema![Line, Book];
}

use schema::{Book, Line, NewBook, NewLine, SCHEMA};

const ROWS: i64 = 1_000_000;
/// Far fewer than are read at once, of 2 MiB each.
const BOOKS: i64 = 40;

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

/// Writes the lines by one statement: a million inserts one by one would take minutes.
async fn fill(app: &App, database: &TestDatabase) {
    let new = NewLine { number: 0, text: "a line of some length, as lines are".into() };
    Line::insert(app, new).await.expect("inserts");
    let text = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO lines (number, text) SELECT i, 'a line of some length, as lines are' FROM n",
        ROWS - 1
    );
    database.execute(&text).await.expect("inserts");
    for number in 0..BOOKS {
        Book::insert(app, NewBook { number, text: "0".repeat(2 << 20) }).await.expect("inserts");
    }
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
    let database = TestDatabase::new().await.expect("a database");
    let mut config = database.config();
    // No answer ends before its rows do.
    config.max_page = u64::MAX;
    let app = App::open(config, &SCHEMA).await.expect("opens");
    fill(&app, &database).await;
    let routes = app.routes().add_query_route(all {}, Query::at("/all").method(Method::Get).max_rows(u64::MAX));
    let routes = routes.add_query_route(books {}, Query::at("/books").method(Method::Get).max_rows(100));
    let router = routes.router().expect("the routes are right");

    let (bytes, rows, grown) = read(&router, "/all").await;
    assert_eq!(rows as i64, ROWS);
    assert!(bytes > 50 << 20 && grown < 16 << 20, "{bytes} bytes were answered, and memory grew by {grown}");
    // The second time it is known that they are large.
    for most in [64 << 20, 32 << 20] {
        let (bytes, rows, grown) = read(&router, "/books").await;
        assert_eq!(rows as i64, BOOKS);
        assert!(bytes > 80 << 20 && grown < most, "{bytes} bytes were answered, and memory grew by {grown}");
    }
    app.close().await;
}
