//! Updating a row: read, compute, write if nobody wrote in between, else again.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::LazyLock;

use tokio::sync::Mutex;

use super::insert::refuse;
use super::{App, Handle, InJob, store_error};
use crate::compute::{self, Outcome, Step};
use crate::error::{Error, Result};
use crate::store::Member;
use crate::value::{Row, Value};

/// How often a write that others overtook is tried again. Within one process further attempts go one after the other, so
/// that only first attempts and other processes can overtake them.
const ATTEMPTS: usize = 50;

/// New values of columns, by position.
pub(super) type Values = Vec<(usize, Value)>;

/// Where the new values come from.
enum Changes<'a> {
    Given(Values),
    /// Made of the row as it is, at each attempt anew.
    Made(&'a (dyn Fn(Row) -> Result<Values> + Send + Sync)),
}

impl App {
    /// Changes columns of the row with this key, and the computed columns that follow from them. Returns the whole row and
    /// its version, or none when there is no such row. 412 when its version is none of `versions`, if there are any.
    pub(crate) async fn update(
        &self,
        table: &Handle,
        key: Vec<Value>,
        changes: Values,
        versions: Option<&[i64]>,
    ) -> Result<Option<(Row, i64)>> {
        self.update_in(None, table, key, changes, versions).await
    }

    /// The same as part of a background job, if there is one.
    pub(crate) async fn update_in(
        &self,
        job: Option<InJob<'_>>,
        table: &Handle,
        key: Vec<Value>,
        mut changes: Values,
        versions: Option<&[i64]>,
    ) -> Result<Option<(Row, i64)>> {
        self.accept(table, &mut changes).await?;
        self.rewrite(job, table, key, &Changes::Given(changes), versions).await
    }

    /// The same with what `change` makes of the row as it is stored, called again when somebody wrote in between.
    pub(super) async fn update_with(
        &self,
        table: &Handle,
        key: Vec<Value>,
        change: &(dyn Fn(Row) -> Result<Values> + Send + Sync),
    ) -> Result<Option<(Row, i64)>> {
        self.rewrite(None, table, key, &Changes::Made(change), None).await
    }

    /// Refuses what no database holds, and stores the files.
    async fn accept(&self, table: &Handle, changes: &mut Values) -> Result<()> {
        refuse(table, changes.iter().map(|(position, value)| (*position, value)))?;
        self.settle(table, changes.iter_mut().map(|(position, value)| (*position, value))).await
    }

    async fn rewrite(
        &self,
        job: Option<InJob<'_>>,
        table: &Handle,
        key: Vec<Value>,
        changes: &Changes<'_>,
        versions: Option<&[i64]>,
    ) -> Result<Option<(Row, i64)>> {
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let Some(found) = self.store().get(&table.statements, key.clone()).await.map_err(store_error)? else {
                return Ok(None);
            };
            let version = found.version;
            if versions.is_some_and(|wanted| !wanted.contains(&version)) {
                return Err(Error::new(
                    412,
                    "row_changed",
                    "the row is not in the version that `If-Match` names: read it anew",
                ));
            }
            let mut row = self.attach(found.values);
            let changes = match changes {
                Changes::Given(changes) => Cow::Borrowed(changes),
                Changes::Made(change) => {
                    let mut changes = change(row.clone())?;
                    self.accept(table, &mut changes).await?;
                    Cow::Owned(changes)
                }
            };
            let columns: Vec<usize> = changes.iter().map(|(position, _)| *position).collect();
            let steps = table.plan.affected(&columns);
            let (written, errors) = match change(self, table, &mut row, &changes, &steps).await {
                Ok((written, outcome)) => (written, merge(found.errors.as_deref(), &steps, &outcome)),
                Err(error) => {
                    self.discard(table, row, &error).await;
                    return Err(error);
                }
            };
            let write = Member::update(&table.statements, key.clone(), version, written, errors);
            if self.commit(&row, write, job).await?.is_some() {
                return Ok(Some((row, version + 1)));
            }
            if turn.is_none() {
                turn = Some(turns(table, &key).lock().await);
            }
        }
        Err(Error::new(503, "busy", "others kept changing the row: try again").with_retry_after(1))
    }
}

/// Makes the changes in the row and computes what follows. What to write of it, and what failed meanwhile.
async fn change(
    app: &App,
    table: &Handle,
    row: &mut Row,
    changes: &[(usize, Value)],
    steps: &[&Step],
) -> Result<(Values, Outcome)> {
    for (position, value) in changes {
        row[*position] = value.clone();
    }
    let outcome = compute::run(table.def, steps, app.media(), row).await?;
    let mut written = changes.to_vec();
    written.extend(steps.iter().map(|step| (step.column, row[step.column].clone())));
    Ok((written, outcome))
}

/// The recorded failures after some columns were computed anew.
pub(super) fn merge(before: Option<&str>, steps: &[&Step], outcome: &Outcome) -> Option<String> {
    let mut errors: serde_json::Map<String, serde_json::Value> =
        before.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    for step in steps {
        errors.remove(step.name);
    }
    for failure in &outcome.failures {
        errors.insert(failure.column.to_owned(), failure.message.clone().into());
    }
    if errors.is_empty() { None } else { Some(serde_json::Value::Object(errors).to_string()) }
}

/// The queue of those who were overtaken at a row. Rows share the queues by hash.
fn turns(table: &Handle, key: &[Value]) -> &'static Mutex<()> {
    static QUEUES: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let hash = STATE.hash_one((table.def.name, format!("{key:?}")));
    &QUEUES[hash as usize % QUEUES.len()]
}
