//! Typed queries as routes: pages, one row, files, groups, joins.

use pxt::testing::{Answer, TestService};
use pxt::{Image, Method, Query, Record, Routes, Select, Table, count, retrieval};
use serde_json::{Value, json};

use crate::schema::{NewPair, Pair, Poster, SCHEMA};
use crate::uploads::form;
use crate::{fields, problem};

/// Pairs of at least this value, the last notes first.
#[pxt::query]
fn worth(least: i64) -> Select<Pair> {
    Pair::select().filter(Pair::value.ge(least)).order_by(Pair::note.desc())
}

/// How many pairs there are by what stands left.
#[derive(Record)]
struct Group {
    left: String,
    pairs: i64,
    /// Of their values.
    mean: Option<f64>,
}

#[pxt::query]
fn groups(left: Option<String>) -> Select<Pair, Group> {
    let columns = (Pair::left, count(), Pair::value.avg());
    Pair::select().filter_if(left, |left| Pair::left.eq(left)).group_by(Pair::left).columns(columns).into()
}

/// Posters whose title stands left in a pair, with its value.
#[derive(Record)]
struct Priced {
    thumbnail: Image,
    value: i64,
}

#[pxt::query]
fn priced() -> Select<(Poster, Pair), Priced> {
    Poster::select().join(Poster::title.same_as(Pair::left)).columns((Poster::thumbnail, Pair::value)).into()
}

#[pxt::query]
fn still(title: String) -> Select<Poster, Option<Image>> {
    Poster::select().filter(Poster::title.eq(title)).only(Poster::still)
}

/// How large a picture is.
#[pxt::query]
async fn measured(picture: Image) -> pxt::Result<Vec<i64>> {
    let picture = picture.decode().await?;
    Ok(vec![picture.width().into(), picture.height().into()])
}

#[pxt::query]
fn counted(count: i64) -> Vec<i64> {
    (0..count).collect()
}

#[pxt::query]
async fn failing(how: String) -> pxt::Result<Vec<String>> {
    match how.as_str() {
        "publicly" => Err(pxt::Error::public(451, "not in this country")),
        "panic" => panic!("the password is hunter2"),
        _ => Err("the password is hunter2".parse::<i64>().expect_err("is no number").into()),
    }
}

async fn service() -> TestService {
    let declare = |routes: Routes| {
        routes
            .add_query_route(worth {}, Query::at("/worth").method(Method::Get).max_rows(7))
            .add_query_route(worth {}, Query::at("/worth").max_rows(7))
            .add_query_route("queries:groups", Query::at("/groups"))
            .add_query_route(priced {}, Query::at("/priced"))
            .add_query_route(still {}, Query::at("/still").method(Method::Get).return_fileresponse(true))
            .add_query_route(still {}, Query::at("/still").return_fileresponse(true))
            .add_query_route(measured {}, Query::at("/measured").uploadfile_inputs(["picture"]))
            .add_query_route(measured {}, Query::at("/measured/url"))
            .add_query_route(counted {}, Query::at("/counted").max_rows(3))
            .add_query_route(
                retrieval("pairs", ["left", "right"]),
                Query::at("/pair/lookup").method(Method::Get).one_row(true),
            )
            .add_query_route(failing {}, Query::at("/failing"))
    };
    TestService::of(&SCHEMA, |config| config, declare).await.expect("the routes are right")
}

async fn pairs(service: &TestService, count: i64) {
    for right in 0..count {
        let note = (right % 3 > 0).then(|| format!("{}", right % 5));
        let new = NewPair { left: format!("l{}", right % 2), right, value: right, note };
        Pair::insert(&service.app, new).await.expect("inserts");
    }
}

fn rights(answer: &Answer) -> Vec<i64> {
    let rows = answer.json()["rows"].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row["right"].as_i64()).collect()
}

