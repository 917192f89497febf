use super::*;
use crate::compute::{Plan, TableCode};
use crate::schema::{ColumnDef, ColumnType, Element, OnError};
use crate::value::Value;

#[cfg(all(feature = "images", feature = "sqlite", feature = "testing"))]
mod served;
mod words;

const AT: At = At { file: "service.toml", line: 7 };

fn table(name: &str, columns: &[ColumnDeclaration]) -> TableDeclaration {
    TableDeclaration { name: name.to_owned(), doc: String::new(), columns: columns.to_vec(), at: AT }
}

/// A column of this type.
fn column(name: &str, ty: &str) -> ColumnDeclaration {
    ColumnDeclaration { name: name.to_owned(), ty: Some(ty.to_owned()), ..ColumnDeclaration::default() }
}

/// A column that is computed, without a type of its own.
fn computed(name: &str, call: &str) -> ColumnDeclaration {
    ColumnDeclaration { name: name.to_owned(), computed: Some(call.to_owned()), ..ColumnDeclaration::default() }
}

fn with_default(column: ColumnDeclaration, default: Literal) -> ColumnDeclaration {
    ColumnDeclaration { default: Some(default), ..column }
}

fn text(text: &str) -> Literal {
    Literal::Text(text.to_owned())
}

/// The table `poster` of a title, a year, and these columns.
fn poster(columns: &[ColumnDeclaration]) -> TableDeclaration {
    let all = [&[column("title", "string"), column("year", "int")], columns].concat();
    table("poster", &all)
}

/// What is wrong with the table: the column, the part, and the sentence.
fn wrong(table: &TableDeclaration) -> Vec<(String, Part, String)> {
    let mistakes = declare_table(table).err().unwrap_or_default();
    let name = |mistake: &Mistake| mistake.column.map_or_else(String::new, |column| table.columns[column].name.clone());
    mistakes.iter().map(|mistake| (name(mistake), mistake.part, mistake.text.clone())).collect()
}

/// The only thing that is wrong with the table.
fn only(table: &TableDeclaration) -> (String, Part, String) {
    let mut wrong = wrong(table);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    wrong.remove(0)
}

/// Asserts what is wrong with the table `poster` that has this column: one part of that column.
#[track_caller]
fn refused(column: ColumnDeclaration, part: Part, sentence: &str) {
    let name = column.name.clone();
    assert_eq!(only(&poster(&[column])), (name, part, sentence.to_owned()));
}

