//! The keys of a service file, and what each is for.

use super::settings::SETTINGS;
use super::shape::{Key, Keys, Of};

const fn key(name: &'static str, of: Of, doc: &'static str) -> Key {
    Key { name, of, doc, required: false }
}

const fn required(name: &'static str, of: Of, doc: &'static str) -> Key {
    Key { name, of, doc, required: true }
}

/// The whole file.
pub(super) const FILE: Keys = Keys { word: "a service file", list: file };

fn file() -> Vec<Key> {
    vec![
        key(
            "env_file",
            Of::Text,
            "A file of variables, `NAME=value` in each line; those of the environment stand above it.",
        ),
        key(
            "service",
            Of::OneOrMany(SERVICE, NAMED_SERVICE),
            "A service: one as `[service]`, or several as `[[service]]`.",
        ),
        key("routes", ROUTES, "The routes of the one `[service]`, which need not be written."),
        key("modules", Of::Names, "Modules that the one `[service]` needs."),
        key("table", Of::Tables(TABLE), "A table of this file."),
        key("database", Of::Table(DATABASE), "Where rows are kept."),
        key("media", Of::Table(MEDIA), "Where files are kept."),
        key("jobs", Of::Table(JOBS), "Background jobs."),
        key("export", Of::Table(EXPORT), "Writing answers to other databases, as routes have it by `export_sql`."),
        key("limits", Of::Table(LIMITS), "What requests may take."),
        key("log", Of::Table(LOG), "What is logged on standard error."),
    ]
}

fn section(name: &'static str) -> Vec<Key> {
    SETTINGS.iter().filter(|setting| setting.section == Some(name)).map(|setting| setting.key).collect()
}

const DATABASE: Keys = Keys { word: "`[database]`", list: || section("database") };
const MEDIA: Keys = Keys { word: "`[media]`", list: || section("media") };
const JOBS: Keys = Keys { word: "`[jobs]`", list: || section("jobs") };
const EXPORT: Keys = Keys { word: "`[export]`", list: || section("export") };
const LIMITS: Keys = Keys { word: "`[limits]`", list: || section("limits") };
const LOG: Keys = Keys {
    word: "`[log]`",
    list: || vec![key("filter", Of::Text, "What is logged: a level such as `info`, or `pxt_runtime=debug,info`.")],
};

/// Where a key belongs that stands at the top of the file, in a section or in a service, and is none of it.
pub(super) fn elsewhere(name: &str, here: Keys) -> Option<String> {
    let services = ("`[service]`", SERVICE);
    let sections = [DATABASE, MEDIA, JOBS, EXPORT, LIMITS, LOG].map(|keys| (keys.word, keys));
    let is_here =
        here.word == FILE.word || here.word == SERVICE.word || sections.iter().any(|(word, _)| *word == here.word);
    if !is_here {
        return None;
    }
    let has = |keys: Keys| (keys.list)().iter().any(|key| key.name == name);
    let places: Vec<_> = std::iter::once(services).chain(sections).filter(|(_, keys)| has(*keys)).collect();
    let words: Vec<_> = places.iter().map(|(word, _)| *word).collect();
    (!words.is_empty()).then(|| format!(": it belongs to {}", words.join(" or ")))
}

/// The one service of a file.
pub(super) const SERVICE: Keys = Keys { word: "a service", list: service };
/// One service of several.
pub(super) const NAMED_SERVICE: Keys = Keys {
    word: "a service",
    list: || {
        let mut keys = service();
        keys[0].required = true;
        keys
    },
};

