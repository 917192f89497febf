//! What writes the rows of one table of a target: by the routes that are declared here, or by what the answers themselves say.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::value::RawValue;

use super::row::Waiting;
use super::{Routes, lock};
use crate::export::ExportMethod;
use crate::export::target::{Away, Refused, Target, TargetTable, Writer};

/// The writers of a table, made when they are needed.
pub(super) struct Writers {
    routes: Arc<Mutex<Routes>>,
    /// The table as the target described it. None once that may have changed.
    table: Option<Arc<TargetTable>>,
    made: HashMap<Kind, Arc<Writer>>,
}

/// What can be written by one writer: a method, and the names of the answer's fields.
pub(super) type Kind = (ExportMethod, Vec<String>);

impl Writers {
    pub(super) fn new(routes: Arc<Mutex<Routes>>) -> Self {
        Self { routes, table: None, made: HashMap::new() }
    }

    /// The target that all the routes share.
    pub(super) fn target(&self) -> Option<Target> {
        lock(&self.routes).values().next().map(|(export, _)| export.target.clone())
    }

    /// What kind of row this is. A route that is not declared here, or otherwise now, is known by its answer.
    pub(super) fn kind(&self, row: &Waiting) -> Kind {
        let routes = lock(&self.routes);
        let declared = routes.get(&row.route).filter(|(export, _)| export.method == row.method);
        let fields = match declared {
            Some((export, _)) => export.fields.clone(),
            None => {
                let body: Result<BTreeMap<String, &RawValue>, _> =
                    serde_json::from_str(row.body.as_deref().unwrap_or_default());
                body.map(|fields| fields.into_keys().collect()).unwrap_or_default()
            }
        };
        (row.method, fields)
    }

    /// What writes rows of this kind.
    ///
    /// # Errors
    /// [`Away`] when the target does not say what its table looks like; a [`Refused`] row has fields that the table has not.
    pub(super) async fn get(&mut self, kind: &Kind) -> Result<Result<Arc<Writer>, Refused>, Away> {
        if let Some(writer) = self.made.get(kind) {
            return Ok(Ok(writer.clone()));
        }
        let table = self.describe().await?;
        let (method, fields) = kind;
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Ok(table.writer(&fields, *method).map(|writer| {
            let writer = Arc::new(writer);
            self.made.insert(kind.clone(), writer.clone());
            writer
        }))
    }

    /// Asks the target anew what its table looks like, before the next row is written.
    pub(super) fn forget(&mut self) {
        self.table = None;
        self.made.clear();
    }

    async fn describe(&mut self) -> Result<Arc<TargetTable>, Away> {
        if let Some(table) = &self.table {
            return Ok(table.clone());
        }
        let first = lock(&self.routes).values().next().map(|(export, _)| export.clone());
        let Some(export) = first else { return Err(Away("no route exports to it".to_owned())) };
        let table = export.target.describe(export.schema.as_deref(), &export.table).await?;
        let table = table.ok_or_else(|| Away(format!("there is no table `{}`", export.table)))?;
        Ok(self.table.insert(table).clone())
    }
}