fn definition(def: &'static TableDef, name: &str) -> &'static ColumnDef {
    &def.columns[def.position(name).expect("is a column")]
}

fn default(def: &'static TableDef, name: &str) -> Value {
    let code = TableCode::of(def).expect("has functions");
    code.columns[def.position(name).expect("is a column")].default.expect("has a default").make()
}

#[test]
fn a_table_is_what_the_derive_would_have_written() {
    let declared = TableDeclaration {
        doc: "A film.".to_owned(),
        ..table(
            "films.all",
            &[
                ColumnDeclaration { primary_key: true, auto: true, ..column("id", "int") },
                ColumnDeclaration { max_bytes: Some(200), doc: "As shown.".to_owned(), ..column("title", "string") },
                computed("words", " text::split( upper,', ' )"),
                ColumnDeclaration { on_error: Some("ignore".to_owned()), ..computed("upper", "string.upper(title)") },
                column("vector", "array<f32, 3>?"),
            ],
        )
    };
    let wrong = declare_table(&declared).expect_err("`upper` may be null");
    assert_eq!(wrong.len(), 1);

    let mut declared = declared;
    declared.columns[3].on_error = None;
    let def = declare_table(&declared).expect("is right");
    assert_eq!((def.name, def.doc, def.at), ("films.all", "A film.", AT));
    assert_eq!((def.hash, def.incomplete), (crate::schema::fnv1a("films.all"), false));
    let id = definition(def, "id");
    assert!(id.primary_key && id.auto && !id.default && !id.nullable);
    let title = definition(def, "title");
    assert_eq!((title.hash, title.doc, title.max_bytes), (crate::schema::fnv1a("title"), "As shown.", Some(200)));
    let words = definition(def, "words");
    let computed = words.computed.as_ref().expect("is computed");
    assert_eq!((computed.call, computed.reads), ("text.split(upper, \", \")", &[3_usize][..]));
    assert_eq!((words.ty, words.nullable), (ColumnType::Json, false));
    let vector = definition(def, "vector");
    assert_eq!((vector.ty, vector.nullable), (ColumnType::Array(Element::F32, 3), true));

    let code = TableCode::of(def).expect("has functions");
    let plan = Plan::new(def, code, usize::MAX);
    let order: Vec<_> = plan.all().iter().map(|step| step.name).collect();
    assert_eq!(order, ["upper", "words"]);
    let mut generator = schemars::SchemaGenerator::default();
    for code in code.columns {
        assert!((code.json_schema)(&mut generator).is_none());
        assert!((code.refuse_json)(&serde_json::json!([1])).is_none());
    }
}

#[test]
fn what_may_fail_without_a_type_may_be_null() {
    let ignoring = ColumnDeclaration { on_error: Some("ignore".to_owned()), ..computed("slug", "string.slug(title)") };
    let def = declare_table(&poster(&[ignoring])).expect("is right");
    let slug = definition(def, "slug");
    assert_eq!((slug.ty, slug.nullable), (ColumnType::String, true));
    assert_eq!(slug.computed.as_ref().map(|computed| computed.on_error), Some(OnError::Ignore));
}

#[test]
fn defaults_are_values_or_made_each_time() {
    let made = [("a", "uuid", "uuid7"), ("b", "uuid", "uuid4"), ("c", "timestamp", "now"), ("d", "date", "today")];
    let fixed = [
        with_default(column("e", "bool"), Literal::Bool(true)),
        with_default(column("f", "int"), Literal::Int(-3)),
        with_default(column("g", "float"), Literal::Float(0.5)),
        with_default(column("h", "string"), text("now")),
        with_default(column("i", "date?"), text("2026-01-31")),
        with_default(column("j", "timestamp"), text("2026-01-31T12:00:00+02:00")),
        with_default(column("k", "uuid"), text("00000000-0000-0000-0000-000000000000")),
    ];
    let made: Vec<_> = made.iter().map(|(name, ty, maker)| with_default(column(name, ty), text(maker))).collect();
    let def = declare_table(&table("t", &[&made[..], &fixed[..]].concat())).expect("is right");
    assert!(def.columns.iter().all(|column| column.default && !column.required()));
    assert!(matches!(default(def, "c"), Value::Timestamp(_)) && matches!(default(def, "d"), Value::Date(_)));
    for (name, version) in [("a", 7), ("b", 4)] {
        let Value::Uuid(uuid) = default(def, name) else { panic!("a UUID") };
        assert_eq!(uuid.get_version_num(), version);
        assert_ne!(default(def, name), Value::Uuid(uuid));
    }
    let values: Vec<_> = ["e", "f", "g", "h"].iter().map(|name| default(def, name)).collect();
    assert_eq!(values, [Value::Bool(true), Value::Int(-3), Value::Float(0.5), Value::String("now".to_owned())]);
    assert_eq!(serde_json::to_value(default(def, "j")).expect("is a value"), "2026-01-31T10:00:00Z");
}

#[test]
fn defaults_of_other_types() {
    let refused = |ty: &str, default: Literal, sentence: &str| {
        let of = with_default(column("c", ty), default);
        refused(of, Part::Default, &format!("column `poster.c` is {sentence}"));
    };
    refused("float", Literal::Int(1), "float, not int like `1`: write a number such as `1.0`");
    refused("int", Literal::Float(1.0), "int, not float like `1.0`: write an integer such as `1`");
    refused("string", Literal::Int(5), "text, not int like `5`: write a text in quotes");
    refused("bool", text("yes"), "bool, not text like `\"yes\"`: write `true` or `false`");
    refused("uuid", text("uuid"), "uuid, not text like `\"uuid\"`: write `\"uuid7\"` or `\"uuid4\"`");
    refused(
        "date",
        text("now"),
        "date, not text like `\"now\"`: write `\"today\"`, or a date such as `\"2026-01-31\"`",
    );
    refused(
        "timestamp",
        Literal::Bool(true),
        "timestamp, not bool like `true`: write `\"now\"`, or an instant such as `\"2026-01-31T12:00:00Z\"`",
    );
    refused(
        "json",
        text("{}"),
        "json, not text like `\"{}\"`: write no `default`, which cannot be told for such a column",
    );
    refused("video", text("x"), "video, which has no default: make the column `video?`, or remove `default`");
}

#[test]
fn defaults_that_no_row_holds() {
    let long = ColumnDeclaration { max_bytes: Some(3), ..with_default(column("c", "string"), text("four")) };
    refused(long, Part::Default, "the default of column `poster.c` is longer than 3 bytes: write another one");
    let infinite = with_default(column("c", "float"), Literal::Float(f64::INFINITY));
    refused(infinite, Part::Default, "the default of column `poster.c` must be a finite number: write another one");
}

#[test]
fn calls_that_do_not_fit() {
    let refused_at = |call: &str, at: &str, sentence: &str| {
        let table = poster(&[column("sold", "float?"), column("file", "document?"), computed("c", call)]);
        let mistakes = declare_table(&table).expect_err("is wrong");
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        let Mistake { column, part, range, text, .. } = &mistakes[0];
        let range = range.clone().expect("is in the call");
        assert_eq!((*column, *part, &call[range], text.as_str()), (Some(4), Part::Computed, at, sentence));
    };
    refused_at(
        "string.upper(year)",
        "year",
        "function `string.upper` takes `text` as `string`, not column `year`, which is `int`",
    );
    refused_at(
        "string::upper( sold )",
        "sold",
        "function `string.upper` takes `text` as `string`, not column `sold`, which is `float?`",
    );
    refused_at("string.len(1.5)", "1.5", "function `string.len` takes `text` as `string`, not `1.5`, which is `float`");
    refused_at(
        "media.size(file)",
        "file",
        "function `media.size` takes `file` as `media`, not column `file`, which is `document?`",
    );
    refused_at(
        "string.upper(title, 3)",
        "string.upper",
        "function `string.upper` takes 1 argument (`text`): write exactly these, not 2",
    );
    refused_at(
        "text.split(title)",
        "text.split",
        "function `text.split` takes 2 arguments (`text`, `separator`): write exactly these, not 1",
    );
    refused_at("string.uper(title)", "string.uper", "no function `string.uper`; did you mean `string.upper`?");
    refused_at("upper(title)", "upper", "no function `upper`; did you mean `string.upper`?");
}

#[test]
fn values_that_a_column_does_not_hold() {
    let of = |ty: &str, call: &str| ColumnDeclaration { computed: Some(call.to_owned()), ..column("c", ty) };
    let sentence =
        "function `string.upper` returns `string`, which column `poster.c` does not hold: declare the column as";
    refused(of("int", "string.upper(title)"), Part::Computed, &format!("{sentence} `string`"));
    refused(of("int?", "string.upper(title)"), Part::Computed, &format!("{sentence} `string?`"));
    assert!(declare_table(&poster(&[of("string?", "string.upper(title)")])).is_ok());
}

#[test]
fn names() {
    let odd = "a column's name is letters, digits and `_`, and begins with no digit: write it like \"release_year\"";
    for name in ["", "2nd", "release year", "a.b", "a-b"] {
        refused(column(name, "int"), Part::Name, odd);
    }
    assert!(declare_table(&poster(&[column("größe", "int"), column("_x1", "int")])).is_ok());
    let twice = "column `title` is in the table twice: remove one, or name it differently";
    refused(column("title", "int"), Part::Name, twice);
    let empty = only(&table("t", &[]));
    assert_eq!(empty, (String::new(), Part::Columns, "a table has at least one column: add one".to_owned()));
}

#[test]
fn a_column_has_a_type() {
    let none = ColumnDeclaration { name: "c".to_owned(), ..ColumnDeclaration::default() };
    refused(none, Part::Type, "column `poster.c` has no type: write `type = \"string\"`, say");
    refused(column("c", "text"), Part::Type, "a column cannot be `text`: write `string`");
}

/// Each where it belongs, in the order of the columns and their parts, and nothing that only follows from another mistake.
#[test]
fn all_mistakes_at_once() {
    let table = table(
        "sqlite_films",
        &[
            ColumnDeclaration { primary_key: true, ..column("id", "uid") },
            ColumnDeclaration { max_bytes: Some(0), default: Some(Literal::Int(1)), ..column("Title", "string") },
            column("title", "string"),
            ColumnDeclaration { on_error: Some("skip".to_owned()), ..computed("upper", "string.upper(titel, 1 + 1)") },
            ColumnDeclaration { auto: true, ..column("number", "float") },
            computed("id_text", "string.trim(id)"),
            computed("round", "nothing(round)"),
        ],
    );
    let found = wrong(&table);
    let places: Vec<_> = found.iter().map(|(column, part, _)| (column.as_str(), *part)).collect();
    assert_eq!(
        places,
        [
            ("", Part::Name),
            ("id", Part::Type),
            ("Title", Part::Default),
            ("Title", Part::MaxBytes),
            ("title", Part::Name),
            ("upper", Part::Computed),
            ("upper", Part::Computed),
            ("upper", Part::Computed),
            ("upper", Part::OnError),
            ("number", Part::Type),
            ("number", Part::Auto),
            ("round", Part::Computed),
            ("round", Part::Computed),
        ],
        "{found:#?}"
    );
}

#[test]
fn tables_of_one_schema() {
    static OWN: TableDef = TableDef { name: "own", ..crate::schema::check::UNREADABLE };
    let plain = |name: &str| table(name, &[column("a", "int")]);
    let schema = declare_schema(&[&OWN], &[plain("films"), plain("posters")]).expect("is right");
    let names: Vec<_> = schema.tables.iter().map(|table| table.name).collect();
    assert_eq!(names, ["own", "films", "posters"]);

    let broken = table("b", &[column("a", "it")]);
    let tables = [plain("films"), plain("OWN"), broken, plain("films")];
    let mistakes = declare_schema(&[&OWN], &tables).expect_err("is wrong");
    let found: Vec<_> = mistakes.iter().map(|mistake| (mistake.table, mistake.part, mistake.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (1, Part::Name, "table `OWN` differs from `own` only in case: choose another name"),
            (2, Part::Type, "a column cannot be `it`; did you mean `int`?"),
            (3, Part::Name, "table `films` is in the schema twice: remove one, or name it differently"),
        ]
    );
}