/// The address in `Link: <?…>; rel="next"`, which holds for the path that was asked.
fn next(path: &str, answer: &Answer) -> Option<String> {
    let (address, rel) = answer.header("link").split_once('>')?;
    assert_eq!(rel, "; rel=\"next\"");
    assert!(address.starts_with("<?"), "{address}");
    Some(format!("{path}{}", address.trim_start_matches('<')))
}

#[tokio::test]
async fn pages_together_are_the_whole() {
    let service = service().await;
    pairs(&service, 40).await;
    let whole = Pair::select().filter(Pair::value.ge(3)).order_by(Pair::note.desc()).fetch(&service.app).await;
    let whole: Vec<i64> = whole.expect("is read").iter().map(|pair| pair.right).collect();
    assert_eq!(whole.len(), 37);

    let (mut by_get, mut address) = (Vec::new(), "/worth?least=3".to_owned());
    let mut pages = 0;
    loop {
        let answer = service.get(&address).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        by_get.extend(rights(&answer));
        pages += 1;
        match next("/worth", &answer) {
            Some(next) => address = next,
            None => break,
        }
    }
    assert_eq!((by_get, pages), (whole.clone(), 6));

    let (mut by_post, mut address) = (Vec::new(), "/worth".to_owned());
    loop {
        let answer = service.post(&address, &json!({"least": 3})).await;
        by_post.extend(rights(&answer));
        // A row that comes between two pages disturbs none that was answered.
        if by_post.len() == 7 {
            let new = NewPair { left: "x".into(), right: 100, value: 5, note: Some("9".into()) };
            Pair::insert(&service.app, new).await.expect("inserts");
        }
        match next("/worth", &answer) {
            Some(next) => address = next,
            None => break,
        }
    }
    assert_eq!(by_post, whole);
}

#[tokio::test]
async fn a_cursor_is_one_of_its_query() {
    let service = service().await;
    pairs(&service, 10).await;
    for wrong in ["x", "%00", "eyJ9", "AAAA"] {
        let body = problem(&service.get(&format!("/worth?least=0&cursor={wrong}")).await, 422, "invalid_input");
        assert_eq!(fields(&body, &["cursor"]), ["bad_cursor"]);
    }
    let first = service.get("/worth?least=0&cursor=").await;
    assert_eq!(rights(&first).len(), 7, "an empty one is none");
}

#[tokio::test]
async fn groups_are_objects_of_a_record() {
    let service = service().await;
    pairs(&service, 5).await;
    let answer = service.post("/groups", &json!({})).await;
    let wanted = json!([{"left": "l0", "pairs": 3, "mean": 2.0}, {"left": "l1", "pairs": 2, "mean": 2.0}]);
    assert_eq!(answer.json()["rows"], wanted);
    assert_eq!(service.post("/groups", &json!({"left": "l1"})).await.json()["rows"][0]["pairs"], 2);
    assert_eq!(service.post("/groups", &json!({"left": "nobody"})).await.json(), json!({"rows": []}));
}

#[tokio::test]
async fn files_of_joined_tables_are_reachable() {
    let service = service().await;
    service.upload("/posters", form("Alien")).await;
    let new = NewPair { left: "Alien".into(), right: 1, value: 9, note: None };
    Pair::insert(&service.app, new).await.expect("inserts");
    let rows = service.post("/priced", &json!({})).await.json();
    assert_eq!(rows["rows"][0]["value"], 9, "{rows}");
    let url = rows["rows"][0]["thumbnail"].as_str().expect("a URL").to_owned();
    assert_eq!(service.get(&url).await.header("content-type"), "image/png");
}

#[tokio::test]
async fn the_one_file_of_the_one_row() {
    let service = service().await;
    problem(&service.get("/still?title=Alien").await, 404, "row_not_found");
    service.upload("/posters", form("Alien")).await;
    problem(&service.get("/still?title=Alien").await, 404, "no_file");
    service.upload("/posters", form("Heat").file("still", "x.png", &crate::picture(8, 8, [1, 2, 3]))).await;
    let get = service.get("/still?title=Heat").await;
    assert_eq!((get.status.as_u16(), get.header("content-type")), (200, "image/png"));
    assert_eq!(get.header("cache-control"), "private, no-cache", "the address has another file tomorrow");
    let post = service.post("/still", &json!({"title": "Heat"})).await;
    assert_eq!((post.status.as_u16(), post.body), (200, get.body));
    service.upload("/posters", form("Heat")).await;
    problem(&service.get("/still?title=Heat").await, 409, "several_rows");
}

