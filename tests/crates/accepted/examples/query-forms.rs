use pxt::__private::{QueryDef, QueryFunction, Rows};
use pxt::jiff::Timestamp;
use pxt::{App, Image, Json, Uuid};

mod schema {
    #[derive(pxt::Table)]
    pub struct Film {
        #[column(primary_key, auto)]
        pub id: i64,
        pub title: String,
    }

    pxt::schema![Film];
}

#[derive(serde::Serialize, pxt::schemars::JsonSchema)]
struct Row {
    title: String,
}

// A service has at least one route.
#[pxt::insert_route(table = "film")]
fn created(title: String) -> String {
    title
}

/// Doubles.
///
/// Twice.
#[pxt::query]
fn sync(number: i64) -> Vec<i64> {
    vec![number * 2]
}

#[pxt::query]
fn fallible(text: String) -> Result<Vec<i64>, std::num::ParseIntError> {
    Ok(vec![text.parse()?])
}

#[pxt::query]
async fn asynchronous(#[default("none")] text: String, #[default(-1)] number: i64) -> Vec<(String, i64)> {
    std::future::ready(vec![(text, number)]).await
}

#[pxt::query]
async fn film(app: &App, id: i64) -> pxt::Result<Vec<Row>> {
    let film = <schema::Film as pxt::Table>::get(app, id).await?;
    Ok(film.into_iter().map(|film| Row { title: film.title }).collect())
}

#[pxt::query]
fn tables(app: &pxt::App) -> Vec<&'static str> {
    app.schema().tables.iter().map(|table| table.name).collect()
}

mod inner {
    #[pxt::query]
    pub(crate) fn unused(_: &pxt::App, #[allow(unused_variables)] left: bool) -> Vec<i64> {
        Vec::new()
    }
}

fn list() -> Json<Vec<String>> {
    Json(vec!["a".to_owned()])
}

fn maybe() -> Option<f64> {
    Some(0.5)
}

#[pxt::query]
fn defaults(
    #[default(1)] number: Option<i64>,
    #[default(self::maybe)] float: Option<f64>,
    #[default(list)] mut list: Json<Vec<String>>,
    #[default(Uuid::nil)] id: Uuid,
    #[default(Timestamp::now)] time: Timestamp,
    #[default(true)] really: bool,
    nothing: Option<String>,
) -> Vec<String> {
    list.0.push(format!("{number:?} {float:?} {id} {really} {nothing:?} {}", time > Timestamp::UNIX_EPOCH));
    list.0
}

#[pxt::query]
fn size(image: Image) -> pxt::Result<Vec<u64>> {
    Ok(vec![image.blocking_size()?])
}

// Names that the expansions use themselves.
#[pxt::query]
fn arguments(value: i64, error: i64) -> pxt::Result<Vec<i64>> {
    Ok(vec![value, error])
}

#[pxt::query]
async fn r#match(app: &App, r#type: String) -> Vec<String> {
    let _ = app;
    vec![r#type]
}

type Count = Option<i64>;

#[pxt::query]
#[pxt::query]
fn twice(#[default(2)] count: Count) -> Vec<Count> {
    vec![count]
}

/// The rows of a query as JSON, with what a request would leave out taken from the defaults.
async fn rows(app: &App, query: &QueryDef, given: Vec<pxt::__private::Value>) -> String {
    let defaults = query.params.iter().skip(given.len());
    let defaults = defaults.map(|param| param.default.map_or(pxt::__private::Value::Null, pxt::__private::Make::make));
    let values = given.into_iter().chain(defaults).collect();
    let result = (query.call)(app.clone(), pxt::__private::Arguments::new(values)).await;
    let Ok(Rows::Made(rows)) = result else { panic!("`{}` makes no rows", query.name) };
    rows.into_iter().map(|row| String::from_utf8(row).unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    use pxt::__private::{ColumnValue, Value};

    assert_eq!(sync(1), [2], "the function stays callable");
    assert_eq!(asynchronous("a".to_owned(), 2).await, [("a".to_owned(), 2)]);

    let service = pxt::testing::TestService::new(&schema::SCHEMA).await.unwrap();
    let app = &service.app;
    let new = schema::NewFilm { title: "Nosferatu".to_owned() };
    let id = <schema::Film as pxt::Table>::insert(app, new).await.unwrap().id;

    let def = <sync as QueryFunction>::DEF;
    assert_eq!((def.name, def.doc), ("sync", "Doubles.\n\nTwice."));
    assert_eq!(def.module, module_path!());
    assert_eq!(<inner::unused as QueryFunction>::DEF.module, concat!(module_path!(), "::inner"));
    assert_eq!(rows(app, def, vec![Value::Int(21)]).await, "42");
    assert_eq!(rows(app, <fallible as QueryFunction>::DEF, vec![Value::String("7".to_owned())]).await, "7");
    assert_eq!(rows(app, <asynchronous as QueryFunction>::DEF, vec![]).await, r#"["none",-1]"#);
    assert_eq!(rows(app, <film as QueryFunction>::DEF, vec![Value::Int(id)]).await, r#"{"title":"Nosferatu"}"#);
    assert_eq!(rows(app, <tables as QueryFunction>::DEF, vec![]).await, r#""film""#);
    assert_eq!(rows(app, <inner::unused as QueryFunction>::DEF, vec![Value::Bool(true)]).await, "");
    let made = rows(app, <defaults as QueryFunction>::DEF, vec![]).await;
    assert_eq!(made, r#""a" "Some(1) Some(0.5) 00000000-0000-0000-0000-000000000000 true None true""#);
    let image = Image::from_bytes(vec![1, 2, 3]).into_value();
    assert_eq!(rows(app, <size as QueryFunction>::DEF, vec![image]).await, "3");
    assert_eq!(rows(app, <arguments as QueryFunction>::DEF, vec![Value::Int(1), Value::Int(2)]).await, "1 2");
    assert_eq!(rows(app, <r#match as QueryFunction>::DEF, vec![Value::String("a".to_owned())]).await, r#""a""#);
    assert_eq!(rows(app, <twice as QueryFunction>::DEF, vec![]).await, "2");

    let failed = (<fallible as QueryFunction>::DEF.call)(
        app.clone(),
        pxt::__private::Arguments::new(vec![Value::String("seven".to_owned())]),
    );
    assert!(failed.await.is_err(), "the function's own error comes through");

    let queries = pxt::__private::inventory::iter::<&'static QueryDef>.into_iter();
    let queries = queries.filter(|query| query.module.starts_with(module_path!()));
    let mut names: Vec<_> = queries.map(|query| query.name).collect();
    names.sort_unstable();
    let all = [
        "arguments",
        "asynchronous",
        "defaults",
        "fallible",
        "film",
        "match",
        "size",
        "sync",
        "tables",
        "twice",
        "unused",
    ];
    assert_eq!(names, all, "each is registered once");
}
