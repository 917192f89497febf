//! The tables of a select, and whether what it says of their columns makes sense. What does not is a programmer's
//! mistake, found before the database is asked.

use crate::schema::{ColumnType, TableDef};
use crate::store::{Comparison, Condition, Expression, Join, Place, Select, StoreError};

/// The tables that a select reads, in the order of its joins.
#[derive(Debug)]
pub(super) struct Scope(Vec<Source>);

/// One of them.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) table: &'static TableDef,
    /// Whether a row without a partner in it stays.
    optional: bool,
    /// Whether the rows before it determine its row: it was joined by its whole key.
    pub(super) determined: bool,
}

impl Scope {
    /// Judges the whole select.
    pub(super) fn of(select: &Select) -> Result<Self, StoreError> {
        let mut scope = Self(vec![Source { table: select.table, optional: false, determined: false }]);
        for join in &select.joins {
            let source = scope.joined(join)?;
            scope.0.push(source);
        }
        if select.outputs.is_empty() {
            return Err(mistake(format!("the select on `{}` names nothing to read: add a column", select.table.name)));
        }
        for output in &select.outputs {
            scope.expression(output.expression)?;
        }
        for (expression, _) in &select.order_by {
            scope.ordered(*expression)?;
        }
        for place in &select.group_by {
            scope.comparable(*place)?;
        }
        if let Some(filter) = &select.filter {
            scope.condition(filter)?;
        }
        scope.grouped(select).map(|()| scope)
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// Whether the column may be null in a row of the answer.
    pub(super) fn nullable(&self, place: Place) -> bool {
        let column = place.def();
        // A computed column waits for its value while the table is backfilled.
        let waits = column.computed.is_some() && !column.primary_key;
        column.nullable || waits || self.optional(place.table)
    }

    /// Whether rows without a row of the table stay.
    pub(super) fn optional(&self, table: &'static TableDef) -> bool {
        self.0.iter().any(|source| source.optional && same(source.table, table))
    }

    fn joined(&self, join: &Join) -> Result<Source, StoreError> {
        let name = join.table.name;
        if self.0.iter().any(|source| source.table.name == name) {
            return Err(mistake(format!("table `{name}` is joined twice: join each table once")));
        }
        let (one, two) = join.on;
        let (new, old) = if same(one.table, join.table) { (one, two) } else { (two, one) };
        if !same(new.table, join.table) {
            return Err(mistake(format!(
                "table `{name}` is joined by columns of others: name a column of `{name}` and one of a table before it"
            )));
        }
        exists(new)?;
        self.comparable(old)?;
        let (ours, theirs) = (full(new), full(old));
        if new.def().ty != old.def().ty {
            let (new, old) = (new.def().ty.word(), old.def().ty.word());
            return Err(mistake(format!("{ours} is {new} and {theirs} is {old}: join tables by columns of one type")));
        }
        let mut key = join.table.key();
        let determined = key.next() == Some(new.column) && key.next().is_none();
        Ok(Source { table: join.table, optional: join.optional, determined })
    }

    fn place(&self, place: Place) -> Result<ColumnType, StoreError> {
        if !self.0.iter().any(|source| same(source.table, place.table)) {
            let (table, first) = (place.table.name, self.0[0].table.name);
            return Err(mistake(format!(
                "table `{table}` is not part of the select on `{first}`: join it, or leave its columns out"
            )));
        }
        exists(place).map(|()| place.def().ty)
    }

    /// A column whose values can be told from one another.
    fn comparable(&self, place: Place) -> Result<ColumnType, StoreError> {
        match self.place(place)? {
            ColumnType::Json => {
                Err(mistake(format!("{} is json, which cannot be compared: compare a column of its own", full(place))))
            }
            ty => Ok(ty),
        }
    }

    fn sortable(&self, place: Place) -> Result<(), StoreError> {
        match self.comparable(place)? {
            ColumnType::Array(..) => {
                Err(mistake(format!("{} is an array, which has no order: take another column", full(place))))
            }
            _ => Ok(()),
        }
    }

    fn expression(&self, expression: Expression) -> Result<(), StoreError> {
        let (place, takes, what) = match expression {
            Expression::CountRows => return Ok(()),
            Expression::Column(place) | Expression::Count(place) => return self.place(place).map(drop),
            Expression::Sum(place) => (place, Takes::Numbers, "no sum"),
            Expression::Avg(place) => (place, Takes::Numbers, "no mean"),
            Expression::Min(place) => (place, Takes::Ordered, "no smallest value"),
            Expression::Max(place) => (place, Takes::Ordered, "no largest value"),
        };
        let ty = self.place(place)?;
        let numbers = matches!(ty, ColumnType::Int | ColumnType::Float);
        let ordered = numbers || matches!(ty, ColumnType::String | ColumnType::Timestamp | ColumnType::Date);
        match takes {
            Takes::Numbers if !numbers => {
                Err(mistake(format!("{} is {} and has {what}: take an int or a float", full(place), ty.word())))
            }
            Takes::Ordered if !ordered => Err(mistake(format!(
                "{} is {} and has {what}: take an int, a float, a text, a timestamp or a date",
                full(place),
                ty.word()
            ))),
            _ => Ok(()),
        }
    }

    fn ordered(&self, expression: Expression) -> Result<(), StoreError> {
        match expression {
            Expression::Column(place) => self.sortable(place),
            expression => self.expression(expression),
        }
    }

    /// Recursive; how deep a condition is was looked at before.
    fn condition(&self, condition: &Condition) -> Result<(), StoreError> {
        match condition {
            Condition::And(parts) | Condition::Or(parts) => parts.iter().try_for_each(|part| self.condition(part)),
            Condition::Not(part) => self.condition(part),
            Condition::Compare(place, Comparison::Equal | Comparison::NotEqual, _) | Condition::In(place, _) => {
                self.comparable(*place).map(drop)
            }
            Condition::Compare(place, ..) => self.sortable(*place),
            Condition::Null(place) => self.place(*place).map(drop),
            Condition::Contains(place, _) | Condition::StartsWith(place, _) | Condition::EndsWith(place, _) => {
                match self.place(*place)? {
                    ColumnType::String => Ok(()),
                    ty => Err(mistake(format!("{} is {} and has no letters: search a text", full(*place), ty.word()))),
                }
            }
        }
    }

    /// Where rows are taken together, each value has to be the same for all of them.
    fn grouped(&self, select: &Select) -> Result<(), StoreError> {
        if !select.is_grouped() {
            return Ok(());
        }
        let by = |place: Place| select.group_by.iter().any(|known| is(*known, place));
        // A group that has one row of a table has one value of each of its columns.
        let single = |table: &'static TableDef| {
            table.key().next().is_some() && table.key().all(|column| by(Place { table, column }))
        };
        let expressions = select.outputs.iter().map(|output| output.expression);
        for expression in expressions.chain(select.order_by.iter().map(|(expression, _)| *expression)) {
            if let Expression::Column(place) = expression
                && !by(place)
                && !single(place.table)
            {
                return Err(mistake(format!("{} differs among the rows of a group: group by it too", full(place))));
            }
        }
        Ok(())
    }
}

