//! Query routes that are SQL texts: parameters, pages, files, and what the start refuses.

use pxt::testing::{Answer, Form, TestService};
use pxt::{ColumnType, Method, Query, Routes, Shape, SqlParameter, Table, sql};
use serde_json::json;

use crate::schema::{NewPair, Pair, SCHEMA};
use crate::{picture, problem};

const PAIRS: &str =
    "SELECT \"left\", \"right\", value, note FROM pairs WHERE value >= :least ORDER BY value, \"right\"";

fn get(path: &str) -> Query {
    Query::at(path).method(Method::Get)
}

fn routes(routes: Routes) -> Routes {
    let least = || SqlParameter::of(ColumnType::Int).default(3_i64);
    let named = "SELECT value, next FROM pairs WHERE note = :note OR (note IS NULL AND :note IS NULL) ORDER BY value";
    let tally = "SELECT note, count(*) AS \"number of\", max(value) AS most, max(value) AS plain FROM pairs GROUP BY note ORDER BY note";
    routes
        .without_attribute_routes()
        .add_insert_route("films.posters", pxt::Insert::at("/posters").inputs(["title"]).uploadfile_inputs(["image"]))
        .add_query_route(sql(PAIRS).parameter("least", least()), get("/pairs").max_rows(2))
        .add_query_route(sql(PAIRS).parameter("least", ColumnType::Int), Query::at("/asked").max_rows(2))
        .add_query_route(sql(PAIRS).parameter("least", least()), get("/only").one_row(true))
        .add_query_route(sql(named).parameter("note", SqlParameter::of(ColumnType::String).optional()), get("/named"))
        .add_query_route(
            sql(tally).column("most", ColumnType::Int).column("number of", Shape::of(ColumnType::Int)),
            get("/tally"),
        )
        .add_query_route(
            sql("SELECT p.*, p.id AS again FROM \"films.posters\" p WHERE id = :id").parameter("id", ColumnType::Uuid),
            get("/poster").one_row(true),
        )
        .add_query_route(
            sql("SELECT thumbnail FROM \"films.posters\" WHERE title = :title").parameter("title", ColumnType::String),
            get("/thumbnail").return_fileresponse(true),
        )
        .add_query_route(
            sql("SELECT value / :by AS n FROM pairs WHERE value < abs(:by)").parameter("by", ColumnType::Int),
            get("/divided"),
        )
        .add_query_route(sql(PAIRS).parameter("least", least()), Query::at("/later").background(true))
        .add_query_route(
            sql("SELECT max(value) AS most FROM pairs WHERE value < 0").column("most", ColumnType::Int),
            get("/never"),
        )
}

/// Six pairs, of the values 1 to 6.
async fn service() -> TestService {
    let service = TestService::of(&SCHEMA, |config| config, routes).await.expect("the routes are right");
    for value in 1..=6 {
        let note = ["x", "y'; DROP TABLE pairs; --"].get(value as usize % 3).map(|note| (*note).to_owned());
        let pair = NewPair { left: format!("l{value}"), right: value, value, note };
        Pair::insert(&service.app, pair).await.expect("inserts");
    }
    service
}

fn values(answer: &Answer) -> Vec<i64> {
    let body = answer.json();
    let rows = body["rows"].as_array().unwrap_or_else(|| panic!("no rows: {}", answer.text()));
    rows.iter().filter_map(|row| row["value"].as_i64()).collect()
}

/// The query of the next page.
fn next(answer: &Answer) -> Option<String> {
    let link = answer.header("link").strip_suffix(">; rel=\"next\"")?;
    Some(link.strip_prefix('<').expect("an address").to_owned())
}

#[tokio::test]
async fn parameters_are_read_as_fields() {
    let service = service().await;
    assert_eq!(values(&service.get("/pairs?least=5").await), [5, 6]);
    assert_eq!(values(&service.get("/pairs").await), [3, 4], "the default");
    assert_eq!(values(&service.post("/asked", &json!({"least": 6})).await), [6]);
    let row = service.get("/pairs?least=6").await.json()["rows"][0].clone();
    assert_eq!(row, json!({"left": "l6", "right": 6, "value": 6, "note": "x"}));
    for path in ["/pairs?least=x", "/pairs?least=1.5", "/pairs?least=", "/pairs?least=99999999999999999999"] {
        problem(&service.get(path).await, 422, "invalid_input");
    }
    let answer = service.post("/asked", &json!({"leest": 1})).await;
    problem(&answer, 422, "invalid_input");
    assert!(answer.text().contains("did you mean") && answer.text().contains("least"), "{}", answer.text());
    for least in [json!("1"), json!(null), json!([1])] {
        problem(&service.post("/asked", &json!({ "least": least })).await, 422, "invalid_input");
    }
    // Null, said and left out.
    assert_eq!(values(&service.get("/named").await), [2, 5]);
    assert_eq!(values(&service.get("/named?note=x").await), [3, 6]);
}

