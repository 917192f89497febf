//! The exports of an application: what waits in the outbox, and what may be done about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::outbox::{Outbox, Routes, Shaper, State, Times, key_of, text};
use super::row_export::RowExport;
use super::settings::ExportConfig;
use crate::error::Result;
use crate::schema::ColumnType;
use crate::store::{Answered, Store, StoreError, store_error};
use crate::value::Value;

/// Answers that wait to be written to another database. Clones are the same.
#[derive(Clone)]
pub struct Exports(Arc<Parts>);

struct Parts {
    store: Store,
    config: ExportConfig,
    outbox: OnceCell<Arc<Outbox>>,
}

/// A table of another database, and what waits for it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ExportTarget {
    /// The database without user and password, and the table: `postgresql://host:5432/analytics generations`.
    pub name: String,
    /// How many rows wait, those that failed among them.
    pub waiting: u64,
    /// How many rows were refused too often, and wait for somebody to decide.
    pub failed: u64,
    /// When the oldest of them was committed.
    pub oldest: Option<Timestamp>,
    /// Since when nothing can be written, if that is so.
    pub since: Option<Timestamp>,
    /// Why nothing can be written, or why the last row was refused that waits.
    pub error: Option<String>,
}

/// A row that waits to be exported.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ExportRow {
    /// Its place in the order of the commits.
    pub number: i64,
    /// The table it goes to, as [`ExportTarget::name`].
    pub target: String,
    /// What it waits for: `held` for its answer, `pending` for its turn, `behind` for another row of its key, `waiting` for another attempt,
    /// `failed` for somebody to decide.
    pub state: &'static str,
    /// The path of its route.
    pub route: String,
    /// The key of the row that was committed, as a JSON array.
    pub key: Option<String>,
    /// How often the target has refused it.
    pub attempts: u32,
    /// When it was committed.
    pub created_at: Timestamp,
    /// Why the target refused it.
    pub error: Option<String>,
}

/// Which rows are meant: those for which all of this holds.
///
/// ```
/// use pxt_runtime::export::ExportSelection;
///
/// let refused = ExportSelection::default().failed();
/// let two = ExportSelection::default().numbers([17, 18]);
/// assert!(refused.failed && two.numbers == Some(vec![17, 18]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportSelection {
    /// Only these, by their numbers.
    pub numbers: Option<Vec<i64>>,
    /// Only those for this table.
    pub target: Option<String>,
    /// Only those that failed.
    pub failed: bool,
}

impl Exports {
    /// The exports of a database, in which nothing is made for them before it is needed.
    pub(crate) fn new(store: &Store, config: ExportConfig) -> Self {
        Self(Arc::new(Parts { store: store.clone(), config, outbox: OnceCell::new() }))
    }

    /// The outbox, which is made if it is not there.
    ///
    /// # Errors
    /// Those of making tables.
    pub(crate) async fn open_outbox(&self) -> Result<&Arc<Outbox>, StoreError> {
        let Parts { store, config, outbox } = &*self.0;
        outbox.get_or_try_init(|| Outbox::open(store, config.clone(), Times::default())).await
    }

    /// The outbox, if a route has needed it.
    pub(crate) fn outbox(&self) -> Option<&Arc<Outbox>> {
        self.0.outbox.get()
    }

    /// Delivers the answers of these routes from now on, by the names of the routes.
    pub(crate) fn deliver(&self, routes: Vec<(Arc<RowExport>, String, Weak<dyn Shaper>)>) {
        let Some(outbox) = self.outbox() else { return };
        let mut by_destination: BTreeMap<String, Routes> = BTreeMap::new();
        for (export, route, shaper) in routes {
            by_destination.entry(export.destination.clone()).or_default().insert(route, (export, shaper));
        }
        for (destination, routes) in by_destination {
            outbox.deliver(&destination, routes);
        }
    }

