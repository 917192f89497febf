//! The service on pxt whose inserts are exported by the outbox: `outbox-service <database> <folder> <jobs at once>`. The target is a SQLite
//! file in the folder, or the table `notes` of the database that `PXT_LOAD_TARGET` names.

use std::error::Error;

use pxt::{Delivery, ExportConfig, SqlExport};
use pxt_load::serve;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

// As the services that this one is compared with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod decorated;
mod routes;
mod schema;

use schema::SCHEMA;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (database, folder, _) = serve::arguments()?;
    std::fs::create_dir_all(&folder)?;
    let target = std::env::var("PXT_LOAD_TARGET").unwrap_or_else(|_| format!("sqlite:///{folder}/target.db"));
    make_target(&target).await?;
    // The load is not held up by a target that is slower.
    let export = ExportConfig::default().queue(u64::from(u32::MAX));
    let config = pxt::Config::default().database(database).media(format!("{folder}/media")).export(export);
    let app = pxt::App::open(config, &SCHEMA).await?;
    let insert = routes::insert("/insert").export_sql(SqlExport::to(target, "notes").delivery(Delivery::Outbox));
    Ok(serve::serve(routes::routes(&app, insert).prepare().await?.router()?).await?)
}

async fn make_target(url: &str) -> Result<(), sqlx::Error> {
    sqlx::any::install_default_drivers();
    let made = if url.starts_with("sqlite:") { format!("{url}?mode=rwc") } else { url.to_owned() };
    let mut connection = AnyConnection::connect(&made).await?;
    if url.starts_with("sqlite:") {
        connection.execute("PRAGMA journal_mode = WAL").await?;
    }
    let id = if url.starts_with("sqlite:") { "text" } else { "uuid" };
    let text = format!(
        "CREATE TABLE IF NOT EXISTS notes (id {id} PRIMARY KEY, title text NOT NULL, slug text NOT NULL, stars bigint NOT NULL)"
    );
    connection.execute(AssertSqlSafe(text)).await?;
    connection.close().await
}