fn service() -> Vec<Key> {
    let mut keys = vec![
        key("name", Of::Text, "What the service is called on the command line: `pxt serve NAME`."),
        key("title", Of::Text, "The title of the API documentation. Default: the name."),
        key("version", Of::Text, "The version of the API in its documentation. Default: `1.0.0`."),
        key("prefix", Of::Text, "What stands before the path of each route: empty, or a path such as `/api`."),
        key("host", Of::Text, "The address to bind. Default: `0.0.0.0`."),
        key("port", Of::Integer(0, 65_535), "The port to bind; 0 takes a free one. Default: 8000."),
        key("modules", Of::Names, "Modules of the program that have to be linked in, such as `myapp.queries`."),
        key(
            "attribute_routes",
            Of::Flag,
            "Whether the routes that attributes of the program declare are served as well. Default: true.",
        ),
        key("docs", Of::Flag, "Whether `/docs` and `/openapi.json` are served. Default: true."),
        key("media_tables", Of::Names, "Tables whose files are served though no route names them."),
    ];
    keys.extend(SETTINGS.iter().filter(|setting| setting.section.is_none()).map(|setting| setting.key));
    keys.push(key("routes", ROUTES, "The routes of the service."));
    keys
}

/// Routes, each with the keys of its type.
const ROUTES: Of = Of::Kinds("a route", ROUTE_KINDS);

/// The types of routes.
pub(super) const ROUTE_KINDS: &[(&str, Keys)] = &[
    ("insert", Keys { word: "an insert route", list: insert }),
    ("update", Keys { word: "an update route", list: update }),
    ("delete", Keys { word: "a delete route", list: delete }),
    ("query", Keys { word: "a query route", list: query }),
    ("compute", Keys { word: "a compute route", list: compute }),
];

const TYPE: Key =
    required("type", Of::Choice(&["insert", "update", "delete", "query", "compute"]), "What the route does.");
const PATH: Key = required("path", Of::Text, "The path, with its slash: `/generate`.");
const TABLE_NAME: Key = required("table", Of::Text, "The table: `films.posters` or `films/posters`.");
const UPLOADS: Key = key("uploadfile_inputs", Of::Names, "Media columns that arrive as files, in a multipart form.");
const OUTPUTS: Key = key("outputs", Of::Names, "The columns of the answer. Default: all.");
const RETURN_FILE: Key =
    key("return_fileresponse", Of::Flag, "Whether the one media column of the answer is answered as a file.");
const BACKGROUND: Key = key("background", Of::Flag, "Whether the answer is a job, which does the work later.");
const CONCURRENCY: Key =
    key("concurrency", Of::Integer(1, u32::MAX as i64), "How many of the route's jobs run at once on one node.");
const ROUTE_EXPORT: Key =
    key("export_sql", Of::Table(EXPORT_SQL), "A table of another database that each answer is written to.");

fn insert() -> Vec<Key> {
    let inputs = key("inputs", Of::Names, "The columns of the request. Default: all that are not computed.");
    vec![TYPE, PATH, TABLE_NAME, inputs, UPLOADS, OUTPUTS, RETURN_FILE, ROUTE_EXPORT, BACKGROUND, CONCURRENCY]
}

fn update() -> Vec<Key> {
    let inputs = key(
        "inputs",
        Of::Names,
        "The columns that a request may change. Default: all that are neither computed, nor key, nor media.",
    );
    vec![TYPE, PATH, TABLE_NAME, inputs, OUTPUTS, RETURN_FILE, ROUTE_EXPORT, BACKGROUND, CONCURRENCY]
}

fn delete() -> Vec<Key> {
    let by = key("match_columns", Of::Names, "The columns that rows are found by. Default: the primary key.");
    vec![TYPE, PATH, TABLE_NAME, by, BACKGROUND, CONCURRENCY]
}

fn compute() -> Vec<Key> {
    let inputs = key("inputs", Of::Names, "The columns of the request. Default: all that are not computed.");
    vec![TYPE, PATH, TABLE_NAME, inputs, UPLOADS, OUTPUTS, RETURN_FILE, BACKGROUND, CONCURRENCY]
}

