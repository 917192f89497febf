//! Typed queries and SQL texts, run from Rust.

use futures_util::{StreamExt, TryStreamExt};
use pxt::testing::TestService;
use pxt::{App, Condition, Image, Record, Select, Table, Uuid, count};
use serde_json::json;

use crate::schema::{Hidden, NewHidden, NewPair, NewPoster, Pair, Poster};
use crate::{picture, service};

/// Pairs `(left, right, value, note)`: three of `a`, two of `b`.
async fn pairs() -> TestService {
    let service = service().await;
    for (left, right, value, note) in [
        ("a", 1, 10, Some("x")),
        ("a", 2, 20, None),
        ("a", 3, 30, Some("100%")),
        ("b", 1, 5, None),
        ("b", 2, 7, Some("X")),
    ] {
        let new = NewPair { left: left.into(), right, value, note: note.map(Into::into) };
        Pair::insert(&service.app, new).await.expect("inserts");
    }
    service
}

async fn poster(app: &App, title: &str, color: [u8; 3]) -> Poster {
    let image = Image::from_bytes(picture(8, 8, color));
    let new = NewPoster { id: None, title: title.into(), note: None, stars: None, image, still: None };
    Poster::insert(app, new).await.expect("inserts")
}

async fn values(app: &App, condition: Condition<Pair>) -> Vec<i64> {
    let query = Pair::select().filter(condition).order_by(Pair::value.asc());
    query.only(Pair::value).fetch(app).await.expect("reads")
}

#[tokio::test]
async fn conditions_choose_rows() {
    let service = pairs().await;
    let app = &service.app;
    assert_eq!(values(app, Pair::left.eq("a")).await, [10, 20, 30]);
    assert_eq!(values(app, Pair::left.ne("a") | Pair::value.gt(20)).await, [5, 7, 30]);
    assert_eq!(values(app, Pair::value.ge(7) & Pair::value.lt(20)).await, [7, 10]);
    assert_eq!(values(app, Pair::value.le(5).or(Pair::right.is_in([3, 4]))).await, [5, 30]);
    assert_eq!(values(app, Pair::right.is_in([0; 0])).await, [0; 0]);
    assert_eq!(values(app, Pair::note.is_null()).await, [5, 20]);
    assert_eq!(values(app, Pair::note.is_not_null()).await, [7, 10, 30]);
    assert_eq!(values(app, Condition::all([])).await.len(), 5);
    assert_eq!(values(app, Condition::any([])).await.len(), 0);
    assert_eq!(values(app, Condition::any(["x", "X"].map(|note| Pair::note.eq(note)))).await, [7, 10]);
    // A comparison with a null is not true, nor is its opposite.
    assert_eq!(values(app, Pair::note.ne("x")).await, [7, 30]);
    assert_eq!(values(app, !Pair::note.eq("x")).await, [7, 30]);
}

#[tokio::test]
async fn texts_are_searched_letter_by_letter() {
    let service = pairs().await;
    let app = &service.app;
    assert_eq!(values(app, Pair::note.contains("%")).await, [30]);
    assert_eq!(values(app, Pair::note.contains("_")).await, [0; 0]);
    assert_eq!(values(app, Pair::note.starts_with("x")).await, [10]);
    assert_eq!(values(app, Pair::note.ends_with("00%")).await, [30]);
    assert_eq!(values(app, Pair::note.contains("")).await, [7, 10, 30]);
}

#[tokio::test]
async fn order_limit_and_offset() {
    let service = pairs().await;
    let app = &service.app;
    let query = || Pair::select().order_by(Pair::right.desc()).order_by(Pair::left.desc());
    let rows: Vec<(String, i64)> = query().columns((Pair::left, Pair::right)).fetch(app).await.expect("reads");
    let rows: Vec<_> = rows.iter().map(|(left, right)| (left.as_str(), *right)).collect();
    assert_eq!(rows, [("a", 3), ("b", 2), ("a", 2), ("b", 1), ("a", 1)]);
    let some: Vec<Pair> = query().offset(1).limit(2).fetch(app).await.expect("reads");
    assert_eq!(some.iter().map(|row| row.value).collect::<Vec<_>>(), [7, 20]);
    assert!(query().limit(-1).fetch(app).await.expect("reads").is_empty());
    // Nulls come first in a rising order.
    let notes: Vec<Option<String>> =
        Pair::select().order_by(Pair::note.asc()).only(Pair::note).fetch(app).await.expect("reads");
    assert_eq!(notes, [None, None, Some("100%".into()), Some("X".into()), Some("x".into())]);
}

