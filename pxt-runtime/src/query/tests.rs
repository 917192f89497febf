use pxt_macros::{Record, Table};

use super::*;
use crate::app::{QueryOutput, Table as _};
use crate::media::Image;
use crate::store::Expression as Plain;
use crate::value::Json;

/// A film poster.
#[derive(Table)]
#[table(name = "films.posters", crate = crate)]
pub(super) struct Poster {
    #[column(primary_key, auto)]
    id: i64,
    /// As printed.
    title: String,
    note: Option<String>,
    score: f64,
    image: Image,
    tags: Json<Vec<String>>,
    director: Option<i64>,
}

#[derive(Table)]
#[table(name = "people", crate = crate)]
pub(super) struct Person {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

/// A poster that was found.
#[derive(Record)]
#[record(crate = crate)]
struct Hit {
    /// As printed.
    name: String,
    picture: Option<Image>,
}

fn plain<S, R>(select: Select<S, R>) -> store::Select {
    select.into_plain().expect("is a query")
}

fn names(select: &store::Select) -> Vec<&str> {
    select.outputs.iter().map(|output| &*output.name).collect()
}

#[test]
fn a_table_is_asked_for_all_columns() {
    let select = plain(Poster::select());
    assert_eq!(select.table.name, "films.posters");
    assert_eq!(names(&select), ["id", "title", "note", "score", "image", "tags", "director"]);
    assert!(select.filter.is_none() && select.limit.is_none() && select.order_by.is_empty());
}

#[test]
fn filters_are_joined_in_one_list() {
    let title = Poster::title;
    let select = Poster::select()
        .filter(title.eq("a").or(title.ne("b")).or(title.starts_with("c")))
        .filter(!Poster::note.is_null())
        .filter_if(Some(2.5), |score| Poster::score.le(score))
        .filter_if(None::<f64>, |score| Poster::score.ge(score))
        .filter(Condition::<Poster>::any([]));
    let Some(store::Condition::And(list)) = plain(select).filter else { panic!("all of them") };
    let [
        store::Condition::Or(first),
        store::Condition::Not(second),
        store::Condition::Compare(place, third, value),
        last,
    ] = list.as_slice()
    else {
        panic!("{list:?}")
    };
    assert_eq!(first.len(), 3);
    assert!(matches!(**second, store::Condition::Null(place) if place.def().name == "note"));
    assert_eq!(
        (place.def().name, *third, value),
        ("score", store::Comparison::AtMost, &crate::value::Value::Float(2.5))
    );
    assert!(matches!(last, store::Condition::Or(none) if none.is_empty()));
}

#[test]
fn numbers_of_rows_are_never_negative() {
    let select = plain(Poster::select().limit(-1).offset(i64::MIN));
    assert_eq!((select.limit, select.offset), (Some(0), 0));
    let select = plain(Poster::select().limit(usize::MAX).offset(7_u32));
    assert_eq!((select.limit, select.offset), (Some(u64::MAX), 7));
}

#[test]
fn aggregates_have_names_and_types() {
    let select = Poster::select().group_by((Poster::note, Poster::director)).order_by(count().desc()).columns((
        Poster::director,
        count(),
        Poster::image.count(),
        Poster::score.sum(),
        Poster::id.sum(),
        Poster::id.avg().named("mean"),
        Poster::title.max(),
        Poster::note,
    ));
    let select = plain(select);
    assert_eq!(
        names(&select),
        ["director", "count", "count_image", "sum_score", "sum_id", "mean", "max_title", "note"]
    );
    let types: Vec<_> = select.outputs.iter().map(|output| output.ty.word()).collect();
    assert_eq!(types, ["int", "int", "int", "float", "int", "float", "text", "text"]);
    assert_eq!(select.group_by.iter().map(|place| place.def().name).collect::<Vec<_>>(), ["note", "director"]);
    assert!(matches!(select.order_by.as_slice(), [(Plain::CountRows, store::Direction::Descending)]));
}

#[test]
fn a_join_names_the_new_table_first() {
    let select = Poster::select()
        .left_join(Poster::director.same_as(Person::id))
        .columns((Poster::title, Person::name.optional().named("director")));
    let select = plain(select);
    let [join] = select.joins.as_slice() else { panic!("{:?}", select.joins) };
    assert_eq!((join.table.name, join.optional), ("people", true));
    assert_eq!((join.on.0.def().name, join.on.1.def().name), ("id", "director"));
    assert_eq!(names(&select), ["title", "director"]);
}

#[test]
fn a_record_names_the_values() {
    let select = Poster::select().columns((Poster::title, Poster::image.named("x"))).only(Poster::note);
    assert_eq!(names(&plain(select)), ["note"]);
    let select = Person::select()
        .left_join(Person::id.same_as(Poster::director))
        .columns((Person::name, Poster::image.optional()))
        .into::<Hit>();
    assert_eq!(names(&plain(select)), ["name", "picture"]);
}

#[test]
fn shapes_are_honest() {
    let RowShape::Object(fields) = <Select<Poster> as QueryOutput>::row() else { panic!("a table is an object") };
    let told: Vec<_> = fields.iter().map(|field| (&*field.name, field.doc, field.shape)).collect();
    assert_eq!(told[1], ("title", "As printed.", <String as crate::value::ColumnValue>::SHAPE));
    assert_eq!(told[2], ("note", "", <Option<String> as crate::value::ColumnValue>::SHAPE));
    let mut generator = schemars::SchemaGenerator::default();
    let structures: Vec<_> = fields.iter().map(|field| (field.json_schema)(&mut generator).is_some()).collect();
    assert_eq!(structures, [false, false, false, false, false, true, false]);

    let RowShape::Object(fields) = <Select<Poster, Hit> as QueryOutput>::row() else { panic!("a record is one") };
    assert_eq!(fields.iter().map(|field| &*field.name).collect::<Vec<_>>(), ["name", "picture"]);
    assert_eq!((fields[0].doc, fields[1].shape.nullable), ("As printed.", true));

    let RowShape::Scalar(value) = <Select<Poster, Option<f64>> as QueryOutput>::row() else { panic!("one value") };
    assert_eq!(value.shape, <Option<f64> as crate::value::ColumnValue>::SHAPE);
    assert!(matches!(<Select<Poster, (i64, String)> as QueryOutput>::row(), RowShape::Open));
}

#[test]
fn names_differ() {
    let twice = Poster::select().columns((Poster::title, Poster::note.named("title")));
    let error = twice.into_plain().expect_err("is a mistake");
    assert_eq!((error.status(), error.code()), (500, "internal"));
    let text = "two values of a query over `films.posters` are named `title`: write `.named(\"…\")` after one of them";
    assert_eq!(error.chain(), text);
}

#[test]
fn nothing_prints_values() {
    let select = Poster::select().filter(Poster::title.eq("hunter2"));
    let text = format!("{select:?} {:?} {:?}", Poster::title.eq("hunter2"), Poster::title);
    assert!(text.contains("films.posters") && !text.contains("hunter2"), "{text}");
}