    /// Stops delivering. What waits is delivered by other nodes, or later.
    pub(crate) async fn stop(&self, most: Duration) {
        if let Some(outbox) = self.outbox() {
            outbox.stop(most).await;
        }
    }

    /// The tables that rows were exported to, by name, and what waits for each.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn targets(&self) -> Result<Vec<ExportTarget>> {
        if !self.is_there().await? {
            return Ok(Vec::new());
        }
        let columns = [
            ("name", ColumnType::String),
            ("since", ColumnType::Int),
            ("error", ColumnType::String),
            ("waiting", ColumnType::Int),
            ("failed", ColumnType::Int),
            ("oldest", ColumnType::Int),
        ];
        let rows = self.read(TARGETS, Vec::new(), &columns).await?;
        Ok(rows.into_iter().filter_map(ExportTarget::read).collect())
    }

    /// Rows that wait, in the order of the commits: up to `most` behind the number `after`.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn list(&self, which: &ExportSelection, after: i64, most: usize) -> Result<Vec<ExportRow>> {
        if !self.is_there().await? {
            return Ok(Vec::new());
        }
        let (condition, mut values) = which.condition(3);
        values.splice(0..0, [Value::Int(after), Value::Int(i64::try_from(most).unwrap_or(i64::MAX))]);
        let text = format!("{ROWS} WHERE \"e\".\"number\" > $1 AND {condition} ORDER BY \"e\".\"number\" LIMIT $2 + 0");
        let columns = [
            ("number", ColumnType::Int),
            ("name", ColumnType::String),
            ("state", ColumnType::String),
            ("route", ColumnType::String),
            ("key", ColumnType::String),
            ("outcome", ColumnType::Int),
            ("attempts", ColumnType::Int),
            ("created_at", ColumnType::Int),
            ("error", ColumnType::String),
        ];
        let rows = self.read(&text, values, &columns).await?;
        Ok(rows.into_iter().filter_map(ExportRow::read).collect())
    }

    /// Tries rows again that the target has refused. How many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn retry(&self, which: &ExportSelection) -> Result<u64> {
        let (condition, values) = which.condition(1);
        let text = format!(
            "UPDATE \"_pxt_exports\" AS \"e\" SET \"attempts\" = 0, \"due_at\" = 0, \
             \"state\" = CASE WHEN \"body\" IS NULL THEN 'held' ELSE 'pending' END, \"_pxt_version\" = \"_pxt_version\" + 1 \
             WHERE \"e\".\"state\" IN ('failed', 'waiting') AND {condition} RETURNING \"number\""
        );
        self.change(&text, values).await
    }

    /// Removes rows, which are never exported then. How many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn drop(&self, which: &ExportSelection) -> Result<u64> {
        let (condition, values) = which.condition(1);
        self.change(&format!("DELETE FROM \"_pxt_exports\" AS \"e\" WHERE {condition} RETURNING \"number\""), values)
            .await
    }

    async fn is_there(&self) -> Result<bool> {
        if self.outbox().is_some() {
            return Ok(true);
        }
        self.0.store.has_exports().await.map_err(store_error)
    }

    async fn read(&self, text: &str, values: Vec<Value>, columns: &[(&str, ColumnType)]) -> Result<Vec<Answered>> {
        self.0.store.sql_now(text, values, columns).await.map_err(store_error)
    }

    async fn change(&self, text: &str, values: Vec<Value>) -> Result<u64> {
        if !self.is_there().await? {
            return Ok(0);
        }
        let changed = self.0.store.change_own(text, values, &[("number", ColumnType::Int)]).await;
        Ok(changed.map_err(store_error)?.len() as u64)
    }
}

