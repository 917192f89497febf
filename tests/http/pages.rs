//! Pages that end by their bytes: the rows of selects and of lists, over all columns and by values.

use pxt::testing::{Answer, TestService};
use pxt::{Method, Query, Routes, Select, Table};
use serde_json::{Value, json};

/// The bytes of rows after which a page ends, in these tests.
const BYTES: usize = 100_000;

/// A long text.
#[derive(Table)]
#[table(name = "pages.texts")]
pub struct Text {
    #[column(primary_key, auto)]
    pub id: i64,
    pub rank: i64,
    pub text: String,
}

pxt::schema![Text];

#[pxt::query]
fn ranked(#[default(100)] limit: i64) -> Select<Text> {
    Text::select().order_by(Text::rank.desc()).limit(limit)
}

#[pxt::query]
fn texts() -> Select<Text, String> {
    Text::select().only(Text::text)
}

#[pxt::query]
fn made() -> Vec<String> {
    (0..30).map(|length| "m".repeat(length * 1000)).collect()
}

fn routes(routes: Routes) -> Routes {
    routes
        .without_attribute_routes()
        .add_query_route(ranked {}, Query::at("/ranked").method(Method::Get))
        .add_query_route(ranked {}, Query::at("/asked"))
        .add_query_route(texts {}, Query::at("/texts").method(Method::Get))
        .add_query_route(made {}, Query::at("/made").method(Method::Get).max_rows(20))
}

/// Forty rows: of small texts, and of four that are longer than a page.
async fn service() -> TestService {
    let configure = |mut config: pxt::Config| {
        config.max_page = BYTES as u64;
        config
    };
    let service = TestService::of(&SCHEMA, configure, routes).await.expect("the routes are right");
    for number in 0..40 {
        let length = if number % 11 == 3 { BYTES + 1 } else { 10_000 };
        Text::insert(&service.app, NewText { rank: number % 5, text: "t".repeat(length) }).await.expect("inserts");
    }
    service
}

/// The query of the next page.
fn next(answer: &Answer) -> Option<String> {
    let (address, rel) = answer.header("link").split_once('>')?;
    assert_eq!(rel, "; rel=\"next\"");
    Some(address.trim_start_matches('<').to_owned())
}

/// The rows of all pages; none is much larger than the bound and one row.
async fn all(service: &TestService, path: &str, query: &str) -> (Vec<Value>, Vec<usize>) {
    let (mut rows, mut sizes, mut query) = (Vec::new(), Vec::new(), query.to_owned());
    loop {
        let answer = service.get(&format!("{path}{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.body.len() < 2 * BYTES + 10_000, "{} bytes", answer.body.len());
        let body = answer.json();
        let found = body.get("rows").unwrap_or(&body).as_array().expect("a list").clone();
        assert!(!found.is_empty(), "a page has a row");
        sizes.push(answer.body.len());
        rows.extend(found);
        match next(&answer) {
            Some(further) => query = further,
            None => return (rows, sizes),
        }
    }
}

#[tokio::test]
async fn a_page_ends_by_its_bytes() {
    let service = service().await;
    // The second time it is known how large they are.
    for _ in 0..2 {
        let (rows, sizes) = all(&service, "/ranked", "").await;
        let ids: Vec<_> = rows.iter().map(|row| (-row["rank"].as_i64().unwrap_or(0), row["id"].as_i64())).collect();
        assert!(ids.len() == 40 && ids.is_sorted(), "{ids:?}");
        assert!(sizes.len() > 5 && sizes[..sizes.len() - 1].iter().all(|size| *size > BYTES), "{sizes:?}");
        // The query's own limit is one of all pages.
        assert_eq!(all(&service, "/ranked", "?limit=25").await.0.len(), 25);
        assert_eq!(all(&service, "/ranked", "?limit=1").await.1.len(), 1);
        let (texts, pages) = all(&service, "/texts", "").await;
        assert!(texts.len() == 40 && texts.iter().all(Value::is_string) && pages.len() > 5, "{pages:?}");
    }
    let first = service.post("/asked", &json!({"limit": 25})).await;
    let second = service.post(&format!("/asked{}", next(&first).expect("there is more")), &json!({"limit": 25})).await;
    let ids = |answer: &Answer| -> Vec<Value> {
        answer.json()["rows"].as_array().expect("rows").iter().map(|row| row["id"].clone()).collect()
    };
    let (rows, _) = all(&service, "/ranked", "?limit=25").await;
    let expected: Vec<_> = rows.iter().map(|row| row["id"].clone()).collect();
    let both = [ids(&first), ids(&second)].concat();
    assert_eq!(both, expected[..both.len()]);
}

#[tokio::test]
async fn a_list_that_a_function_makes_does_too() {
    let service = service().await;
    let (rows, sizes) = all(&service, "/made", "").await;
    let lengths: Vec<_> = rows.iter().filter_map(|row| Some(row.as_str()?.len())).collect();
    assert_eq!(lengths, (0..30).map(|length| length * 1000).collect::<Vec<_>>());
    assert!(sizes.len() >= 4, "{sizes:?}");
}