#[tokio::test]
async fn the_only_row() {
    let service = pairs().await;
    let app = &service.app;
    let find = |left: &str, right: i64| Pair::select().filter(Pair::left.eq(left)).filter(Pair::right.ge(right));
    assert_eq!(find("a", 3).fetch_one(app).await.expect("is one").value, 30);
    assert_eq!(find("a", 3).fetch_optional(app).await.expect("is one").expect("is there").next, 31);
    assert!(find("c", 1).fetch_optional(app).await.expect("reads").is_none());
    let error = find("c", 1).fetch_one(app).await.err().expect("is none");
    assert_eq!((error.status(), error.code()), (404, "row_not_found"));
    for error in [find("a", 1).fetch_one(app).await.err(), find("a", 1).fetch_optional(app).await.err()] {
        assert_eq!(error.map(|error| (error.status(), error.code())), Some((409, "several_rows")));
    }
    // The query's own limit is kept.
    assert_eq!(find("a", 1).limit(1).fetch_one(app).await.expect("is one").value, 10);
}

#[tokio::test]
async fn rows_are_counted() {
    let service = pairs().await;
    let app = &service.app;
    let query = Pair::select().filter(Pair::left.eq("a")).order_by(Pair::value.desc());
    assert_eq!(query.count(app).await.expect("counts"), 3);
    assert_eq!(query.clone().limit(2).count(app).await.expect("counts"), 2);
    assert_eq!(query.clone().offset(2).limit(5).count(app).await.expect("counts"), 1);
    assert_eq!(query.offset(9).count(app).await.expect("counts"), 0);
    let groups = Pair::select().group_by(Pair::right).columns((Pair::right, count()));
    assert_eq!(groups.count(app).await.expect("counts"), 3);
    assert_eq!(Pair::select().only(count()).count(app).await.expect("counts"), 1);
}

#[tokio::test]
async fn aggregates_over_groups() {
    let service = pairs().await;
    let app = &service.app;
    let rows = Pair::select()
        .group_by(Pair::left)
        .order_by(count().desc())
        .columns((
            Pair::left,
            count(),
            Pair::note.count(),
            Pair::value.sum(),
            Pair::value.avg(),
            Pair::value.min(),
            Pair::note.max(),
        ))
        .fetch(app)
        .await
        .expect("reads");
    let a = ("a".into(), 3, 2, Some(60), Some(20.0), Some(10), Some("x".into()));
    assert_eq!(rows, [a, ("b".into(), 2, 1, Some(12), Some(6.0), Some(5), Some("X".into()))]);
    let none = Pair::select().filter(Pair::left.eq("c")).columns((count(), Pair::value.sum(), Pair::value.avg()));
    assert_eq!(none.fetch_one(app).await.expect("is one row"), (0, None, None));
}

/// A pair, and the next one that has its value as its second half.
#[derive(Debug, PartialEq, Record)]
struct Linked {
    left: String,
    image: Option<String>,
}

#[tokio::test]
async fn joins_find_partners() {
    let service = pairs().await;
    let app = &service.app;
    poster(app, "a", [1; 3]).await;
    let joined: Vec<(i64, String)> = Pair::select()
        .join(Pair::left.same_as(Poster::title))
        .filter(Poster::stars.eq(3))
        .order_by(Pair::value.desc())
        .columns((Pair::value, Poster::shout))
        .fetch(app)
        .await
        .expect("reads");
    assert_eq!(joined, [(30, "A".into()), (20, "A".into()), (10, "A".into())]);
    let left_joined: Vec<Linked> = Pair::select()
        .left_join(Pair::left.same_as(Poster::title))
        .filter(Poster::title.optional().is_null().mixed() | Pair::value.eq(20).mixed())
        .order_by(Pair::value.asc())
        .columns((Pair::left, Poster::line.optional()))
        .into::<Linked>()
        .fetch(app)
        .await
        .expect("reads");
    let linked = |left: &str, image: Option<&str>| Linked { left: left.into(), image: image.map(Into::into) };
    assert_eq!(left_joined, [linked("b", None), linked("b", None), linked("a", Some("A 3"))]);
    let whole = Pair::select().join(Pair::left.same_as(Poster::title)).fetch(app).await.expect("reads");
    assert_eq!(whole.iter().map(|row| row.value).sum::<i64>(), 60);
}

