//! What each node serves, and the process of one.

use std::io::Read;
use std::time::Duration;

use pxt::{App, Config, Insert, Routes};
use tokio::net::TcpListener;

use crate::schema::SCHEMA;

/// Long enough that many are killed in it.
#[pxt::udf]
pub async fn slowly(number: i64) -> i64 {
    tokio::time::sleep(Duration::from_millis(400)).await;
    number * 2
}

fn declare(routes: Routes) -> Routes {
    let later = |path: &str| Insert::at(path).inputs(["number"]).uploadfile_inputs(["image"]).background(true);
    routes.add_insert_route("quick", later("/quick")).add_insert_route("slow", later("/slow"))
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
