//! A select made ready for a database: judged, written as SQL once per structure, and its values beside it.
//!
//! The answer to a select has a total order, so that it can be read page by page: a cursor names the last row
//! of a page by the values that it is ordered by.

mod behind;
mod condition;
mod scope;
mod shape;
mod slots;
mod terms;
mod text;
mod token;

use std::convert::Infallible;
use std::sync::Arc;

use self::scope::Scope;
use self::shape::Shape;
use self::terms::Term;
use self::text::{Text, Writer};
use self::token::Types;
use super::extents::Extents;
use super::kept::Kept;
use super::sql::Dialect;
use super::statements::Statement;
use super::{Place, Select, StoreError, Unreadable};
use crate::schema::{ColumnType, TableDef, fnv1a};
use crate::value::{Row, Value};

use self::terms::Item;
pub(super) use scope::comparable;
pub(super) use text::Part;

/// Structures of selects that are kept. A query that builds its filter from what a client leaves out has several.
const QUESTIONS: usize = 1024;
/// Texts that a structure keeps: five parts, each from the start and behind places with nulls here and there.
const TEXTS: usize = 20;

/// A text and the values that its placeholders stand for.
pub(super) type Asked = (Statement, Vec<Bound>);

/// A value that a placeholder stands for.
#[derive(Debug, Clone)]
pub(super) enum Bound {
    /// To be compared with this column.
    Null(Place),
    /// An offset, a number of letters, the limit of a select itself.
    Number(i64),
    /// The limit of what is asked for.
    Limit(i64),
    /// To be compared with this column.
    Column(Place, Value),
    /// Of a cursor: as the database has it.
    Place(Value),
}

/// The questions that were asked, by the structure of their selects.
#[derive(Debug)]
pub(super) struct Questions(Kept<u64, Arc<Question>>);

/// What all selects of one structure share.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) table: &'static TableDef,
    /// The tables that are read.
    pub(super) tables: Vec<&'static TableDef>,
    items: Vec<Item>,
    outputs: usize,
    /// How many items each row is read with: the outputs, and what else identifies it.
    read: usize,
    terms: Vec<Term>,
    /// The items of the terms.
    end: Vec<Item>,
    /// These, and the size of a row.
    sizes: Vec<Item>,
    /// The bytes that each row counts for in a page, beside what its values hold.
    weight: u64,
    /// Whether there is always one row: all rows are taken together.
    single: bool,
    grouped: bool,
    /// Tells the cursors of this select from those of others, in all processes alike.
    mark: u32,
    texts: Kept<u8, Text>,
    /// How much the last answer was.
    pub(super) extents: Extents,
}

/// One select about to be answered.
pub(super) struct Ask<'s> {
    pub(super) question: Arc<Question>,
    kept: bool,
    select: &'s Select,
    dialect: Dialect,
    values: Vec<Bound>,
    after: Option<After>,
}

/// How the end of a page is found.
#[derive(Debug)]
pub(super) struct Ending {
    /// [`Part::Sizes`] where bytes end a page, else [`Part::End`].
    pub(super) part: Part,
    /// The most rows of the page.
    pub(super) limit: u64,
    /// The bytes after which no further row is of the page.
    pub(super) bytes: Option<u64>,
    /// The bytes that each row counts for, beside what its values hold.
    pub(super) weight: u64,
}

/// What a cursor says.
enum After {
    /// The values that a row is ordered by.
    Place(Vec<Value>),
    /// Those that identify it.
    Row(Vec<Value>),
}

impl Default for Questions {
    fn default() -> Self {
        Self(Kept::new(QUESTIONS))
    }
}

impl Questions {
    /// Judges a select, and takes it apart.
    ///
    /// # Errors
    /// [`StoreError::Mistake`], [`StoreError::TooComplex`], [`StoreError::LongText`] and [`StoreError::BadCursor`].
    pub(super) fn ask<'s>(
        &self,
        dialect: Dialect,
        select: &'s Select,
        after: Option<&str>,
    ) -> Result<Ask<'s>, StoreError> {
        let Shape { key, values, .. } = Shape::of(select)?;
        let (question, kept) = self.0.get(&key, || Question::new(dialect, select).map(Arc::new))?;
        let after = after.map(|text| question.place(text)).transpose()?;
        // A few more follow for the page.
        if values.len() + 2 * question.terms.len() + 8 > dialect.parameters() {
            return Err(StoreError::TooComplex);
        }
        Ok(Ask { question, kept, select, dialect, values, after })
    }
}

