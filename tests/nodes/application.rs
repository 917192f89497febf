//! What each node serves.

use pxt::{App, Insert, Method, Query, Routes, Table, Update, retrieval};

use crate::schema::{Counter, CounterChanges};

#[pxt::udf]
pub fn doubled(value: i64) -> i64 {
    value * 2
}

/// Reads, computes and writes: whoever was overtaken by another node does so again.
#[pxt::query]
async fn increment(app: &App, name: String) -> pxt::Result<Vec<i64>> {
    let more = |counter: Counter| Ok(CounterChanges { value: Some(counter.value + 1) });
    Ok(Counter::update_with(app, name, more).await?.into_iter().map(|counter| counter.value).collect())
}

pub fn declare(routes: Routes) -> Routes {
    routes
        .add_insert_route("counters", Insert::at("/counters"))
        .add_query_route(increment {}, Query::at("/increment").one_row(true))
        .add_query_route(retrieval("counters", ["name"]), Query::at("/counter").method(Method::Get).one_row(true))
        .add_update_route("counters", Update::at("/counter/set"))
        .add_insert_route("events", Insert::at("/events"))
        .add_insert_route("pictures", Insert::at("/pictures").uploadfile_inputs(["image"]))
}