#[tokio::test]
async fn values_are_no_part_of_the_text() {
    let service = service().await;
    let hostile = "y'; DROP TABLE pairs; --";
    let encoded = hostile.replace(' ', "%20").replace(';', "%3B").replace('\'', "%27");
    assert_eq!(values(&service.get(&format!("/named?note={encoded}")).await), [1, 4]);
    for note in ["' OR 1=1 --", ":note", "$1", "\") OR TRUE", "/*"] {
        let note: String = note.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(values(&service.get(&format!("/named?note={note}")).await), [0_i64; 0], "{note}");
    }
    for cursor in ["1%20OR%201=1", "-1", "x", "1;", "99999999999999999999", "+1"] {
        problem(&service.get(&format!("/pairs?cursor={cursor}")).await, 422, "invalid_input");
    }
    assert_eq!(service.get("/tally").await.json()["rows"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn pages_lead_to_one_another() {
    let service = service().await;
    for path in ["/pairs?least=2", "/pairs"] {
        let (mut path, mut seen) = (path.to_owned(), Vec::new());
        loop {
            let answer = service.get(&path).await;
            seen.extend(values(&answer));
            let Some(query) = next(&answer) else { break };
            path = format!("/pairs{query}");
        }
        assert!(seen == [2, 3, 4, 5, 6] || seen == [3, 4, 5, 6], "{seen:?}");
    }
    let first = service.post("/asked", &json!({"least": 1})).await;
    let second = service.post(&format!("/asked{}", next(&first).expect("more")), &json!({"least": 1})).await;
    assert_eq!((values(&first), values(&second)), (vec![1, 2], vec![3, 4]));
    // Behind the end.
    let behind = service.get("/pairs?cursor=100").await;
    assert_eq!((values(&behind).len(), next(&behind)), (0, None));
}

#[tokio::test]
async fn pages_end_by_their_bytes() {
    let configure = |mut config: pxt::Config| {
        config.max_page = 3000;
        config
    };
    let text = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2000) \
                SELECT value, 'row ' || CAST(value AS text) AS text FROM n ORDER BY value";
    let declare = |routes: Routes| {
        let text = sql(text).column("value", ColumnType::Int).column("text", ColumnType::String);
        routes.without_attribute_routes().add_query_route(text, get("/numbers").max_rows(5000))
    };
    let service = TestService::of(&SCHEMA, configure, declare).await.expect("the routes are right");
    let (mut path, mut seen, mut pages) = ("/numbers".to_owned(), Vec::new(), 0);
    loop {
        let answer = service.get(&path).await;
        assert!(answer.body.len() < 6000, "{}", answer.body.len());
        seen.extend(values(&answer));
        pages += 1;
        let Some(query) = next(&answer) else { break };
        path = format!("/numbers{query}");
    }
    assert_eq!(seen, (1..=2000).collect::<Vec<i64>>());
    assert!(pages > 10, "{pages}");
}

#[tokio::test]
async fn one_row_is_there_once() {
    let service = service().await;
    assert_eq!(service.get("/only?least=6").await.json()["left"], "l6");
    problem(&service.get("/only?least=7").await, 404, "row_not_found");
    problem(&service.get("/only?least=5").await, 409, "several_rows");
}

#[tokio::test]
async fn columns_of_tables_are_answered_as_they_are() {
    let service = service().await;
    let form = Form::new().text("title", "Alien").file("image", "a.png", &picture(64, 16, [1, 2, 3]));
    let stored = service.upload("/posters", form).await.json();
    let id = stored["id"].as_str().expect("a UUID");
    let row = service.get(&format!("/poster?id={id}")).await.json();
    assert_eq!(row["again"], id);
    for (name, value) in stored.as_object().expect("a row") {
        assert_eq!(row[name], *value, "{name}");
    }
    assert_eq!(row.as_object().map(serde_json::Map::len), Some(12), "no column of pxt's own: {row}");
    let url = row["thumbnail"].as_str().expect("a URL");
    let file = service.get(url).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "image/png"));
    let same = service.get("/thumbnail?title=Alien").await;
    assert_eq!((same.header("content-type"), &same.body), ("image/png", &file.body));
    problem(&service.get("/thumbnail?title=Aliens").await, 404, "row_not_found");
}

#[tokio::test]
async fn what_cannot_be_computed_is_the_clients_or_ours() {
    let service = service().await;
    // The smallest number has no absolute value.
    problem(&service.get(&format!("/divided?by={}", i64::MIN)).await, 422, "unfit_values");
    // The text declares what is not so.
    let answer = service.get("/never").await;
    problem(&answer, 500, "internal");
    assert!(!answer.text().contains("most"), "{}", answer.text());
}

