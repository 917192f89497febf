//! Inserting a row, and computing one without storing it.

use super::{Commit, Handle, Tables, media_error};
use crate::compute::{self, Outcome, Step};
use crate::error::{Error, FieldError, Result, abandoned};
use crate::schema::ColumnType;
use crate::store::{Member, Outcome as Written};
use crate::value::{Make, Media, Row, Value, check};

impl Tables {
    /// Stores a row: what is given, then defaults, files, computed columns, commit. Returns the whole row. A row that is
    /// refused leaves no files behind.
    pub(crate) async fn insert(
        &self,
        committer: &dyn Commit,
        table: &Handle,
        given: Vec<Option<Value>>,
    ) -> Result<Row> {
        let mut row = with_defaults(table, given);
        match self.store_row(committer, table, &mut row).await {
            Ok(()) => Ok(row),
            Err(error) => {
                self.discard(table, row, &error).await;
                Err(error)
            }
        }
    }

    async fn store_row(&self, committer: &dyn Commit, table: &Handle, row: &mut Row) -> Result<()> {
        let outcome = self.prepare(table, row, &table.plan.all()).await?;
        let write = Member::insert(&table.statements, row.clone(), outcome.to_json());
        let written = self.commit(committer, table, row, write).await?;
        if let (Some(position), Written::Inserted(Some(number))) = (table.auto, written) {
            row[position] = Value::Int(number);
        }
        Ok(())
    }

    /// Computes the columns that the outputs need, and stores nothing but the files that functions make, which are swept
    /// later. It ends with the client that waits for it.
    pub(crate) async fn compute(&self, table: &Handle, given: Vec<Option<Value>>, outputs: &[usize]) -> Result<Row> {
        let mut row = with_defaults(table, given);
        let steps = table.plan.needed(outputs);
        let prepared = tokio::select! {
            biased;
            prepared = self.prepare(table, &mut row, &steps) => prepared,
            () = compute::gone() => Err(abandoned()),
        };
        match prepared {
            Ok(_) => Ok(row),
            Err(error) => {
                self.discard(table, row, &error).await;
                Err(error)
            }
        }
    }

    async fn prepare(&self, table: &Handle, row: &mut Row, steps: &[&Step]) -> Result<Outcome> {
        refuse(table, row.iter().enumerate())?;
        self.settle(table, row.iter_mut().enumerate()).await?;
        compute::run(table.def, steps, self.media(), row).await
    }

    /// Stores the files among the values.
    pub(super) async fn settle(&self, table: &Handle, values: impl Iterator<Item = (usize, &mut Value)>) -> Result<()> {
        for (position, value) in values {
            if let Value::Media(file) = value {
                let column = &table.def.columns[position];
                *file = self.settle_file(table.def.name, column.name, column.ty, file.clone()).await?;
            }
        }
        Ok(())
    }

    /// Stores a file as one of this table's, or of what stands for a table. `name` is the field that brought it.
    pub(crate) async fn settle_file(&self, owner: &str, name: &str, ty: ColumnType, file: Media) -> Result<Media> {
        let stored = self.media().settle(owner, ty, file, self.public_url()).await;
        stored.map_err(|error| media_error(name, error))
    }
}

fn with_defaults(table: &Handle, given: Vec<Option<Value>>) -> Row {
    let columns = given.into_iter().zip(table.code.columns);
    let value = |(value, code): (Option<Value>, &compute::ColumnCode)| {
        value.unwrap_or_else(|| code.default.map_or(Value::Null, Make::make))
    };
    columns.map(value).collect()
}

/// Refuses values that no database holds or that are too long for their column, all of them at once.
pub(super) fn refuse<'a>(table: &Handle, values: impl Iterator<Item = (usize, &'a Value)>) -> Result<()> {
    let fields: Vec<_> = values
        .filter_map(|(position, value)| {
            let refusal = check(value, table.most(position)).err()?;
            Some(FieldError::pointer(table.def.columns[position].name, refusal.code, refusal.detail))
        })
        .collect();
    if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
}
