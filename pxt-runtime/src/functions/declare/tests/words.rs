//! The same mistake in a struct and in text is told in the same words, but for how things are spelled: compared with what the
//! compiler says of the structs in `tests/ui/table`.

use std::fs;
use std::path::Path;

use super::*;

/// The sentences in what the compiler says of a struct.
fn of_compiler(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui/table").join(file).with_extension("stderr");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let sentence = |line: &str| {
        let (kind, sentence) = line.split_once(": ")?;
        kind.starts_with("error").then(|| sentence.trim_start_matches("evaluation panicked: ").to_owned())
    };
    text.lines().filter_map(sentence).collect()
}

/// Asserts that the mistakes of a table are those of the struct, where the struct's words are exchanged for the table's.
#[track_caller]
fn same(file: &str, table: &TableDeclaration, part: Part, exchanged: &[(&str, &str)]) {
    let wrong = wrong(table);
    let sentences: Vec<_> = wrong.iter().map(|(_, _, sentence)| sentence.clone()).collect();
    let mut expected = of_compiler(file);
    assert!(!expected.is_empty(), "{file}");
    for sentence in &mut expected {
        for (rust, toml) in exchanged {
            assert!(sentence.contains(rust), "{file}: {sentence}");
            *sentence = sentence.replace(rust, toml);
        }
    }
    assert_eq!(sentences, expected, "{file}");
    assert!(wrong.iter().all(|(_, found, _)| *found == part), "{file}: {wrong:?}");
}

fn key(column: ColumnDeclaration) -> ColumnDeclaration {
    ColumnDeclaration { primary_key: true, ..column }
}

fn auto(column: ColumnDeclaration) -> ColumnDeclaration {
    ColumnDeclaration { auto: true, ..column }
}

fn bounded(most: i64, column: ColumnDeclaration) -> ColumnDeclaration {
    ColumnDeclaration { max_bytes: Some(most), ..column }
}

fn ignoring(choice: &str, column: ColumnDeclaration) -> ColumnDeclaration {
    ColumnDeclaration { on_error: Some(choice.to_owned()), ..column }
}

#[test]
fn names() {
    let named = |name: &str| table(name, &[column("title", "string")]);
    same("table-name-odd", &named("film posters"), Part::Name, &[]);
    same("table-name-reserved", &named("_pxt_posters"), Part::Name, &[]);
    same("field-reserved", &poster(&[column("_pxt_version", "int")]), Part::Name, &[]);
    same("field-case", &poster(&[column("Title", "string")]), Part::Name, &[]);
}

#[test]
fn keys() {
    let spelled = [("the field as `i64`", "the column as `int`")];
    same("key-nullable", &poster(&[key(column("id", "int?"))]), Part::Type, &spelled);
    same("key-float", &poster(&[key(column("score", "float"))]), Part::Type, &[]);
    same("auto-not-int", &poster(&[key(auto(column("id", "string")))]), Part::Type, &spelled);
    let too = [("`#[column(primary_key, auto)]`", "`primary_key = true` too")];
    same("auto-not-key", &poster(&[auto(column("id", "int"))]), Part::Auto, &too);
    let two = poster(&[key(auto(column("id", "int"))), key(column("shelf", "int"))]);
    same("auto-not-alone", &two, Part::Auto, &[]);
    let defaulted = with_default(key(auto(column("id", "int"))), Literal::Int(1));
    same("auto-with-default", &poster(&[defaulted]), Part::Default, &[]);
}

#[cfg(feature = "images")]
#[test]
fn images() {
    same("key-media", &poster(&[key(column("image", "image"))]), Part::Type, &[]);
    same("max-bytes-media", &poster(&[bounded(9, column("image", "image"))]), Part::MaxBytes, &[]);
    let spelled = [("the field an `Option`", "the column `image?`")];
    same("default-media", &poster(&[with_default(column("image", "image"), text("x"))]), Part::Default, &spelled);
}

