//! A table whose rows take as long as a test wants, and routes that do their work in the background.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use pxt::{Image, Table};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;

/// A film.
#[derive(Table)]
#[table(name = "jobs.films")]
pub struct Film {
    #[column(primary_key, auto)]
    pub id: i64,
    pub title: String,
    pub poster: Option<Image>,
    #[column(computed = crate::jobs::schema::shout(title))]
    pub shout: String,
}

pxt::schema![Film];

/// Where functions wait, by the name of the one who waits, and whether somebody has come.
#[derive(Clone)]
pub struct Gate {
    pub come: Arc<Semaphore>,
    pub open: Arc<Semaphore>,
}

static GATES: LazyLock<Mutex<HashMap<String, Gate>>> = LazyLock::new(Mutex::default);

/// The gate of this name.
pub fn gate(name: &str) -> Gate {
    let closed = || Arc::new(Semaphore::new(0));
    let mut gates = GATES.lock().expect("no holder panics");
    gates.entry(name.to_owned()).or_insert_with(|| Gate { come: closed(), open: closed() }).clone()
}

impl Gate {
    /// Waits until somebody waits here.
    pub async fn reached(&self) {
        self.come.acquire().await.expect("is never closed").forget();
    }

    /// Lets one pass.
    pub fn open(&self) {
        self.open.add_permits(1);
    }
}

/// Waits at the gate of a text, if it names one: `gate a`.
async fn pass(text: &str) {
    if text.starts_with("gate ") {
        let gate = gate(text);
        gate.come.add_permits(1);
        gate.open.acquire().await.expect("is never closed").forget();
    }
}

/// The title in capitals, after a pause at its gate.
#[pxt::udf(timeout = "5m")]
pub async fn shout(title: String) -> pxt::Result<String> {
    pxt::progress(1, 3, "listening");
    pass(&title).await;
    pxt::progress(3, 3, "shouting");
    match title.as_str() {
        "secret" => Err("the password is hunter2".parse::<i64>().expect_err("is no number").into()),
        "embargo" => Err(pxt::Error::public(403, "this film is under embargo")),
        _ => Ok(title.to_uppercase()),
    }
}

#[derive(Serialize, JsonSchema)]
struct Added {
    id: i64,
    address: String,
}

/// Adds a film in the background.
#[pxt::insert_route(
    table = "jobs.films",
    path = "/films/decorated",
    inputs = ["title"],
    background = true,
    concurrency = 2,
    schema = crate::jobs::schema
)]
async fn added(id: i64, shout: String) -> pxt::Result<Added> {
    // Behind the commit.
    if let Some(name) = shout.strip_prefix("THEN ") {
        pass(&name.to_lowercase()).await;
    }
    match shout.as_str() {
        "LATE" => Err(pxt::Error::public(418, "short and stout")),
        _ => Ok(Added { id, address: format!("/film/{shout}") }),
    }
}

/// Each word, one after the other.
#[pxt::query_route(path = "/words", method = "get", background, concurrency = 1, schema = crate::jobs::schema)]
async fn words(text: String) -> Vec<String> {
    pxt::progress(0, None, "reading");
    pass(&text).await;
    text.split(' ').map(str::to_owned).collect()
}