/// Each target with what waits for it.
const TARGETS: &str = "SELECT \"t\".\"name\", \"t\".\"since\", COALESCE(\"t\".\"error\", (SELECT \"error\" FROM \"_pxt_exports\" \
     WHERE \"target\" = \"t\".\"id\" AND \"state\" IN ('failed', 'waiting') ORDER BY \"number\" DESC LIMIT 1)) AS \"error\", \
     (SELECT COUNT(*) FROM \"_pxt_exports\" WHERE \"target\" = \"t\".\"id\") AS \"waiting\", \
     (SELECT COUNT(*) FROM \"_pxt_exports\" WHERE \"target\" = \"t\".\"id\" AND \"state\" = 'failed') AS \"failed\", \
     (SELECT MIN(\"created_at\") FROM \"_pxt_exports\" WHERE \"target\" = \"t\".\"id\") AS \"oldest\" \
     FROM \"_pxt_export_targets\" AS \"t\" ORDER BY \"t\".\"name\"";

/// The rows of the outbox with their targets.
const ROWS: &str = "SELECT \"e\".\"number\", \"t\".\"name\", \"e\".\"state\", \"e\".\"route\", \"e\".\"key\", \"e\".\"outcome\", \
     \"e\".\"attempts\", \"e\".\"created_at\", \"e\".\"error\" FROM \"_pxt_exports\" AS \"e\" \
     JOIN \"_pxt_export_targets\" AS \"t\" ON \"t\".\"id\" = \"e\".\"target\"";

impl ExportSelection {
    /// Only these, by their numbers.
    #[must_use]
    pub fn numbers(mut self, numbers: impl IntoIterator<Item = i64>) -> Self {
        self.numbers = Some(numbers.into_iter().collect());
        self
    }

    /// Only those for this table, as [`ExportTarget::name`].
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Only those that failed.
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.failed = true;
        self
    }

    /// The condition on a row `e`, and its values, whose placeholders begin with this number.
    fn condition(&self, first: usize) -> (String, Vec<Value>) {
        let (mut conditions, mut values) = (vec!["1 = 1".to_owned()], Vec::new());
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", first + values.len() - 1)
        };
        if let Some(target) = &self.target {
            let name = bind(Value::String(target.clone()));
            conditions.push(format!(
                "\"e\".\"target\" IN (SELECT \"id\" FROM \"_pxt_export_targets\" WHERE \"name\" = {name})"
            ));
        }
        if self.failed {
            conditions.push("\"e\".\"state\" = 'failed'".to_owned());
        }
        if let Some(numbers) = &self.numbers {
            let numbers: Vec<_> = numbers.iter().map(|number| bind(Value::Int(*number))).collect();
            conditions.push(match numbers.as_slice() {
                [] => "1 = 0".to_owned(),
                numbers => format!("\"e\".\"number\" IN ({})", numbers.join(", ")),
            });
        }
        (conditions.join(" AND "), values)
    }
}

impl ExportTarget {
    fn read(answered: Answered) -> Option<Self> {
        let [name, since, error, waiting, failed, oldest] = <[Value; 6]>::try_from(answered.row).ok()?;
        let (Value::String(name), Value::Int(waiting), Value::Int(failed)) = (name, waiting, failed) else {
            return None;
        };
        let (waiting, failed) = (waiting.unsigned_abs(), failed.unsigned_abs());
        Some(Self { name, waiting, failed, oldest: time(&oldest), since: time(&since), error: text(error) })
    }
}

impl ExportRow {
    fn read(answered: Answered) -> Option<Self> {
        let [number, name, state, route, key, outcome, attempts, created_at, error] =
            <[Value; 9]>::try_from(answered.row).ok()?;
        let (Value::Int(number), Value::String(target), Value::String(state)) = (number, name, state) else {
            return None;
        };
        let (Value::String(route), Value::Int(attempts)) = (route, attempts) else { return None };
        Some(Self {
            number,
            target,
            state: State::of_word(&state)?.word(),
            route,
            key: key_of(key, &outcome),
            attempts: attempts.try_into().ok()?,
            created_at: time(&created_at)?,
            error: text(error),
        })
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    if let Value::Int(microseconds) = value { Timestamp::from_microsecond(*microseconds).ok() } else { None }
}