#[test]
fn bounds_and_defaults() {
    same("max-bytes-not-text", &table("poster", &[bounded(9, column("year", "int"))]), Part::MaxBytes, &[]);
    same("max-bytes-zero", &poster(&[bounded(0, column("note", "string"))]), Part::MaxBytes, &[]);
    same("max-bytes-negative", &poster(&[bounded(-1, column("note", "string"))]), Part::MaxBytes, &[]);
    let title = with_default(column("title", "string"), Literal::Int(5));
    same("default-type", &table("poster", &[title]), Part::Default, &[]);
    let score = with_default(column("score", "float"), Literal::Int(1));
    same("default-integer-on-float", &poster(&[score]), Part::Default, &[]);
}

#[test]
fn computed_columns() {
    let upper = || computed("upper", "string.upper(title)");
    same("computed-with-default", &poster(&[with_default(upper(), text("x"))]), Part::Default, &[]);
    same("computed-primary-key", &poster(&[key(upper())]), Part::PrimaryKey, &[]);
    let numbered = key(auto(computed("id", "string.len(title)")));
    same("computed-numbered", &poster(&[numbered]), Part::Computed, &[]);
    same("on-error-without-computed", &poster(&[ignoring("ignore", column("note", "string?"))]), Part::OnError, &[]);
    let choices =
        [("`on_error = abort`", "`on_error = \"abort\"`"), ("`on_error = ignore`", "`on_error = \"ignore\"`")];
    same("on-error-unknown", &poster(&[ignoring("skip", upper())]), Part::OnError, &choices);
    let typed = ColumnDeclaration { ty: Some("string".to_owned()), ..upper() };
    let spelled = [("the field as `Option<String>`", "the column as `string?`")];
    same("on-error-without-option", &poster(&[ignoring("ignore", typed)]), Part::OnError, &spelled);
}

#[test]
fn calls() {
    let of = |call: &str| poster(&[computed("upper", call)]);
    same("computed-column-unknown", &of("string.upper(titel)"), Part::Computed, &[]);
    let far = table("poster", &[column("title", "string"), computed("upper", "string.upper(description)")]);
    same("computed-column-unknown-far", &far, Part::Computed, &[]);
    let numbered = poster(&[key(auto(column("id", "int"))), computed("next", "string.upper(id)")]);
    let wrong = wrong(&numbered);
    assert!(of_compiler("computed-argument-numbered").contains(&wrong[0].2), "{wrong:?}");

    let elsewhere = [("put anything else into the function", "compute anything else in a column of its own")];
    same("computed-argument-expression", &of("string.upper(3 + 4)"), Part::Computed, &elsewhere);
    let spelled = [("`computed = crate::function(column, 320)`", "`computed = \"image.thumbnail(image, 320)\"`")];
    same("computed-not-a-call", &of("string.upper"), Part::Computed, &spelled);
}

#[test]
fn types_of_calls() {
    let of = |call: &str| poster(&[computed("upper", call)]);
    let path = ("`upper`", "`string.upper`");
    let types = [path, ("as `String`", "as `string`"), ("is `i64`", "is `int`")];
    same("computed-argument-type", &of("string.upper(year)"), Part::Computed, &types);
    same("computed-argument-extra", &of("string.upper(title, 1)"), Part::Computed, &[path]);
    let nullable = table("poster", &[column("title", "string?"), computed("upper", "string.upper(title)")]);
    let types = [path, ("as `String`", "as `string`"), ("is `Option<String>`", "is `string?`")];
    same("computed-argument-nullable", &nullable, Part::Computed, &types);
}

#[test]
fn circles() {
    let on = |name: &str, read: &str| computed(name, &format!("string.upper({read})"));
    same("computed-itself", &table("poster", &[on("a", "a")]), Part::Computed, &[]);
    same("computed-cycle", &table("poster", &[on("a", "b"), on("b", "c"), on("c", "a")]), Part::Computed, &[]);
}