#[tokio::test]
async fn a_job_answers_the_same() {
    let service = service().await;
    let job = service.post("/later", &json!({"least": 5})).await;
    assert_eq!(job.status, 202, "{}", job.text());
    let url = job.json()["job_url"].as_str().expect("a URL").to_owned();
    for _ in 0..100 {
        let answer = service.get(&url).await.json();
        if answer["status"] == "done" {
            assert_eq!(answer["result"]["rows"][1]["value"], 6);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the job did not end: {}", service.get(&url).await.text());
}

#[tokio::test]
async fn the_document_tells_parameters_and_columns() {
    let service = service().await;
    let document = service.get("/openapi.json").await.json();
    let pairs = &document["paths"]["/pairs"]["get"];
    let least = pairs["parameters"].as_array().and_then(|list| list.iter().find(|one| one["name"] == "least"));
    let least = least.expect("the parameter");
    assert_eq!((&least["schema"]["type"], &least["schema"]["default"]), (&json!("integer"), &json!(3)), "{least}");
    assert_ne!(least["required"], true);
    let row = &pairs["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["rows"]["items"];
    let ty = |name: &str| row["properties"][name]["type"].clone();
    assert_eq!((ty("left"), ty("value"), ty("note")), (json!("string"), json!("integer"), json!(["string", "null"])));
    assert_eq!(row["required"], json!(["left", "right", "value", "note"]));
    let poster = &document["paths"]["/poster"]["get"];
    let columns = &poster["responses"]["200"]["content"]["application/json"]["schema"]["properties"];
    assert_eq!(columns["image"]["contentMediaType"], "image/*");
    assert_eq!(columns["again"]["format"], "uuid");
    assert_eq!(poster["summary"], "The row of films.posters by id");
}

/// What the start says of these routes.
async fn refused(declare: impl FnOnce(Routes) -> Routes) -> String {
    let declare = |routes: Routes| declare(routes.without_attribute_routes());
    match TestService::of(&SCHEMA, |config| config, declare).await {
        Ok(_) => panic!("the routes are taken"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn every_mistake_of_every_text_is_told_at_once() {
    let image = SqlParameter::of(ColumnType::Image);
    let told = refused(|routes| {
        routes
            .add_query_route(sql("DELETE FROM pairs"), Query::at("/a"))
            .add_query_route(
                sql("SELECT value\nFROM pairs WHERE value > :leest").parameter("least", ColumnType::Int),
                Query::at("/b"),
            )
            .add_query_route(sql("SELECT valeu FROM pairs"), Query::at("/c"))
            .add_query_route(
                sql("SELECT value, value + 1 FROM pairs").column("vallue", ColumnType::Int),
                Query::at("/d"),
            )
            .add_query_route(
                sql("SELECT :x AS x").parameter("x", SqlParameter::of(ColumnType::Int).default("y")),
                Query::at("/e"),
            )
            .add_query_route(sql("SELECT :f AS f").parameter("f", image), Query::at("/f"))
            .add_query_route(sql("SELECT title FROM \"films.posters\""), get("/g").return_fileresponse(true))
            .add_query_route(sql("SELECT 1 AS one WHERE :cursor = 1").parameter("cursor", ColumnType::Int), get("/h"))
            .add_query_route(sql("SELECT 1 AS one"), get("/i").inputs(["one"]))
    })
    .await;
    for words in [
        "POST /a (query by SQL, tests/http/sql.rs:",
        "the SQL text does not read: begin it with `SELECT`, `WITH` or `VALUES` (line 1, column 1 of the text)",
        "`:leest` is no declared parameter; did you mean `least`? (line 2, column 26 of the text)",
        "valeu",
        "(line 1, column 8 of the text)",
        "column 2 of the SQL text has no name: write `AS name` behind it",
        "the column `vallue` is declared, and the SQL text does not answer it; did you mean `value`?",
        "the default of the parameter `x` is no int",
        "the parameter `f` is image, and rows are not found by files",
        "there are 0: select one",
        "the parameter `cursor` says where a page of rows begins: rename it",
        "`inputs` names `one`, which is no parameter of the query",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
}

#[tokio::test]
async fn a_router_needs_prepared_texts() {
    let service = service().await;
    let routes = service.app.routes().without_attribute_routes().add_query_route(sql("SELECT 1 AS one"), get("/one"));
    let error = routes.router().expect_err("nobody asked the database").to_string();
    assert!(error.contains("GET /one (query by SQL)") && error.contains("write `.prepare().await?`"), "{error}");
    assert!(routes.prepare().await.expect("the database answers").router().is_ok());
}
