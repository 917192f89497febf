//! What a start would find, without a change: whether the database and the media storage can be used, and what would be migrated.

use super::config::{Config, refused};
use crate::error::{Result, chain};
use crate::schema::Schema;
use crate::store::{ExistingTable, Store, exists};

/// What a start would change of the database, a line each.
///
/// # Errors
/// Why it cannot be started: the database cannot be opened, or differs from the schema in a way that would lose data.
pub(crate) async fn pending(config: &Config, schema: &'static Schema) -> Result<Vec<String>> {
    let not_opened = |error| refused(chain(&error));
    if !exists(&config.database) {
        let made = "the database does not exist, and is made".to_owned();
        let tables = schema.tables.iter().map(|table| format!("table `{}` is new", table.name));
        return Ok(std::iter::once(made).chain(tables).collect());
    }
    let store = Store::open_shared(&config.database, config.read_url.as_deref(), config.connections).await;
    let store = store.map_err(not_opened)?;
    let drift = store.compare(schema).await;
    store.close().await;
    let drift = drift.map_err(not_opened)?;
    let lines = |list: &mut dyn Iterator<Item = String>| list.collect::<Vec<_>>();
    let refusals = lines(&mut drift.refused.iter().map(ToString::to_string));
    let changes = lines(&mut drift.additive.iter().map(ToString::to_string));
    if !refusals.is_empty() {
        let text = "the database differs from the schema in ways that a start does not change";
        return Err(refused(format!("{text}:\n  {}", refusals.join("\n  "))));
    }
    if !changes.is_empty() && !config.auto_migrate {
        let text = "the database is not at the schema, and `auto_migrate` is off";
        return Err(refused(format!("{text}:\n  {}", changes.join("\n  "))));
    }
    Ok(changes)
}

/// The tables that the database has, whoever made them. None of a database that is yet to be made.
///
/// # Errors
/// When it cannot be opened or read.
pub(crate) async fn existing_tables(config: &Config) -> Result<Vec<ExistingTable>> {
    if !exists(&config.database) {
        return Ok(Vec::new());
    }
    let not_opened = |error| refused(chain(&error));
    let store = Store::open_shared(&config.database, None, config.connections).await.map_err(not_opened)?;
    let tables = store.introspect().await;
    store.close().await;
    tables.map_err(not_opened)
}
