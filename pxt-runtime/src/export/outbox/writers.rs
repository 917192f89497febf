//! What writes the rows of one table of a target: by the routes that are declared here, or by what the answers themselves say.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::value::RawValue;

use super::row::Waiting;
use super::{Routes, lock};
use crate::export::ExportMethod;
use crate::export::target::{Away, Refused, Target, TargetTable, Writer};

/// How many forms of rows are known at once.
const FORMS: usize = 256;

/// The writers of a table, made when they are needed.
pub(super) struct Writers {
    routes: Arc<Mutex<Routes>>,
    /// The table as the target described it. None once that may have changed.
    table: Option<Arc<TargetTable>>,
    /// Forms by what makes them, and by the routes of which all rows are of one.
    forms: HashMap<Fields, Form>,
    of_routes: HashMap<String, (ExportMethod, Form)>,
    made: Vec<(Fields, Option<Arc<Writer>>)>,
}

/// What can be written by one writer, by its number.
pub(super) type Form = usize;

/// A method, and the names of the answer's fields.
type Fields = (ExportMethod, Vec<String>);

impl Writers {
    pub(super) fn new(routes: Arc<Mutex<Routes>>) -> Self {
        Self { routes, table: None, forms: HashMap::new(), of_routes: HashMap::new(), made: Vec::new() }
    }

    /// The target that all the routes share.
    pub(super) fn target(&self) -> Option<Target> {
        lock(&self.routes).values().next().map(|(export, _)| export.target.clone())
    }

    /// Begins a batch: routes may have been added.
    pub(super) fn begin(&mut self) {
        if self.made.len() > FORMS {
            self.forms.clear();
            self.made.clear();
        }
        self.of_routes.clear();
        let routes = lock(&self.routes).clone();
        for (route, (export, _)) in routes {
            let form = self.number((export.method, export.fields.clone()));
            self.of_routes.insert(route, (export.method, form));
        }
    }

    /// The form of a row of the batch that was begun last. A route that is not declared here, or otherwise now, is known by its
    /// answer.
    pub(super) fn form(&mut self, row: &Waiting) -> Form {
        if let Some((method, form)) = self.of_routes.get(&row.route)
            && *method == row.method
        {
            return *form;
        }
        let body: Result<BTreeMap<String, &RawValue>, _> =
            serde_json::from_str(row.body.as_deref().unwrap_or_default());
        self.number((row.method, body.map(|fields| fields.into_keys().collect()).unwrap_or_default()))
    }

    fn number(&mut self, fields: Fields) -> Form {
        *self.forms.entry(fields).or_insert_with_key(|fields| {
            self.made.push((fields.clone(), None));
            self.made.len() - 1
        })
    }

    /// What writes rows of this form.
    ///
    /// # Errors
    /// [`Away`] when the target does not say what its table looks like; a [`Refused`] row has fields that the table has not.
    pub(super) async fn get(&mut self, form: Form) -> Result<Result<Arc<Writer>, Refused>, Away> {
        if let Some(writer) = &self.made[form].1 {
            return Ok(Ok(writer.clone()));
        }
        let table = self.describe().await?;
        let ((method, fields), made) = &mut self.made[form];
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        Ok(table.writer(&fields, *method).map(|writer| made.insert(Arc::new(writer)).clone()))
    }

    /// Asks the target anew what its table looks like, before the next row is written.
    pub(super) fn forget(&mut self) {
        self.table = None;
        self.made.iter_mut().for_each(|(_, writer)| *writer = None);
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