#[tokio::test]
async fn what_types_do_not_tell_is_said_in_the_log() {
    let service = pairs().await;
    let app = &service.app;
    let said = |error: Option<pxt::Error>| {
        let error = error.expect("is a mistake");
        assert_eq!((error.status(), error.code()), (500, "internal"));
        assert!(!error.to_string().contains("pair"), "clients cannot mend it: {error}");
        format!("{error:?}")
    };
    let mixed = Pair::select().filter(Poster::title.eq("a").mixed() | Pair::left.eq("a").mixed());
    let text = said(mixed.fetch(app).await.err());
    assert!(text.contains("table `films.posters` is not part of the select on `pairs`"), "{text}");
    let itself = Pair::select().join(Pair::value.same_as(Pair::right));
    let text = said(itself.fetch(app).await.err());
    assert!(text.contains("table `pairs` is joined twice"), "{text}");
    let loose = Pair::select().group_by(Pair::left).columns((Pair::value, count()));
    let text = said(loose.fetch(app).await.err());
    assert!(text.contains("`pairs.value` differs among the rows of a group"), "{text}");
    let twice = Pair::select().columns((Pair::left, Pair::left));
    let text = said(twice.fetch(app).await.err());
    assert!(text.contains("two values of a query over `pairs` are named `left`"), "{text}");
}

#[tokio::test]
async fn a_stream_reads_as_it_is_read() {
    let service = pairs().await;
    let first: Vec<Pair> = Pair::select().stream(&service.app).take(2).try_collect().await.expect("reads");
    assert_eq!(first.len(), 2);
    let all = Pair::select().only(Pair::value).stream(&service.app);
    let sum = all.try_fold(0, async |sum, value| Ok(sum + value)).await.expect("reads");
    assert_eq!(sum, 72);
    let twice = Pair::select().columns((Pair::left, Pair::left));
    let error = std::pin::pin!(twice.stream(&service.app)).next().await.expect("is an item").err();
    assert_eq!(error.map(|error| error.status()), Some(500));
}

#[derive(Record)]
struct Seen {
    title: String,
    image: Image,
    still: Option<Image>,
}