/// Refuses columns that rows cannot be chosen by, and none at all.
pub(in crate::store) fn comparable(
    table: &'static TableDef,
    columns: impl IntoIterator<Item = usize>,
) -> Result<(), StoreError> {
    let scope = Scope(vec![Source { table, optional: false, determined: false }]);
    let mut none = true;
    for column in columns {
        none = false;
        scope.comparable(Place { table, column })?;
    }
    if none {
        return Err(mistake(format!("rows of `{}` are chosen by no column: name one at least", table.name)));
    }
    Ok(())
}

/// What an aggregate can be made of.
enum Takes {
    Numbers,
    Ordered,
}

/// Whether both are one column.
pub(super) fn is(one: Place, two: Place) -> bool {
    same(one.table, two.table) && one.column == two.column
}

fn same(one: &'static TableDef, two: &'static TableDef) -> bool {
    std::ptr::eq(one, two)
}

fn exists(place: Place) -> Result<(), StoreError> {
    if place.column < place.table.columns.len() {
        return Ok(());
    }
    let (table, count, column) = (place.table.name, place.table.columns.len(), place.column);
    Err(mistake(format!("table `{table}` has {count} columns, and none at position {column}")))
}

fn full(place: Place) -> String {
    format!("column `{}.{}`", place.table.name, place.def().name)
}

fn mistake(text: String) -> StoreError {
    StoreError::Mistake(text)
}
