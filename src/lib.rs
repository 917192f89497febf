#![doc = include_str!("../README.md")]

pub use pxt_runtime::media::{AnyMedia, Audio, Document, Image, MediaError, Video};
pub use pxt_runtime::schema::Schema;
pub use pxt_runtime::service::serve;
pub use pxt_runtime::value::{Array, Binary, Json};
pub use pxt_runtime::{App, Config, Error, FieldError, Place, Result};
pub use pxt_runtime::{cli, functions, testing};

/// The versions of these crates whose types appear in tables and functions.
pub use {axum, jiff, schemars, serde_json, uuid};

pub use uuid::Uuid;

/// A table as a struct: one field a column. See [`macro@Table`] for the attributes.
pub use pxt_runtime::table::Table;

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
///
/// Beside the struct `Poster` it writes `NewPoster`, what a caller supplies, and `PosterChanges`, what a caller changes.
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
/// - `schema = path`: the module that holds `SCHEMA`, if not `crate::schema`. `crate = path`: this crate under another name.
///
/// The function may be async and may return a `Result`. It runs after the row is stored. Media columns arrive as URLs, `String`.
pub use pxt_macros::insert_route;

/// Makes a function the response to updating a row, found by its primary key; arguments as for [`insert_route`], without files.
///
/// Only the columns that the request names change, and the computed columns that follow from them. 404 when there is no such
/// row.
pub use pxt_macros::update_route;

/// Makes a function the response to computing a row that is not stored; arguments as for [`insert_route`].
pub use pxt_macros::compute_route;

#[doc(hidden)]
pub use pxt_runtime::__private;
