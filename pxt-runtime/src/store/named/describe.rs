//! Describing a text: its parameters numbered, its columns judged, and the statements around it tried.

use std::sync::Arc;

use super::numbered::{Numbered, number};
use super::{Described, Mistake, Named, Refused, Undescribed, columns, texts};
use crate::schema::{ColumnType, Schema};
use crate::store::extents::Extents;
use crate::store::sql::Dialect;
use crate::store::{Store, StoreError};

impl Store {
    /// Finds out what a text answers, without running it.
    ///
    /// # Errors
    /// [`Undescribed::Mistakes`] with all that is wrong with the text, and [`Undescribed::Store`] when the database cannot be
    /// asked.
    pub async fn describe(&self, schema: &'static Schema, named: Named<'_>) -> Result<Arc<Described>, Undescribed> {
        let database = &self.0.database;
        let dialect = database.dialect();
        let names: Vec<&str> = named.parameters.iter().map(|(name, _)| *name).collect();
        let numbered = number(dialect, named.text, &names).map_err(Undescribed::Mistakes)?;
        self.look(false).await?;
        let types: Vec<ColumnType> = named.parameters.iter().map(|(_, ty)| *ty).collect();
        let found = database.describe(&numbered.text, &types).await;
        let found = found.map_err(|refused| refused.told(&numbered, named.text, dialect))?;
        let columns = columns::judge(database, schema, &found, named).map_err(Undescribed::Mistakes)?;
        let texts = texts::Texts::new(dialect, &numbered.text, &columns, types.len());
        // What the columns do not show: that it writes all the same, or may not be read.
        let tried = database.attempt(&texts.rows, &types).await;
        tried.map_err(|refused| refused.told_whole())?;
        let tables = schema.tables.iter().copied().filter(|table| found.tables.iter().any(|name| name == table.name));
        Ok(Arc::new(Described {
            columns,
            tables: tables.collect(),
            parameters: named.parameters.to_vec(),
            texts,
            extents: Extents::default(),
        }))
    }
}

impl Refused {
    /// What is wrong, and where in the text as it was written.
    fn told(self, numbered: &Numbered, written: &str, dialect: Dialect) -> Undescribed {
        let Self::Text { told, at } = self else { return self.told_whole() };
        let start = at.map(|at| numbered.written(at)).or_else(|| columns::named_in(&told, written, dialect));
        let at = start.map(|start| start..columns::word_end(written, start));
        Undescribed::Mistakes(vec![Mistake { text: format!("the database does not take the SQL text: {told}"), at }])
    }

    /// The same for a text that the place says nothing about.
    fn told_whole(self) -> Undescribed {
        match self {
            Self::Store(StoreError::Mistake(text)) => Undescribed::Mistakes(vec![Mistake::of_all(text)]),
            Self::Store(error) => Undescribed::Store(error),
            Self::Text { told, .. } => {
                Undescribed::Mistakes(vec![Mistake::of_all(format!("the database does not take the SQL text: {told}"))])
            }
        }
    }
}