fn query() -> Vec<Key> {
    vec![
        TYPE,
        PATH,
        key("query", Of::Text, "A function under `#[pxt::query]`: `myapp.queries.search` or `myapp.queries:search`."),
        key("table", Of::Text, "Instead of `query`: the table whose rows are answered, found by `match_columns`."),
        key("match_columns", Of::Names, "With `table`: the columns that rows are found by."),
        key(
            "sql",
            Of::Text,
            "Instead of `query`: a text that only reads, with its parameters as `:name`. A table is its full name in quotes.",
        ),
        key("parameters", Of::Map(&PARAMETER), "With `sql`: the parameters, each with its type."),
        key("columns", Of::Map(&Of::Text), "With `sql`: the types of columns that the database does not tell."),
        key("inputs", Of::Names, "The parameters of the request. Default: all of the query."),
        UPLOADS,
        key("one_row", Of::Flag, "Whether there has to be one row: 404 for none, 409 for several."),
        RETURN_FILE,
        key("method", Of::Choice(&["get", "post"]), "How clients ask. Default: `post`."),
        key("max_rows", Of::Integer(1, i64::MAX), "The most rows of one answer."),
        BACKGROUND,
        CONCURRENCY,
    ]
}

/// A parameter of an SQL text: its type alone, or a table.
const PARAMETER: Of = Of::Either(&Of::Text, &Of::Table(Keys { word: "a parameter", list: parameter }));

fn parameter() -> Vec<Key> {
    vec![
        required(
            "type",
            Of::Text,
            "What the parameter takes: `string`, `int`, `float?` and so on; with `?` behind it, or null.",
        ),
        key("default", Of::Literal, "What stands in where a request leaves the parameter out."),
    ]
}

const EXPORT_SQL: Keys = Keys {
    word: "`export_sql`",
    list: || {
        vec![
            required("db_connect", Of::Text, "The database: `postgresql://user:password@host/name`, say."),
            required("table", Of::Text, "The table, which is there already."),
            key("db_schema", Of::Text, "The schema of the table."),
            key("method", Of::Choice(&["insert", "update", "merge"]), "How a row is written. Default: `insert`."),
            key(
                "delivery",
                Of::Choice(&["request", "outbox"]),
                "When: before the request is answered, or later, as often as it takes. Default: `request`.",
            ),
        ]
    },
};

const TABLE: Keys = Keys {
    word: "a table",
    list: || {
        vec![
            required("name", Of::Text, "The table's full name: `films.posters`."),
            key("doc", Of::Text, "What the table is for."),
            key(
                "columns",
                Of::Map(&COLUMN),
                "The columns, in their order. Left out, they are those that the database has.",
            ),
            key(
                "adopt",
                Of::Flag,
                "Whether a table that the database has already, and pxt did not make, is taken over as it is.",
            ),
        ]
    },
};

/// Whether a table may have a key of this name.
pub(super) fn is_key_of_table(name: &str) -> bool {
    (TABLE.list)().iter().any(|key| key.name == name)
}

/// A column: its type alone, or a table.
const COLUMN: Of = Of::Either(&Of::Text, &Of::Table(Keys { word: "a column", list: column }));

fn column() -> Vec<Key> {
    vec![
        key(
            "type",
            Of::Text,
            "What the column holds: `string`, `int`, `image`, `array<f32, 512>` and so on; with `?` behind it, or null.",
        ),
        key("doc", Of::Text, "What the column is for."),
        key("primary_key", Of::Flag, "Whether it belongs to the primary key."),
        key("auto", Of::Flag, "Whether the database numbers it."),
        key(
            "default",
            Of::Literal,
            "What stands in where a request leaves the column out: a value, `uuid7`, `uuid4`, `now` or `today`.",
        ),
        key("max_bytes", Of::Size, "The longest value."),
        key(
            "computed",
            Of::Text,
            "The call that computes it: `image.thumbnail(image, 160)`. `pxt functions` lists the functions.",
        ),
        key(
            "on_error",
            Of::Choice(&["abort", "ignore"]),
            "What a failure of the call does: refuses the row, or leaves null.",
        ),
    ]
}
