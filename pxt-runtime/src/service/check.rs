//! What a start would find, without a change: whether the database and the media storage can be used, and what would be migrated.

use super::config::{Config, refused};
use crate::error::{Result, chain};
use crate::media::MediaStore;
use crate::schema::Schema;
use crate::store::{ExistingTable, Look, exists, shown, writable};

/// What a start would change of the database, a line each.
///
/// # Errors
/// Why it cannot be started: the database cannot be opened, or differs from the schema in a way that would lose data.
pub(crate) async fn pending(config: &Config, schema: &'static Schema) -> Result<Vec<String>> {
    let not_opened = |error| refused(chain(&error));
    let media = MediaStore::look(&config.media, &config.media_options);
    media.map_err(|error| {
        refused(format!("media storage `{}` cannot be opened: {}", shown(&config.media), chain(&error)))
    })?;
    writable(&config.database).map_err(not_opened)?;
    if !exists(&config.database) {
        let made = "the database does not exist, and is made".to_owned();
        let tables = schema.tables.iter().map(|table| format!("table `{}` is new", table.name));
        return Ok(std::iter::once(made).chain(tables).collect());
    }
    let adopt: Vec<_> = config.adopt.iter().filter_map(|name| schema.table(name)).collect();
    let look = Look::at(&config.database, config.read_url.as_deref(), config.connections, &adopt).await;
    let look = look.map_err(not_opened)?;
    let drift = look.compare(schema);
    let lines = |list: &mut dyn Iterator<Item = String>| list.collect::<Vec<_>>();
    let refusals = lines(&mut drift.refused.iter().map(ToString::to_string));
    let adopted = look.adopted().iter().map(|table| format!("table `{}` is adopted", table.name));
    let changes = lines(&mut drift.additive.iter().map(ToString::to_string));
    if !refusals.is_empty() {
        let text = "the database differs from the schema in ways that a start does not change";
        return Err(refused(format!("{text}:\n  {}", refusals.join("\n  "))));
    }
    if !changes.is_empty() && !config.auto_migrate {
        let text = "the database is not at the schema, and `auto_migrate` is off";
        return Err(refused(format!("{text}:\n  {}", changes.join("\n  "))));
    }
    Ok(adopted.chain(changes).collect())
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
    let look = Look::at(&config.database, None, config.connections, &[]).await.map_err(not_opened)?;
    Ok(look.tables())
}
