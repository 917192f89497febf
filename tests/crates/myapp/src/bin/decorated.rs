//! The decorated routes of the guide, which a program declares, and no file.

/// The tables.
mod schema {
    use pxt::{Table, Uuid};

    /// Prompts, and captions of the pictures that were made of them.
    #[derive(Table)]
    #[table(name = "my_dir.my_table")]
    pub(crate) struct Generation {
        #[column(primary_key, default = Uuid::now_v7)]
        pub(crate) id: Uuid,
        pub(crate) prompt: String,
        #[column(computed = crate::describe(prompt))]
        pub(crate) caption: String,
        #[column(computed = crate::judge(prompt))]
        pub(crate) score: f64,
    }

    pxt::schema![Generation];
}

use std::process::ExitCode;

use pxt::Uuid;
use schemars::JsonSchema;
use serde::Serialize;

/// What a client is shown.
#[derive(Serialize, JsonSchema)]
struct GenerateResponse {
    caption: String,
    score: f64,
}

#[pxt::udf]
fn describe(prompt: String) -> String {
    format!("  a picture of {prompt}\n")
}

#[pxt::udf]
fn judge(prompt: String) -> f64 {
    1.0 / prompt.split_whitespace().count().max(1) as f64
}

fn round(score: f64) -> f64 {
    (score * 1000.0).round() / 1000.0
}

#[pxt::insert_route(table = "my_dir.my_table", path = "/generate", inputs = ["prompt"])]
fn format_insert(caption: String, score: f64) -> GenerateResponse {
    GenerateResponse { caption: caption.trim().to_owned(), score: round(score) }
}

#[pxt::update_route(table = "my_dir.my_table", path = "/update", inputs = ["prompt"])]
fn format_update(id: Uuid, caption: String, score: f64) -> GenerateResponse {
    GenerateResponse { caption: format!("{}: {}", id.simple(), caption.trim()), score: round(score) }
}

#[tokio::main]
async fn main() -> ExitCode {
    pxt::cli::run(&schema::SCHEMA).await
}
