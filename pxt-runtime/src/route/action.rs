//! What endpoints do, as data.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::row::RowAnswer;
use crate::app::QueryDef;
use crate::export::RowExport;
use crate::query::RowShape;
use crate::schema::TableDef;
use crate::store::Described;
use crate::table::{Handle, Keys};
use crate::value::Value;

/// What an endpoint does between request and response.
pub(crate) enum Action {
    Insert(RowAction),
    Update(RowAction),
    Compute(RowAction),
    Delete(Arc<Handle>),
    Query(QueryAction),
}

/// What is done with one row of a table, and what is answered of it.
pub(crate) struct RowAction {
    pub(crate) table: Arc<Handle>,
    pub(crate) answer: RowAnswer,
    /// Where the answer is written besides.
    pub(crate) export: Option<Arc<RowExport>>,
}

/// What a query route does.
pub(crate) struct QueryAction {
    pub(crate) asked: Asked,
    pub(crate) row: RowShape,
    /// The tables whose rows it answers with, as far as they are known.
    pub(crate) tables: Vec<&'static TableDef>,
    /// Whether there has to be one row.
    pub(crate) one_row: bool,
    /// Whether the row's media column is answered as a file.
    pub(crate) file: bool,
    /// Whether a row is one value.
    pub(crate) scalar: bool,
    /// The most rows of one answer.
    pub(crate) most: u64,
    /// The tables whose files a request may name.
    pub(crate) files: Arc<BTreeSet<&'static str>>,
}

/// Who knows the rows.
pub(crate) enum Asked {
    Function(&'static QueryDef),
    Retrieval(RetrievalAction),
    Sql(SqlAction),
}

/// Rows of an SQL text.
pub(crate) struct SqlAction {
    /// None while the declaration is only judged.
    pub(crate) described: Option<Arc<Described>>,
    /// What stands in for each parameter that is left out.
    pub(crate) defaults: Vec<Value>,
}

/// Rows of a table by the values of some columns.
pub(crate) struct RetrievalAction {
    pub(crate) table: Arc<Handle>,
    /// The columns, in the order of the fields.
    pub(crate) by: Vec<usize>,
    /// The names of the answer's fields.
    pub(crate) keys: Keys,
}

impl QueryAction {
    /// Whether it answers with the one row of a key, and so with the row's version.
    pub(crate) fn is_lookup(&self) -> bool {
        let by_key = matches!(&self.asked, Asked::Retrieval(retrieval) if retrieval.is_by_key());
        by_key && self.one_row && !self.file
    }
}

impl RetrievalAction {
    /// Whether one row at most can be found.
    pub(crate) fn is_by_key(&self) -> bool {
        !self.by.is_empty() && self.table.key == self.by
    }
}

impl Action {
    /// Whether a part of it ends with the client that asked: looking at images, and computing what nobody stores.
    pub(super) fn minds_its_caller(&self) -> bool {
        match self {
            Self::Insert(row) | Self::Update(row) => row.table.def.columns.iter().any(|column| column.ty.is_media()),
            Self::Compute(_) => true,
            Self::Delete(_) | Self::Query(_) => false,
        }
    }

    /// What is said of work that a request no longer waits for.
    pub(super) fn goes_on(&self) -> &'static str {
        match self {
            Self::Insert(_) | Self::Update(_) | Self::Delete(_) => "; what it started goes on, and may still be stored",
            Self::Compute(_) | Self::Query(_) => "",
        }
    }
}