#[tokio::test]
async fn a_file_is_a_parameter_and_gone_afterwards() {
    let service = service().await;
    let form = pxt::testing::Form::new().file("picture", "x.png", &crate::picture(5, 4, [1, 2, 3]));
    assert_eq!(service.upload("/measured", form).await.json(), json!([5, 4]));
    assert_eq!(crate::files(&service), 0);
    let text = pxt::testing::Form::new().file("picture", "x.png", b"no picture");
    problem(&service.upload("/measured", text).await, 422, "invalid_input");
}

#[tokio::test]
async fn a_file_of_the_service_is_a_parameter_by_its_address() {
    let service = service().await;
    let poster = service.upload("/posters", form("Alien")).await.json();
    let answer = service.post("/measured/url", &json!({"picture": poster["thumbnail"]})).await;
    assert_eq!(answer.json(), json!([32, 24]), "{}", answer.text());
    let hidden = format!("/media/hidden/{}.png", "0".repeat(64));
    for wrong in [hidden.as_str(), "/media/films.posters/x.png", "https://example.com/x.png", "/etc/passwd"] {
        problem(&service.post("/measured/url", &json!({"picture": wrong})).await, 422, "invalid_input");
    }
    let still = service.get(poster["thumbnail"].as_str().expect("a URL")).await;
    assert_eq!(still.status, 200, "a file that was only named stays");
}

#[tokio::test]
async fn rows_that_a_function_makes_have_pages_too() {
    let service = service().await;
    let first = service.post("/counted", &json!({"count": 7})).await;
    assert_eq!(first.json(), json!([0, 1, 2]));
    let second = service.post(&next("/counted", &first).expect("there are more"), &json!({"count": 7})).await;
    assert_eq!(second.json(), json!([3, 4, 5]));
    let third = service.post(&next("/counted", &second).expect("there are more"), &json!({"count": 7})).await;
    assert_eq!((third.json(), third.header("link")), (json!([6]), ""));
    for wrong in ["x", "-1", "8"] {
        problem(&service.post(&format!("/counted?cursor={wrong}"), &json!({"count": 7})).await, 422, "invalid_input");
    }
}

#[tokio::test]
async fn a_lookup_tells_the_version_for_an_update() {
    let service = service().await;
    pairs(&service, 1).await;
    let found = service.get("/pair/lookup?left=l0&right=0").await;
    assert_eq!(found.header("etag"), "\"1\"");
    let update = |tag: String| {
        let request = axum::http::Request::post("/pair/update").header("content-type", "application/json");
        let body = json!({"left": "l0", "right": 0, "value": 5}).to_string();
        service.send(request.header("if-match", tag).body(body.into()).expect("a request"))
    };
    assert_eq!(update(found.header("etag").to_owned()).await.status, 200);
    problem(&update(found.header("etag").to_owned()).await, 412, "row_changed");
    let again = service.get("/pair/lookup?left=l0&right=0").await;
    assert_eq!(again.header("etag"), "\"2\"");
}

#[tokio::test]
async fn a_query_that_fails_says_what_it_means_to() {
    let service = service().await;
    let body = problem(&service.post("/failing", &json!({"how": "publicly"})).await, 451, "function_error");
    assert_eq!(body["detail"], "not in this country");
    for how in ["secretly", "panic"] {
        let answer = service.post("/failing", &json!({"how": how})).await;
        assert_eq!(answer.status, 500);
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
    }
    assert_eq!(service.post("/failing", &Value::Null).await.status, 422);
}