impl Question {
    fn new(dialect: Dialect, select: &Select) -> Result<Self, StoreError> {
        let scope = Scope::of(select)?;
        let (items, terms) = terms::of(select, &scope);
        let named = terms.iter().filter(|term| term.identity).map(|term| term.item + 1).max();
        let end: Vec<Item> = terms.iter().map(|term| items[term.item]).collect();
        let mut question = Self {
            table: select.table,
            tables: scope.sources().map(|source| source.table).collect(),
            outputs: select.outputs.len(),
            read: named.unwrap_or_default().max(select.outputs.len()),
            sizes: end.iter().copied().chain([Item::SIZE]).collect(),
            end,
            weight: items[..select.outputs.len()].iter().map(Item::weight).sum(),
            items,
            single: terms.is_empty(),
            terms,
            grouped: select.is_grouped(),
            mark: 0,
            texts: Kept::new(TEXTS),
            extents: Extents::default(),
        };
        // The text has the whole structure in it, and none of the values.
        let whole = question.writer(dialect, select).text(Part::Rows, None).text;
        question.mark = fnv1a(&whole) as u32;
        Ok(question)
    }

    /// The first column of this type whose values are added up, for a sum or a mean.
    pub(super) fn summed(&self, ty: ColumnType) -> Option<Place> {
        self.items.iter().filter_map(Item::sums).find(|place| place.def().ty == ty)
    }

    /// Whether there is always one row.
    pub(super) fn is_single(&self) -> bool {
        self.single
    }

    /// What is taken of the rows of a part.
    pub(super) fn items(&self, part: Part) -> &[Item] {
        match part {
            Part::Rows => &self.items[..self.outputs],
            Part::Places => &self.items,
            Part::End | Part::Place => &self.end,
            Part::Sizes => &self.sizes,
        }
    }

    /// The cell at this position of a row of a part, which cannot be read; `read` reads what identifies the row.
    pub(super) fn unreadable(
        &self,
        part: Part,
        position: usize,
        read: impl Fn(ColumnType, usize) -> Option<Value>,
    ) -> Unreadable {
        let item = &self.items(part)[position];
        let (table, column) = item.origin(self.table);
        let identity = self.terms.iter().enumerate().filter(|(_, term)| term.identity);
        let key: Vec<(String, Value)> = identity
            .map(|(number, term)| {
                let item = &self.items[term.item];
                let (table, column) = item.origin(self.table);
                let name = if self.tables.len() > 1 { format!("{table}.{column}") } else { column.to_owned() };
                let position = if matches!(part, Part::End | Part::Sizes | Part::Place) { number } else { term.item };
                (name, read(item.ty, position).unwrap_or(Value::Null))
            })
            .collect();
        Unreadable::new(table, column, item.ty.word(), key.iter().map(|(name, value)| (name.clone(), value)))
    }

    /// Takes what only the order needs off a row of [`Part::Places`].
    pub(super) fn trim(&self, row: &mut Row) {
        row.truncate(self.outputs);
    }

    /// The cursor behind a row of [`Part::Places`]. None when what identifies the row is too long for one.
    pub(super) fn cursor(&self, row: &Row) -> Option<String> {
        self.token(&self.terms.iter().map(|term| &row[term.item]).collect::<Vec<_>>())
    }

    /// The cursor behind a row of [`Part::End`]. None when what identifies the row is too long for one.
    pub(super) fn end(&self, row: &Row) -> Option<String> {
        self.token(&row.iter().collect::<Vec<_>>())
    }

    /// Writes all values of the terms, or those of the identity if these are too long.
    fn token(&self, values: &[&Value]) -> Option<String> {
        token::write(self.mark, values).or_else(|| {
            let identity = self.terms.iter().zip(values).filter(|(term, _)| term.identity);
            token::write(self.mark, &identity.map(|(_, value)| *value).collect::<Vec<_>>())
        })
    }

    /// Reads a cursor.
    fn place(&self, text: &str) -> Result<After, StoreError> {
        if self.single {
            return Err(StoreError::BadCursor);
        }
        let ty = |term: &Term| -> (ColumnType, bool) { (self.items[term.item].ty, term.nullable) };
        let whole: Types = self.terms.iter().map(ty).collect();
        let identity: Types = self.terms.iter().filter(|term| term.identity).map(ty).collect();
        let count = whole.len();
        let values = token::read(self.mark, &[whole, identity], text)?;
        Ok(if values.len() == count { After::Place(values) } else { After::Row(values) })
    }

    fn writer<'a>(&'a self, dialect: Dialect, select: &'a Select) -> Writer<'a> {
        let Self { items, read, terms, grouped, .. } = self;
        Writer { dialect, select, items, read: *read, terms, grouped: *grouped }
    }
}

