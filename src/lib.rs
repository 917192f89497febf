#![doc = include_str!("../README.md")]
// docs.rs shows which item needs which feature.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cli")]
pub use pxt_runtime::Service;
#[cfg(feature = "cli")]
pub use pxt_runtime::cli;
pub use pxt_runtime::export::{
    Delivery, ExportConfig, ExportMethod, ExportRow, ExportSelection, ExportTarget, Exports, SqlExport,
};
pub use pxt_runtime::functions;
pub use pxt_runtime::jobs::{Job, JobState, JobsConfig};
#[cfg(feature = "images")]
pub use pxt_runtime::media::Image;
pub use pxt_runtime::media::{AnyMedia, Audio, Document, MediaError, MediaOptions, Video};
pub use pxt_runtime::route::{
    Compute, Delete, Insert, Method, Query, QueryName, Retrieval, Routes, SqlParameter, SqlQuery, TableName, Update,
    retrieval, sql,
};
pub use pxt_runtime::schema::{At, ColumnType, Element, Schema, Shape};
#[cfg(feature = "log")]
pub use pxt_runtime::service::LogLimit;
pub use pxt_runtime::service::serve;
#[cfg(feature = "testing")]
pub use pxt_runtime::testing;
pub use pxt_runtime::value::{Array, Binary, Json};
pub use pxt_runtime::{App, Config, Error, FieldError, Place, Progress, Result, cancelled, progress};

/// The versions of these crates whose types appear in tables and functions.
pub use {axum, jiff, schemars, serde_json, uuid};

pub use uuid::Uuid;

pub use pxt_runtime::app::Sql;
pub use pxt_runtime::query::{Column, Condition, Expression, Mixed, Order, count};

/// A table as a struct: one field a column. See [`macro@Table`] for the attributes.
pub use pxt_runtime::app::Table;

/// A query over tables: which rows, in which order, and what of them.
///
/// ```
/// # mod schema {
/// # use pxt::{Table, Uuid};
/// # #[derive(Table)]
/// # #[table(name = "films.posters")]
/// # pub struct Poster {
/// #     #[column(primary_key, default = Uuid::now_v7)]
/// #     pub id: Uuid,
/// #     pub title: String,
/// #     pub score: f64,
/// #     pub director: Option<Uuid>,
/// # }
/// # #[derive(Table)]
/// # pub struct Person {
/// #     #[column(primary_key, default = Uuid::now_v7)]
/// #     pub id: Uuid,
/// #     pub name: String,
/// # }
/// # pxt::schema![Poster, Person];
/// # }
/// use pxt::{App, Record, Select, Table, Uuid};
/// # use schema::{Person, Poster};
///
/// // Whole rows.
/// fn search(text: Option<String>, limit: i64) -> Select<Poster> {
///     Poster::select()
///         .filter(Poster::score.gt(0.5) | Poster::title.is_in(["Alien", "Blade Runner"]))
///         .filter_if(text, |text| Poster::title.contains(text))
///         .order_by(Poster::score.desc())
///         .limit(limit)
/// }
///
/// // Some columns of them, as a struct.
/// #[derive(Record)]
/// struct Hit {
///     title: String,
///     director: Option<String>,
/// }
///
/// fn credits() -> Select<(Poster, Option<Person>), Hit> {
///     Poster::select()
///         .left_join(Poster::director.same_as(Person::id))
///         .columns((Poster::title, Person::name.optional()))
///         .into::<Hit>()
/// }
///
/// // Aggregates, as a tuple.
/// async fn scores(app: &App) -> pxt::Result<Vec<(Option<Uuid>, i64, Option<f64>)>> {
///     Poster::select()
///         .group_by(Poster::director)
///         .columns((Poster::director, pxt::count(), Poster::score.avg().named("score")))
///         .order_by(pxt::count().desc())
///         .fetch(app)
///         .await
/// }
/// # fn main() {}
/// ```
///
/// The type names the tables, and what the rows are: `Select<Poster>` is whole rows of one table, `Select<(Poster, Option<Person>), Hit>`
/// records from a table and a left-joined one. So a column of a table that is not joined does not compile, nor does one that may
/// be null and is not read as an `Option`. A few mistakes are seen only when the query runs, which then fails with 500 and a text in
/// the log: two values of one name, a table that is joined twice, a column beside aggregates that is not grouped by, and a
/// [mixed](Condition::mixed) condition over a table that is not joined.
pub use pxt_runtime::query::Select;

