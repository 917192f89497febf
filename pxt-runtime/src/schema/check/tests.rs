use super::declared::*;
use super::query::*;
use super::*;
use crate::schema::{At, Code, Computed, OnError, Param, Signature, Spelling, fnv1a};

const AT: At = At { file: "schema.rs", line: 1 };

const fn column(name: &'static str, ty: ColumnType) -> ColumnDef {
    ColumnDef {
        name,
        hash: fnv1a(name),
        doc: "",
        ty,
        nullable: false,
        primary_key: false,
        auto: false,
        default: false,
        max_bytes: None,
        computed: None,
    }
}

static POSTERS: TableDef = TableDef {
    name: "films.posters",
    hash: fnv1a("films.posters"),
    doc: "",
    columns: &[
        ColumnDef { primary_key: true, default: true, ..column("id", ColumnType::Uuid) },
        column("title", ColumnType::String),
        column("image", ColumnType::Image),
        ColumnDef { nullable: true, ..column("still", ColumnType::Image) },
        ColumnDef { nullable: true, ..column("note", ColumnType::String) },
        ColumnDef {
            computed: Some(Computed { call: "score(title)", reads: &[1], on_error: OnError::Abort }),
            ..column("score", ColumnType::Float)
        },
    ],
    incomplete: false,
    at: AT,
    module: module_path!(),
    code: Code(&()),
};
static LOG: TableDef = TableDef {
    name: "log",
    hash: fnv1a("log"),
    doc: "",
    columns: &[column("line", ColumnType::String)],
    incomplete: false,
    at: AT,
    module: module_path!(),
    code: Code(&()),
};
static SCHEMA: Schema = Schema { tables: &[&POSTERS, &LOG] };

fn text(finding: Finding) -> String {
    finding.map_or_else(String::new, |message| message.as_str().to_owned())
}

fn table(name: &str) -> String {
    text(judge_table(&SCHEMA, find_table(&SCHEMA, name, fnv1a(name)), name))
}

fn parameter(name: &str, shape: Shape, written: &str) -> String {
    text(judge_type(Some(&POSTERS), find_column(Some(&POSTERS), name, fnv1a(name)), shape, written))
}

fn input(kind: Kind, name: &str) -> String {
    text(judge_input(Some(&POSTERS), kind, name, fnv1a(name)))
}

#[test]
fn tables() {
    assert_eq!(table("films.posters"), "");
    assert_eq!(table("films.postrs"), "no table `films.postrs` in the schema; did you mean `films.posters`?");
    assert_eq!(table("people"), "no table `people` in the schema; it has `films.posters`, `log`");
}

#[test]
fn columns() {
    let judge = |name: &str| text(judge_column(Some(&POSTERS), find_column(Some(&POSTERS), name, fnv1a(name)), name));
    assert_eq!(judge("title"), "");
    assert_eq!(judge("titel"), "table `films.posters` has no column `titel`; did you mean `title`?");
    assert_eq!(
        judge("length"),
        "table `films.posters` has no column `length`; it has `id`, `title`, `image`, `still`, `note`, `score`"
    );
    assert_eq!(text(judge_column(None, None, "anything")), "", "silent when the table is missing");
}

#[test]
fn types() {
    let string = Shape::of(ColumnType::String);
    assert_eq!(parameter("title", string, "String"), "");
    assert_eq!(parameter("title", string.optional(), "Option<String>"), "", "a supertype is allowed");
    assert_eq!(
        parameter("score", Shape::NONE, "f32"),
        "column `films.posters.score` is float: take it as `f64`, not `f32`"
    );
    assert_eq!(
        parameter("note", string, "String"),
        "column `films.posters.note` is nullable text: take it as `Option<String>`, not `String`"
    );
    assert_eq!(
        parameter("image", Shape::of(ColumnType::Image), "Image"),
        "column `films.posters.image` is image, which arrives as a URL: take it as `String`, not `Image`"
    );
    assert_eq!(
        parameter("still", string, "String"),
        "column `films.posters.still` is nullable image, which arrives as a URL: take it as `Option<String>`, not `String`"
    );
}

#[test]
fn inputs() {
    assert_eq!(input(Kind::Insert, "title"), "");
    assert_eq!(input(Kind::Insert, "image"), "");
    assert_eq!(input(Kind::Insert, "score"), "column `films.posters.score` is computed: remove it from the inputs");
    assert_eq!(
        input(Kind::Update, "id"),
        "column `films.posters.id` is the primary key, which every request of an update carries: remove it from `inputs`"
    );
    assert_eq!(
        input(Kind::Update, "image"),
        "column `films.posters.image` is media, which an update cannot change: remove it from `inputs`"
    );
    assert_eq!(
        text(judge_upload(Some(&POSTERS), Kind::Insert, "title", fnv1a("title"))),
        "column `films.posters.title` is text, and only media columns are uploaded: list it in `inputs`"
    );
}

