//! A question over tables, as plain data: what the typed queries of `table` build, and a database's dialect writes as SQL.

use std::borrow::Cow;

use crate::schema::{ColumnDef, ColumnType, TableDef};
use crate::value::Value;

/// The most bytes of a text that is looked for in others: databases may compare each of its letters with each of theirs, and
/// none stops meanwhile.
pub(crate) const SOUGHT: usize = 1 << 10;

/// Which rows, of which tables, in which order, and what of them.
#[derive(Debug, Clone)]
pub struct Select {
    /// The table that is asked.
    pub table: &'static TableDef,
    /// The tables that its rows are joined with.
    pub joins: Vec<Join>,
    /// What a row of the answer holds.
    pub outputs: Vec<Output>,
    /// Which rows count.
    pub filter: Option<Condition>,
    /// The columns by whose values rows are taken together.
    pub group_by: Vec<Place>,
    /// The order. What identifies a row comes last, whether it is written or not, so that the order is a total one.
    pub order_by: Vec<(Expression, Direction)>,
    /// How many rows at most.
    pub limit: Option<u64>,
    /// How many rows are passed over.
    pub offset: u64,
}

/// A table whose rows are joined where two columns are equal.
#[derive(Debug, Clone, Copy)]
pub struct Join {
    /// The table.
    pub table: &'static TableDef,
    /// The two columns: one of this table, one of a table before it.
    pub on: (Place, Place),
    /// Whether a row without a partner stays, with nulls.
    pub optional: bool,
}

/// A column of one of the tables.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The table.
    pub table: &'static TableDef,
    /// The column's position in it.
    pub column: usize,
}

/// A value of each row of the answer.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name in JSON.
    pub name: Cow<'static, str>,
    /// What it is.
    pub expression: Expression,
    /// The type that it is read as.
    pub ty: ColumnType,
}

/// What can be asked for, or ordered by.
#[derive(Debug, Clone, Copy)]
pub enum Expression {
    /// A column's value.
    Column(Place),
    /// The number of rows.
    CountRows,
    /// The number of rows in which the column is not null.
    Count(Place),
    /// The sum of a column of numbers; null when there is no number.
    Sum(Place),
    /// The mean of a column of numbers, a float.
    Avg(Place),
    /// The smallest value.
    Min(Place),
    /// The largest value.
    Max(Place),
}

/// Which way an order goes. Nulls come first in a rising one and last in a falling one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From small to large.
    Ascending,
    /// From large to small.
    Descending,
}

/// Which rows count. A comparison with a null is not true. A text that is looked for in others has 1 KiB at most.
#[derive(Debug, Clone)]
pub enum Condition {
    /// All of these. True of no condition.
    And(Vec<Condition>),
    /// One of these at least. False of no condition.
    Or(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// The column's value compared with this one.
    Compare(Place, Comparison, Value),
    /// The column's text has this one somewhere, letter by letter.
    Contains(Place, String),
    /// The column's text begins with this one.
    StartsWith(Place, String),
    /// The column's text ends with this one.
    EndsWith(Place, String),
    /// The column's value is one of these.
    In(Place, Vec<Value>),
    /// The column is null.
    Null(Place),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Select {
    /// All columns of a table's rows.
    pub fn all(table: &'static TableDef) -> Self {
        let outputs = table.columns.iter().enumerate().map(|(column, def)| Output {
            name: def.name.into(),
            expression: Expression::Column(Place { table, column }),
            ty: def.ty,
        });
        Self {
            table,
            joins: Vec::new(),
            outputs: outputs.collect(),
            filter: None,
            group_by: Vec::new(),
            order_by: Vec::new(),
            limit: None,
            offset: 0,
        }
    }
}

impl Select {
    /// Whether rows are taken together, so that a row of the answer stands for several.
    pub(crate) fn is_grouped(&self) -> bool {
        let outputs = self.outputs.iter().map(|output| output.expression);
        let mut expressions = outputs.chain(self.order_by.iter().map(|(expression, _)| *expression));
        !self.group_by.is_empty() || expressions.any(|expression| !matches!(expression, Expression::Column(_)))
    }
}

impl Place {
    /// The column's definition.
    pub fn def(self) -> &'static ColumnDef {
        &self.table.columns[self.column]
    }
}