/// A struct that the rows of a query become. See [`macro@Record`].
pub use pxt_runtime::query::Record;

/// Makes a struct one that the rows of a query become: [`Select::into`], [`Sql::fetch`].
///
/// ```
/// use pxt::{App, Image, Record};
///
/// /// A poster that was found.
/// #[derive(Record)]
/// struct Hit {
///     title: String,
///     image: Image,
/// }
///
/// async fn hits(app: &App, text: &str) -> pxt::Result<Vec<Hit>> {
///     app.sql(r#"SELECT title, image FROM "films.posters" WHERE title LIKE $1"#).bind(text).fetch().await
/// }
/// ```
///
/// The fields are of columns' types. They take the values that a typed query selects in order, and must have their types, which the
/// compiler checks; an SQL text's columns are found by name. In JSON the fields' names are the names, files are their URLs, and doc
/// comments are descriptions. `#[record(crate = path)]` names this crate under another name.
pub use pxt_macros::Record;

/// Makes a struct a table.
///
/// ```
/// # mod schema {
/// use pxt::{Image, Table, Uuid};
///
/// /// A film poster.
/// #[derive(Table)]
/// #[table(name = "films.posters")]
/// pub struct Poster {
///     #[column(primary_key, default = Uuid::now_v7)]
///     pub id: Uuid,
///     pub title: String,
///     pub image: Image,
///     #[column(computed = pxt::functions::image::thumbnail(image, 320))]
///     pub thumbnail: Image,
///     #[column(computed = pxt::functions::string::slug(title), on_error = ignore)]
///     pub slug: Option<String>,
/// }
///
/// pxt::schema![Poster];
/// # }
/// # fn main() {}
/// ```
///
/// `#[table(name = "…", crate = path)]`: the table's full name, parts joined by dots; the struct's name in snake case if left out.
///
/// `#[column(…)]` takes:
/// - `primary_key`: names the row; several fields make a key of several columns. `auto` beside it, on an `i64`, lets the
///   database number the rows.
/// - `default = path` or a literal: stands in when the caller leaves the column out. The function is called for each row.
/// - `computed = path(args…)`: a [`udf`] over columns and literals, run on every insert, and on every update of a column that it
///   follows from.
/// - `on_error = abort` (the default: the write is refused) or `ignore` (the column, an `Option`, becomes null, and the error is
///   recorded: [`Table::failures`]).
/// - `max_bytes = 280`: the most bytes of a text (UTF-8), of JSON (its shortest text) or of bytes, whether a request brings them, a
///   program or a function. Texts and JSON without it have [`Config::max_text`](crate::Config::max_text).
///
/// Beside the struct `Poster` it writes `NewPoster`, what a caller supplies, and `PosterChanges`, what a caller changes.
///
/// # Columns as constants
///
/// For queries it writes a constant for each column, in the name and with the visibility of the field: `Poster::title` is a
/// [`Column<Poster, String>`](Column), and `Poster::title.contains("Alien")` a [`Condition`]. See [`Select`] for what is made of them.
///
/// A method of the struct cannot have the name of a column. A column that is named like an operation of [`Table`], such as `get` or
/// `select`, goes before it: call the operation as `<Poster as Table>::get(…)`.
pub use pxt_macros::Table;

/// Lists the tables of an application, as `pub static SCHEMA`. Routes look for it at `crate::schema::SCHEMA`.
///
/// `pxt::schema![Poster, Film]`; with the crate under another name: `pxt::schema![crate = other; Poster]`.
pub use pxt_macros::schema;