#[test]
fn inputs_cover_what_is_required() {
    assert_eq!(text(judge_cover(Some(&POSTERS), &["title", "image"])), "");
    assert_eq!(
        text(judge_cover(Some(&POSTERS), &["title"])),
        "column `films.posters.image` is required: add it to `uploadfile_inputs` or `inputs`"
    );
    assert_eq!(
        text(judge_cover(Some(&POSTERS), &[])),
        "columns `title`, `image` of `films.posters` are required: add them to the inputs"
    );
    assert_eq!(
        text(judge_cover(Some(&POSTERS), &["image"])),
        "column `films.posters.title` is required: add it to `inputs`, or give it a default"
    );
    assert_eq!(text(judge_cover(Some(&POSTERS), &["titel", "image"])), "", "the misspelt name has its own error");
}

#[test]
fn inputs_of_a_computation_reach_its_outputs() {
    assert_eq!(text(judge_reach(Some(&POSTERS), &["title"], &["score", "id"])), "");
    assert_eq!(
        text(judge_reach(Some(&POSTERS), &["image"], &["score"])),
        "column `films.posters.title` is needed for the outputs: add it to the inputs"
    );
}

#[test]
fn keys() {
    assert_eq!(text(judge_key(Some(&POSTERS))), "");
    assert_eq!(
        text(judge_key(Some(&LOG))),
        "table `log` has no primary key to find the row by: mark a column with `#[column(primary_key)]`"
    );
    assert_eq!(
        text(judge_key_type(Spelling::Rust, "t", "c", Shape::of(ColumnType::Int).optional())),
        "column `t.c` belongs to the primary key, which is never null: declare the field as `i64`"
    );
    assert_eq!(
        text(judge_key_type(Spelling::Rust, "t", "c", Shape::of(ColumnType::Image))),
        "column `t.c` is image, which cannot be a primary key: use a text, int, uuid, bool, date or timestamp column"
    );
}

#[test]
fn functions() {
    const SIGNATURE: Signature = Signature {
        name: "thumbnail",
        params: &[
            Param { name: "image", shape: Shape::of(ColumnType::Image) },
            Param { name: "edge", shape: Shape::of(ColumnType::Int) },
        ],
        output: Shape::of(ColumnType::Image),
    };
    assert_eq!(text(judge_argument(Spelling::Rust, &SIGNATURE, 1, Shape::of(ColumnType::Int), "`320`")), "");
    assert_eq!(
        text(judge_argument(Spelling::Rust, &SIGNATURE, 0, Shape::of(ColumnType::Image).optional(), "column `still`")),
        "function `thumbnail` takes `image` as `pxt::Image`, not column `still`, which is `Option<pxt::Image>`"
    );
    assert_eq!(
        text(judge_arity(Spelling::Rust, &SIGNATURE, 1)),
        "function `thumbnail` takes 2 arguments (`image`, `edge`): write exactly these, not 1"
    );
    assert_eq!(
        text(judge_output(Spelling::Rust, &SIGNATURE, "t", "c", Shape::of(ColumnType::Float))),
        "function `thumbnail` returns `pxt::Image`, which column `t.c` does not hold: declare the field as `pxt::Image`"
    );
    assert_eq!(
        text(judge_nullable(Spelling::Rust, "t", "c", Shape::of(ColumnType::Image))),
        "column `t.c` becomes null when its function fails: declare the field as `Option<pxt::Image>`"
    );
}

#[test]
fn one_function_takes_files_of_every_kind() {
    const SIGNATURE: Signature = Signature {
        name: "sha256",
        params: &[Param { name: "file", shape: Shape::ANY_MEDIA }],
        output: Shape::of(ColumnType::String),
    };
    let judge = |shape: Shape, what: &str| text(judge_argument(Spelling::Rust, &SIGNATURE, 0, shape, what));
    for ty in [ColumnType::Image, ColumnType::Video, ColumnType::Audio, ColumnType::Document] {
        assert_eq!(judge(Shape::of(ty), "column `c`"), "");
    }
    assert_eq!(
        judge(Shape::of(ColumnType::String), "column `title`"),
        "function `sha256` takes `file` as `pxt::AnyMedia`, not column `title`, which is `String`"
    );
    assert_eq!(
        judge(Shape::of(ColumnType::Image).optional(), "column `still`"),
        "function `sha256` takes `file` as `pxt::AnyMedia`, not column `still`, which is `Option<pxt::Image>`"
    );
    const OPTIONAL: Signature = Signature {
        name: "sha256",
        params: &[Param { name: "file", shape: Shape::ANY_MEDIA.optional() }],
        output: Shape::of(ColumnType::String),
    };
    assert_eq!(
        text(judge_argument(Spelling::Rust, &OPTIONAL, 0, Shape::of(ColumnType::Image).optional(), "column `still`")),
        ""
    );
    assert_eq!(
        text(judge_argument(Spelling::Rust, &OPTIONAL, 0, Shape::of(ColumnType::Int), "`320`")),
        "function `sha256` takes `file` as `Option<pxt::AnyMedia>`, not `320`, which is `i64`"
    );
}