impl Ask<'_> {
    /// How many rows the select itself asks for at most.
    pub(super) fn limit(&self) -> u64 {
        self.select.limit.unwrap_or(u64::MAX)
    }

    /// The first `limit` rows of a part, from the start or from behind the cursor.
    pub(super) fn rows(&self, part: Part, limit: u64) -> Asked {
        self.statement(part, limit, 0)
    }

    /// How to find what a page ends with, its last row and the one behind it: after `limit` rows, or those that hold more than
    /// `bytes`. None for a page that is the whole answer, which has `whole` rows at most.
    pub(super) fn ending(&self, limit: u64, whole: u64, bytes: Option<u64>) -> Option<(Ending, Asked)> {
        let weight = self.question.weight;
        if let Some(bytes) = bytes.filter(|_| whole > 1) {
            // No page has more, and the one behind it.
            let most = (bytes / weight.max(1)).saturating_add(2);
            let asked = self.statement(Part::Sizes, limit.saturating_add(1).min(whole).min(most), 0);
            return Some((Ending { part: Part::Sizes, limit, bytes: Some(bytes), weight }, asked));
        }
        let cut = limit < whole && limit < i64::MAX as u64;
        cut.then(|| {
            let asked = self.statement(Part::End, 2, limit.saturating_sub(1));
            (Ending { part: Part::End, limit, bytes: None, weight }, asked)
        })
    }

    /// What pages could end with that are up to `count` rows longer than `most`.
    pub(super) fn ends(&self, most: u64, count: u64) -> Asked {
        self.statement(Part::End, count, most)
    }

    /// Asks for the place of the row that the cursor names, if it says no more than its identity. The answer is for
    /// [`resume`](Self::resume).
    pub(super) fn place(&self) -> Option<Asked> {
        let Some(After::Row(identity)) = &self.after else { return None };
        let nulls: Vec<bool> = identity.iter().map(Value::is_null).collect();
        let (text, kept) = self.text(Part::Place, &nulls, |writer| writer.place(&nulls));
        let mut bounds = self.values.clone();
        self.window(&mut bounds);
        bounds.extend(text.place.iter().map(|position| Bound::Place(identity[*position].clone())));
        Some((Statement { text: text.text, kept }, bounds))
    }

    /// Goes on from the place of that row.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] when there is no such row any more.
    pub(super) fn resume(&mut self, place: Option<Row>) -> Result<(), StoreError> {
        self.after = Some(After::Place(place.ok_or(StoreError::BadCursor)?));
        Ok(())
    }

    fn statement(&self, part: Part, limit: u64, passed: u64) -> Asked {
        let place = match &self.after {
            Some(After::Place(values) | After::Row(values)) => Some(values),
            None => None,
        };
        let nulls: Option<Vec<bool>> = place.map(|values| values.iter().map(Value::is_null).collect());
        let (text, kept) =
            self.text(part, nulls.as_deref().unwrap_or_default(), |writer| writer.text(part, nulls.as_deref()));

        let mut bounds = self.values.clone();
        let (own, mut offset) = (self.select.offset, passed);
        match place {
            Some(place) => {
                self.window(&mut bounds);
                bounds.extend(text.place.iter().map(|position| Bound::Place(place[*position].clone())));
            }
            None => offset = offset.saturating_add(own),
        }
        bounds.push(Bound::Limit(count(limit)));
        if part == Part::End || (place.is_none() && own > 0) {
            bounds.push(number(offset));
        }
        (Statement { text: text.text, kept }, bounds)
    }

    /// A text, and whether it is kept.
    fn text(&self, part: Part, nulls: &[bool], write: impl FnOnce(Writer<'_>) -> Text) -> (Text, bool) {
        let mut key = vec![part as u8];
        key.extend(nulls.iter().map(|null| u8::from(*null)));
        let make = || Ok::<_, Infallible>(write(self.question.writer(self.dialect, self.select)));
        let Ok((text, kept)) = self.question.texts.get(&key, make);
        (text, kept && self.kept)
    }

    /// The select's own limit and offset, where they stand in the text.
    fn window(&self, bounds: &mut Vec<Bound>) {
        if self.select.limit.is_some() || self.select.offset > 0 {
            bounds.extend([number(self.limit()), number(self.select.offset)]);
        }
    }
}

/// A number of rows as a value.
fn number(rows: u64) -> Bound {
    Bound::Number(count(rows))
}

/// A number of rows as the databases count them.
fn count(rows: u64) -> i64 {
    rows.try_into().unwrap_or(i64::MAX)
}