/// Makes a function one that computed columns can call. The function itself stays as it is.
///
/// It may be sync or async, and return a value or a `Result` of it with an error that converts into [`Error`]. Arguments and
/// value are of columns' types; files arrive as [`Image`], [`Video`], [`Audio`], [`Document`] (or [`AnyMedia`], for all four), and a
/// function may return one, which is stored.
///
/// `#[udf(blocking, timeout = "10s", concurrency = 4, retries = 2)]`, all optional:
/// - `blocking`: a sync function runs off the threads that serve requests. One that takes files always does.
/// - `timeout`: an attempt that takes longer fails (504).
/// - `concurrency`: how many calls run at once in the process; others wait.
/// - `retries`: further attempts after a failure, with growing pauses; not after a panic or [`Error::public`] below 500.
///
/// A struct of the function's name carries its signature, in the namespace of types: a module of the same name beside it would
/// clash.
pub use pxt_macros::udf;

/// Makes a function the response to inserting a row: `POST` of the columns in `inputs`, 200 with the function's value.
///
/// ```
/// # mod schema {
/// # #[derive(pxt::Table)]
/// # #[table(name = "films.posters")]
/// # pub struct Poster {
/// #     #[column(primary_key, auto)]
/// #     pub id: i64,
/// #     pub title: String,
/// #     #[column(computed = pxt::functions::string::slug(title))]
/// #     pub slug: String,
/// # }
/// # pxt::schema![Poster];
/// # }
/// #[derive(serde::Serialize, schemars::JsonSchema)]
/// struct Created {
///     id: i64,
///     address: String,
/// }
///
/// #[pxt::insert_route(table = "films.posters", path = "/posters", inputs = ["title"], outputs = ["id", "slug"])]
/// fn created(id: i64, slug: String) -> Created {
///     Created { id, address: format!("/posters/{slug}") }
/// }
/// # fn main() {}
/// ```
///
/// - `table`: the table's name. Needed.
/// - `path`: default `/` and the function's name.
/// - `inputs`: the columns of the request. Default: all that a caller can supply.
/// - `uploadfile_inputs`: media columns that arrive as files; the request is a multipart form then.
/// - `outputs`: the columns that the function takes. Default: its parameters; written out, both must agree.
/// - `background`, or `background = true`: the answer is 202 with a job, which does the work later; see `docs/jobs.md`.
///   `concurrency = 4` beside it runs at most so many of the route's jobs at once on each node.
/// - `export_sql(db_connect = "${ANALYTICS}", table = "created")`: the fields of the function's value are written to a table of another
///   database too, which a start holds them against; the value is a struct then. Further, `db_schema = "public"`, `method` (`"insert"`,
///   `"update"` or `"merge"`) and `delivery` (`"request"` or `"outbox"`), as in [`SqlExport`]. Routes that store rows take it.
/// - `schema = path`: the module that holds `SCHEMA`, if not `crate::schema`. `crate = path`: this crate under another name.
///
/// The function may be async and may return a `Result`. It runs after the row is stored. Media columns arrive as URLs, `String`.
pub use pxt_macros::insert_route;

/// Makes a function the response to updating a row, found by its primary key; arguments as for [`insert_route`], without files.
///
/// Only the columns that the request names change, and the computed columns that follow from them. 404 when there is no such
/// row.
pub use pxt_macros::update_route;

/// Makes a function the response to computing a row that is not stored; arguments as for [`insert_route`], without `export_sql`.
pub use pxt_macros::compute_route;