#[tokio::test]
async fn files_are_readable_and_know_their_address() {
    let configure = |config: pxt::Config| config.public_url("https://posters.example/");
    let service = TestService::with(&crate::schema::SCHEMA, configure).await.expect("starts");
    let app = &service.app;
    let stored = poster(app, "Alien", [7, 8, 9]).await;
    let url = format!("https://posters.example/media/{}", stored.image.key().expect("is stored"));
    assert_eq!(stored.image.url().as_ref(), Some(&url));
    let columns = (Poster::title, Poster::image, Poster::still);
    let typed = Poster::select().columns(columns).into::<Seen>().fetch_one(app).await.expect("is one");
    let text = app.sql(r#"SELECT * FROM "films.posters""#).fetch_one::<Seen>().await.expect("is one");
    let found = Poster::get(app, stored.id).await.expect("reads").expect("is there");
    for image in [&typed.image, &text.image, &found.image] {
        assert_eq!(image.bytes().await.expect("is readable"), picture(8, 8, [7, 8, 9]));
        assert_eq!(image.url().as_ref(), Some(&url));
        assert_eq!(serde_json::to_value(image).expect("is JSON"), json!(url));
    }
    assert_eq!((typed.title.as_str(), typed.still.is_none()), ("Alien", true));
    let thumbnail: Image = Poster::select().only(Poster::thumbnail).fetch_one(app).await.expect("is one");
    assert_eq!(thumbnail.decode().await.expect("is an image").width(), 8);
    assert_eq!(Image::from_bytes(picture(1, 1, [0; 3])).url(), None);
}

#[tokio::test]
async fn sql_texts_read_by_name() {
    #[derive(Debug, PartialEq, Record)]
    struct Row {
        r#value: i64,
        note: Option<String>,
    }
    let service = pairs().await;
    let app = &service.app;
    let rows: Vec<Row> = app
        .sql(r#"SELECT note, "left", value FROM pairs WHERE "left" = $1 AND value > $2 ORDER BY value"#)
        .bind("a")
        .bind(10)
        .fetch()
        .await
        .expect("reads");
    assert_eq!(rows, [Row { value: 20, note: None }, Row { value: 30, note: Some("100%".into()) }]);
    let pair = app.sql("SELECT * FROM pairs WHERE value = ?").bind(7).fetch_one::<Pair>().await.expect("is one");
    assert_eq!((pair.left.as_str(), pair.next), ("b", 8));
    let sums = app.sql(r#"SELECT sum(value) FROM pairs GROUP BY "left" ORDER BY "left""#).fetch_scalars::<i64>().await;
    assert_eq!(sums.expect("reads"), [60, 12]);
    let none = app.sql("SELECT value, note FROM pairs WHERE note IS NOT DISTINCT FROM $1 AND value = 1");
    let none = none.bind(None::<String>);
    assert_eq!(none.fetch_optional::<Row>().await.expect("reads"), None);
    let error = app.sql("SELECT value, note FROM pairs").fetch_one::<Row>().await.expect_err("are several");
    assert_eq!((error.status(), error.code()), (409, "several_rows"));
    let id = poster(app, "Alien", [1; 3]).await.id;
    let ids = app.sql(r#"SELECT id FROM "films.posters" WHERE id = $1"#).bind(id).fetch_scalars::<Uuid>().await;
    assert_eq!(ids.expect("reads"), [id]);
}

#[tokio::test]
async fn mistakes_in_sql_texts_are_for_the_log() {
    let service = pairs().await;
    let app = &service.app;
    let said = |error: Option<pxt::Error>| {
        let error = error.expect("is a mistake");
        assert_eq!((error.status(), error.code()), (500, "internal"));
        format!("{error:?}")
    };
    let null = said(app.sql("SELECT note FROM pairs").fetch_scalars::<String>().await.err());
    assert!(null.contains("the value of an SQL query is null in a row: read it as an `Option`"), "{null}");
    let null = said(app.sql(r#"SELECT "left" AS name, NULL AS image FROM pairs"#).fetch::<Hidden>().await.err());
    assert!(null.contains("column `image` of an SQL query is null"), "{null}");
    let missing = said(app.sql(r#"SELECT "left" FROM pairs"#).fetch::<Hidden>().await.err());
    assert!(missing.contains("`name`"), "{missing}");
    let several = said(app.sql(r#"SELECT "left", "right" FROM pairs"#).fetch_scalars::<String>().await.err());
    assert!(several.contains("select one"), "{several}");
    let write = said(app.sql("DELETE FROM pairs").fetch_scalars::<i64>().await.err());
    assert!(write.contains("does not read"), "{write}");
    assert_eq!(Pair::select().count(app).await.expect("counts"), 5);
}

/// What a struct's table is asked for in a struct's own terms: the type tells tables and rows.
fn hidden() -> Select<Hidden> {
    Hidden::select().order_by(Hidden::name.asc())
}

#[tokio::test]
async fn a_query_is_a_value() {
    let service = service().await;
    let query = hidden();
    for name in ["b", "a"] {
        let new = NewHidden { name: name.into(), image: Image::from_bytes(picture(2, 2, [5; 3])) };
        Hidden::insert(&service.app, new).await.expect("inserts");
    }
    let names = |rows: Vec<Hidden>| rows.into_iter().map(|row| row.name).collect::<Vec<_>>();
    assert_eq!(names(query.clone().fetch(&service.app).await.expect("reads")), ["a", "b"]);
    assert_eq!(names(query.limit(1).fetch(&service.app).await.expect("reads")), ["a"]);
}
