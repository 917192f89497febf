//! What each node serves, and the process of one.

use std::io::Read;
use std::time::Duration;

use pxt::{App, Config, Insert, Method, Query, Routes, Table, Update, retrieval};
use tokio::net::TcpListener;

use crate::schema::{Counter, CounterChanges, SCHEMA};

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

fn declare(routes: Routes) -> Routes {
    routes
        .add_insert_route("counters", Insert::at("/counters"))
        .add_query_route(increment {}, Query::at("/increment").one_row(true))
        .add_query_route(retrieval("counters", ["name"]), Query::at("/counter").method(Method::Get).one_row(true))
        .add_update_route("counters", Update::at("/counter/set"))
        .add_insert_route("events", Insert::at("/events"))
        .add_insert_route("pictures", Insert::at("/pictures").uploadfile_inputs(["image"]))
}

/// Serves on a free port, as the environment says, until the input ends: a node does not outlive its test.
pub async fn serve() {
    let config = Config::from_env().expect("the environment is read");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let app = App::open(config, &SCHEMA).await.expect("opens");
    let serving = pxt::serve(declare(app.routes()), listener, Duration::from_secs(5));
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    tokio::select! {
        served = serving => served.expect("the routes are right"),
        ended = ended => assert_eq!(ended.expect("waits").expect("is a pipe"), 0, "nobody writes to a node"),
    }
    // The reading of the input would hold the runtime.
    std::process::exit(0);
}