/// Makes a function a query: it reads rows, and routes serve it ([`query_route`]).
///
/// ```
/// # mod schema {
/// # #[derive(pxt::Table)]
/// # #[table(name = "films.posters")]
/// # pub struct Poster {
/// #     #[column(primary_key)]
/// #     pub id: i64,
/// #     pub title: String,
/// # }
/// # pxt::schema![Poster];
/// # }
/// use pxt::Table;
///
/// #[derive(serde::Serialize, schemars::JsonSchema)]
/// struct Hit {
///     id: i64,
///     title: String,
/// }
///
/// /// The posters with these keys, or the first so many of them.
/// #[pxt::query]
/// async fn chosen(app: &pxt::App, ids: pxt::Json<Vec<i64>>, #[default(10)] most: i64) -> pxt::Result<Vec<Hit>> {
///     let mut hits = Vec::new();
///     for id in ids.0.into_iter().take(most.clamp(0, 100) as usize) {
///         if let Some(poster) = schema::Poster::get(app, id).await? {
///             hits.push(Hit { id: poster.id, title: poster.title });
///         }
///     }
///     Ok(hits)
/// }
/// # fn main() {}
/// ```
///
/// The function may be sync or async and may return a `Result`. Its value is a `pxt::Select<…>`, or a `Vec` of values that
/// implement `serde::Serialize` and `schemars::JsonSchema`. It borrows the application, if it needs it, as its first parameter;
/// the others are what a request supplies, of columns' types:
///
/// - A file arrives as [`Image`], [`Video`], [`Audio`], [`Document`].
/// - A parameter that is an `Option` may be left out or null: it is `None` then.
/// - `#[default(10)]` on a parameter stands in when a request leaves it out: a literal, or the name of a function without
///   parameters that makes the value, `#[default(Timestamp::now)]`. Before an `Option` it leaves `None` to those who send null.
/// - `cursor` is no parameter's name, since a request asks by it for the next page.
///
/// A sync function that takes files runs off the threads that serve requests. `#[query(crate = path)]` is for this crate under
/// another name.
///
/// A struct of the function's name carries the query, in the namespace of types, so that declarations in code name it as
/// `chosen {}`. Declarations in text name it by its path, `"my_crate::films::chosen"`, or by the end of it: `chosen`,
/// `films.chosen`, `films:chosen`.
pub use pxt_macros::query;

/// Makes a function a query, as [`macro@query`] does, and serves it: 200 with `{"rows": [{…}, …]}`.
///
/// ```
/// # mod schema {
/// # #[derive(pxt::Table)]
/// # pub struct Film {
/// #     pub title: String,
/// # }
/// # pxt::schema![Film];
/// # }
/// #[derive(serde::Serialize, schemars::JsonSchema)]
/// struct Word {
///     word: String,
///     letters: usize,
/// }
///
/// #[pxt::query_route(path = "/words", method = "get")]
/// fn words(text: String, #[default(1)] least: i64) -> Vec<Word> {
///     let words = text.split_whitespace().map(|word| Word { word: word.to_owned(), letters: word.chars().count() });
///     words.filter(|word| i64::try_from(word.letters).is_ok_and(|letters| letters >= least)).collect()
/// }
///
/// #[pxt::query_route(uploadfile_inputs = ["image"], one_row)]
/// async fn size(image: pxt::Image) -> pxt::Result<Vec<u64>> {
///     Ok(vec![image.size().await?])
/// }
/// # fn main() {}
/// ```
///
/// - `path`: default `/` and the function's name.
/// - `method`: `"post"` (the default) takes the parameters from the body, `"get"` from the query string.
/// - `inputs`: the parameters of the request. Default: all but those in `uploadfile_inputs`. One that is listed nowhere takes its
///   default or `None`.
/// - `uploadfile_inputs`: parameters that arrive as files; the request is a multipart form then. Other files arrive by URL.
/// - `one_row`, or `one_row = true`: the answer is the one row itself; 404 when there is none, 409 when there are several.
/// - `return_fileresponse`: the answer is the file in the one media column of the one row; 404 and 409 as for `one_row`.
/// - `background`, `concurrency = 4`: as for [`macro@insert_route`]. A GET route takes no HEAD then.
/// - `schema = path`: the module that holds `SCHEMA`, if not `crate::schema`. `crate = path`: this crate under another name.
///
/// A function may stand under several of these, and under [`macro@query`] beside them: it is one query with several routes.
pub use pxt_macros::query_route;

#[doc(hidden)]
pub use pxt_runtime::__private;

/// The guide, whose code blocks are tested.
#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from-handlers.md")]
pub mod coming_from_handlers {}

/// The page about background jobs, whose code blocks are tested.
#[cfg(doctest)]
#[doc = include_str!("../docs/jobs.md")]
pub mod background_jobs {}

/// The page about exports, whose code blocks are tested.
#[cfg(doctest)]
#[doc = include_str!("../docs/export.md")]
pub mod exports {}
