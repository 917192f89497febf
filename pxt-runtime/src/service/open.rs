//! Opening an application: storage, database, schema, and what has to be computed before the first request.

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;

use super::config::{Config, refused};
use crate::app::App;
use crate::compute::TableCode;
use crate::error::{Error, Result, chain};
use crate::export::Exports;
use crate::jobs::Jobs;
use crate::media::{MediaError, MediaStore, give_back, limit_images};
use crate::schema::{Schema, TableDef, nearest};
use crate::store::{Backfill, Store, StoreError, shown};
use crate::table::Tables;
use crate::value::{Make, Value};

/// How old a file without a row has to be before it is swept.
const UNREFERENCED: Duration = Duration::from_secs(60 * 60);

/// How often to look whether the application is still used.
const STILL_USED: Duration = Duration::from_secs(60);

/// Seconds from 1970 to 2020, before which no clock was right that this program has seen.
const EARLIEST: Duration = Duration::from_secs(1_577_836_800);

impl App {
    /// Opens the database and media storage, brings the database to the schema, and computes new columns.
    ///
    /// # Errors
    /// When database or storage cannot be opened, when the machine's clock was never set, and when the schema differs from the database in a way that would lose
    /// data: the text lists all differences.
    pub async fn open(config: Config, schema: &'static Schema) -> Result<Self> {
        Self::opened(config, schema).await
    }

    /// In a box, made by a function that is neither async nor generic: so it is compiled here, and not again with each program.
    fn opened(config: Config, schema: &'static Schema) -> BoxFuture<'static, Result<Self>> {
        Box::pin(Self::open_in_order(config, schema))
    }

    async fn open_in_order(config: Config, schema: &'static Schema) -> Result<Self> {
        // Before media storage is made: a start that is refused leaves nothing behind.
        let settings = config.settings()?;
        clock_is_set(SystemTime::now())?;
        limit_images(config.image_memory, config.max_pixels);
        let unusable = |error: MediaError| {
            let place = shown(&config.media);
            refused(format!("media storage `{place}` cannot be opened: {}", chain(&error)))
        };
        let media = MediaStore::open(&config.media, &config.media_options).map_err(unusable)?;
        media.probe().await.map_err(unusable)?;
        let media = media.with_public_url(settings.public_url.as_deref()).with_redirects(config.media_redirects);
        let store = Store::open_shared(&config.database, config.read_url.as_deref(), config.connections)
            .await
            .map_err(|error| not_opened(&error))?;
        adopt(&store, schema, &config.adopt).await?;
        let backfills = if config.auto_migrate {
            let migrated = store.migrate(schema, &default).await.map_err(|error| not_opened(&error))?;
            for change in &migrated.changes {
                tracing::info!("{change}");
            }
            migrated.backfill
        } else {
            let drift = store.compare(schema).await.map_err(|error| not_opened(&error))?;
            if !drift.is_empty() {
                let additive = drift.additive.iter().map(ToString::to_string);
                let lines: Vec<_> = additive.chain(drift.refused.iter().map(ToString::to_string)).collect();
                let text = "the database is not at the schema, and `auto_migrate` is off";
                return Err(refused(format!("{text}:\n  {}", lines.join("\n  "))));
            }
            Vec::new()
        };
        let jobs = Jobs::open(&store, config.jobs).await.map_err(|error| not_opened(&error))?;
        let exports = Exports::new(&store, settings.export.clone());
        let (public_url, max_text) = (settings.public_url.clone(), settings.max_text);
        let tables = Tables::new(schema, store, media, vec![jobs.files()], public_url, max_text)?;
        // What another program's functions compute, that program fills in.
        for backfill in backfills.into_iter().filter(can_compute) {
            tables.backfill(backfill).await?;
        }
        let app = Self::new(tables, jobs, exports, settings);
        app.keep_sweeping();
        app.keep_giving_back();
        Ok(app)
    }

    /// Stops taking operations, finishes those that were taken, and closes the database. Background jobs may go on for the
    /// configured `stop_timeout`; those that do not end by then are handed back, to run again later.
    pub async fn close(&self) {
        self.closed().await;
    }

    /// In a box, as [`opened`](Self::opened).
    fn closed(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.jobs().stop(self.settings().stop_timeout).await;
            self.exports().stop(self.settings().stop_timeout).await;
            self.tables().store().close().await;
        })
    }

    /// Gives memory back after images were looked at, for as long as the application is used.
    fn keep_giving_back(&self) {
        let app = self.downgrade();
        tokio::spawn(async move {
            let mut seen = 0;
            while app.upgrade().is_some() {
                // There may be no image ever again.
                let _ = tokio::time::timeout(STILL_USED, give_back(&mut seen)).await;
            }
        });
    }

    /// Sweeps files without a row from time to time, for as long as the application is used.
    fn keep_sweeping(&self) {
        let (app, pause) = (self.downgrade(), self.tables().media().sweep_every());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(app) = app.upgrade() else { return };
                match app.sweep_media(UNREFERENCED).await {
                    Ok(0) => {}
                    Ok(swept) => tracing::info!(swept, "removed files that no row names"),
                    Err(error) => tracing::error!(?error, "files without a row could not be removed"),
                }
            }
        });
    }
}

/// Takes over the tables that the configuration names.
async fn adopt(store: &Store, schema: &'static Schema, names: &[String]) -> Result<()> {
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        tables.push(schema.table(name).ok_or_else(|| {
            let declared = schema.tables.iter().map(|table| table.name);
            let near = nearest(name, declared).map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_else(|| ": declare it, or leave it out".to_owned());
            refused(format!("`adopt` names the table `{name}`, which is not declared{near}"))
        })?);
    }
    for table in store.adopt(&tables).await.map_err(|error| not_opened(&error))? {
        tracing::info!("table `{}` is adopted", table.name);
    }
    Ok(())
}

/// The value that a new column with a default has in the rows that are there already.
fn default(table: &TableDef, column: usize) -> Value {
    let code = TableCode::of(table).and_then(|code| code.columns.get(column)?.default);
    code.map_or(Value::Null, Make::make)
}

/// Whether the functions behind the columns are in this program.
fn can_compute(backfill: &Backfill) -> bool {
    let code = TableCode::of(backfill.table);
    let has = |column: &usize| code.is_some_and(|code| code.columns[*column].computed.is_some());
    backfill.columns.iter().all(has)
}

/// Refuses a clock that was never set: ids and times of rows and jobs would be wrong for ever, and before 1970 there are no ids.
fn clock_is_set(now: SystemTime) -> Result<()> {
    if now.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since >= EARLIEST) {
        return Ok(());
    }
    Err(refused("the clock of this machine is before 2020: set it, and start again"))
}

fn not_opened(error: &StoreError) -> Error {
    refused(chain(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_refused() {
        let at = |seconds: i64| {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let epoch = SystemTime::UNIX_EPOCH;
            clock_is_set(if seconds < 0 { epoch - distance } else { epoch + distance })
        };
        for seconds in [-1_000_000_000, -1, 0, 1_577_836_799] {
            assert!(at(seconds).unwrap_err().to_string().contains("the clock of this machine is before 2020: set it"));
        }
        assert!(at(1_577_836_800).is_ok() && clock_is_set(SystemTime::now()).is_ok());
    }
}