#[test]
fn bounds_are_of_what_has_a_length() {
    for ty in [ColumnType::String, ColumnType::Json, ColumnType::Binary] {
        assert_eq!(text(judge_bounded(Spelling::Rust, "t", "c", Shape::of(ty).optional())), "");
    }
    let refused = "column `t.c` is date: `max_bytes` bounds text, JSON and bytes, so remove it";
    assert_eq!(text(judge_bounded(Spelling::Rust, "t", "c", Shape::of(ColumnType::Date))), refused);
}

#[test]
fn defaults() {
    let judge = |held: ColumnType, text_: &str| {
        text(judge_default_literal(Spelling::Rust, "t", "c", Shape::of(held), Shape::of(ColumnType::Int), text_))
    };
    assert_eq!(judge(ColumnType::Int, "1"), "");
    assert_eq!(judge(ColumnType::Float, "1"), "column `t.c` is float, not int like `1`: write a number such as `1.0`");
    assert_eq!(
        judge(ColumnType::Date, "1"),
        "column `t.c` is date, not int like `1`: write the name of a function that makes the value"
    );
    assert_eq!(judge(ColumnType::Image, "1"), "", "a file has no default at all");
}

#[test]
fn distinct_tables() {
    static TWICE: Schema = Schema { tables: &[&POSTERS, &LOG, &LOG] };
    assert_eq!(text(judge_distinct(&TWICE, 1)), "");
    assert_eq!(
        text(judge_distinct(&TWICE, 2)),
        "table `log` is in the schema twice: remove one, or name it differently by `#[table(name = …)]`"
    );
    static UNREAD: Schema = Schema { tables: &[&UNREADABLE] };
    assert_eq!(text(judge_table(&UNREAD, None, "log")), "", "silent when the list could not be read");
}

#[test]
fn parameters_of_queries() {
    let of = Shape::of;
    let default = |ty| text(judge_parameter_default("image", of(ty)));
    assert_eq!(default(ColumnType::String), "");
    assert_eq!(
        default(ColumnType::Image),
        "parameter `image` is image, which has no default: make it an `Option`, or remove `#[default(…)]`"
    );

    let literal = |shape, given, written: &str| text(judge_parameter_literal("most", shape, of(given), written));
    assert_eq!(literal(of(ColumnType::Int), ColumnType::Int, "10"), "");
    assert_eq!(literal(of(ColumnType::Int).optional(), ColumnType::Int, "10"), "");
    assert_eq!(
        literal(of(ColumnType::Float), ColumnType::Int, "1"),
        "parameter `most` is float, not int like `1`: write a number such as `1.0`"
    );
    assert_eq!(literal(of(ColumnType::Image), ColumnType::Int, "1"), "", "said of the default as such");

    let upload = |ty| text(judge_parameter_upload("text", of(ty)));
    assert_eq!(upload(ColumnType::Video), "");
    assert_eq!(
        upload(ColumnType::String),
        "parameter `text` is text, and only media are uploaded: list it in `inputs`"
    );
}

#[test]
fn parameters_that_a_route_leaves_out() {
    let param = |name, shape| Param { name, shape };
    let (since, note) = (Shape::of(ColumnType::Timestamp), Shape::of(ColumnType::String).optional());
    let judge = |missing: &[Param]| text(judge_parameters_cover(missing));
    assert_eq!(judge(&[]), "");
    assert_eq!(judge(&[param("note", note)]), "");
    assert_eq!(
        judge(&[param("note", note), param("since", since)]),
        "parameter `since` is required: add it to `inputs`, or give it a default"
    );
    assert_eq!(
        judge(&[param("image", Shape::of(ColumnType::Image)), param("note", note)]),
        "parameter `image` is required: add it to `uploadfile_inputs` or `inputs`"
    );
    assert_eq!(
        judge(&[param("since", since), param("note", note), param("until", since)]),
        "parameters `since`, `until` are required: add them to the inputs, or give them defaults"
    );
}

#[test]
fn names_are_compared_to_their_last_byte() {
    for len in 0..40 {
        let name = "n".repeat(len);
        assert!(same(&name, &name.clone()));
        assert!(!same(&name, &format!("{name}n")));
        for at in 0..len {
            let mut other = name.clone().into_bytes();
            other[at] = b'm';
            assert!(!same(&name, std::str::from_utf8(&other).unwrap()), "{len} {at}");
        }
    }
}
