#[path = "../../../ui/schema.rs"]
mod tables;
use tables::schema;

/// Before the attribute.
#[allow(clippy::needless_pass_by_value)]
#[pxt::insert_route(table = "films.posters", path = "/first")]
/// After the attribute.
#[inline]
#[must_use]
pub fn respond(/* a comment */ mut title: String) -> String {
    title.push('!');
    title
}

/** A block comment. */
#[pxt::insert_route(path = "/second", table = "films.posters")]
#[allow(unused_variables)]
fn second(score: f64) {}

fn main() {
    assert_eq!(respond("call it".to_owned()), "call it!");
}
