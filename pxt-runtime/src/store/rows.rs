//! The answer to a select: its rows one after the other, and where the next page begins.
//!
//! Few rows are read at once. Many, or large ones, are read by a task of their own, a batch at a time, so that an answer of
//! any length takes the same memory. Which it is is found out by reading: the structure of a select remembers how it went
//! last, and that is used while there are connections for long answers, so that a short answer never waits for them.

use std::vec;

use tokio::sync::mpsc;

use super::database::Database;
use super::extents::Extent;
use super::question::{Ask, Part, Questions};
use super::turns::Turn;
use super::unreadable::Line;
use super::{Select, StoreError};
use crate::value::Row;

/// The most rows that are read at once: a page of usual length.
pub(super) const FEW: u64 = 1024;
/// The memory of their values after which no further row is, in bytes.
pub(super) const MOST: usize = 1 << 20;

/// What each value adds to the bytes of a page, beside what it holds.
pub(super) const VALUE: u64 = 16;

/// How many rows a page goes on by to end with one that a cursor can name.
const FURTHER: u64 = 128;

/// Which rows of an answer are wanted.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Rows behind this cursor, which [`RowStream::further`] gave for the page before. None for the first page.
    pub after: Option<String>,
    /// The most rows; 0 is taken for 1. A page does not end with a row whose key is too long for a cursor, but goes on to
    /// the next one whose key is not.
    pub most: u64,
    /// The bytes of rows after which no further row is of the page, at least 1: a value counts for what it holds and
    /// 16 bytes more. None for any number.
    pub bytes: Option<u64>,
}

/// Rows as they come from the database. A stream that is dropped gives its connection back.
#[derive(Debug)]
pub struct RowStream {
    rows: vec::IntoIter<Line>,
    further: Option<String>,
    /// Where more rows come from. None when there are no more.
    rest: Option<mpsc::Receiver<Result<Batch, StoreError>>>,
}

/// What a task that reads sends.
#[derive(Debug)]
pub(super) enum Batch {
    /// Comes first.
    Page(End),
    Rows(Vec<Line>),
    /// There are no more. Without it the task was cut short.
    End,
}

/// Where a page ends.
#[derive(Debug, Default)]
pub(super) struct End {
    /// How many rows the page has at most.
    pub(super) count: u64,
    /// The last row of the page, if there is another behind it.
    pub(super) last: Option<Line>,
}

/// A long answer whose first rows are there.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) end: End,
    pub(super) first: Vec<Line>,
    pub(super) rest: Option<mpsc::Receiver<Result<Batch, StoreError>>>,
}

impl Page {
    /// All rows.
    pub fn all() -> Self {
        Self { after: None, most: u64::MAX, bytes: None }
    }
}

impl RowStream {
    /// The next row: its values in the order of the select's outputs. A file is its key, and cannot be read yet.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row that cannot be read, behind which further ones come; [`StoreError::Slow`] when
    /// the rows were not taken for too long, [`StoreError::Closed`] when the store is closed, and those of reading: there
    /// are no rows after these.
    pub async fn next(&mut self) -> Result<Option<Row>, StoreError> {
        loop {
            if let Some(line) = self.rows.next() {
                return line.map(Some).map_err(StoreError::Unreadable);
            }
            let Some(rest) = &mut self.rest else { return Ok(None) };
            match rest.recv().await {
                Some(Ok(Batch::Rows(rows))) => self.rows = rows.into_iter(),
                Some(Ok(Batch::Page(_) | Batch::End)) => self.rest = None,
                Some(Err(error)) => {
                    self.rest = None;
                    return Err(error);
                }
                None => {
                    self.rest = None;
                    return Err(StoreError::Slow);
                }
            }
        }
    }

    /// The next row that can be read. The log names those that cannot.
    ///
    /// # Errors
    /// As for [`next`](Self::next), but for [`StoreError::Unreadable`].
    pub async fn next_readable(&mut self) -> Result<Option<Row>, StoreError> {
        loop {
            match self.next().await {
                Err(StoreError::Unreadable(cell)) => cell.log_left_out(),
                next => return next,
            }
        }
    }

    /// The cursor of the next page, when there are more rows than this page has. Known from the start.
    pub fn further(&self) -> Option<&str> {
        self.further.as_deref()
    }

    /// How many rows it has at hand.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.rows.len()
    }

    /// Rows of which all are there.
    pub(super) fn of(rows: Vec<Line>, further: Option<String>) -> Self {
        Self { rows: rows.into_iter(), further, rest: None }
    }

    /// Rows of which the first are there.
    pub(super) fn opened(opened: Opened, further: Option<String>) -> Self {
        Self { rows: opened.first.into_iter(), further, rest: opened.rest }
    }
}

/// Answers a select.
pub(super) async fn select(
    database: &Database,
    questions: &Questions,
    select: &Select,
    page: &Page,
) -> Result<RowStream, StoreError> {
    let mut ask = questions.ask(database.dialect(), select, page.after.as_deref())?;
    if let Some(place) = ask.place() {
        let found = database.rows(&ask.question, Part::Place, place, MOST).await?;
        ask.resume(found.and_then(|mut rows| rows.pop()).transpose().map_err(StoreError::Unreadable)?)?;
    }
    let most = page.most.clamp(1, i64::MAX as u64);
    let whole = if ask.question.is_single() { ask.limit().min(1) } else { ask.limit() };
    // Whether the page may end before the answer does.
    let cut = whole > most && most < i64::MAX as u64;
    let limit = whole.min(most);
    let bytes = page.bytes.filter(|bytes| *bytes < i64::MAX as u64);
    let much = if limit + u64::from(cut) <= FEW { Extent::Large } else { Extent::Long };
    let turn = if ask.question.extents.was(much) { database.turn() } else { None };
    if turn.is_none()
        && let Some(rows) = few(database, &ask, limit, cut, bytes).await?
    {
        return Ok(rows);
    }
    many(database, &ask, turn, limit, whole, bytes).await
}

/// The page if it is short.
async fn few(
    database: &Database,
    ask: &Ask<'_>,
    limit: u64,
    cut: bool,
    bytes: Option<u64>,
) -> Result<Option<RowStream>, StoreError> {
    let question = &ask.question;
    let wanted = limit + u64::from(cut);
    let part = if cut && wanted <= FEW { Part::Places } else { Part::Rows };
    let memory = bytes.and_then(|bytes| usize::try_from(bytes).ok()).map_or(MOST, |bytes| bytes.min(MOST));
    let Some(mut rows) = database.rows(question, part, ask.rows(part, wanted.min(FEW + 1)), memory).await? else {
        question.extents.note(Extent::Large);
        return Ok(None);
    };
    if rows.len() as u64 > FEW {
        question.extents.note(Extent::Long);
        return Ok(None);
    }
    // A page that could have been cut, and was not, is the whole answer.
    if part == Part::Rows {
        return Ok(Some(RowStream::of(rows, None)));
    }
    let more = rows.len() as u64 > limit;
    rows.truncate(limit as usize);
    let mut further = None;
    if let Some(last) = rows.last().filter(|_| more) {
        // Of one that cannot be read, the place may be readable all the same: it is asked for alone.
        further = last.as_ref().ok().and_then(|last| question.cursor(last));
        if further.is_none() {
            return Ok(None);
        }
    }
    rows.iter_mut().flatten().for_each(|row| question.trim(row));
    Ok(Some(RowStream::of(rows, further)))
}

/// Both the end of the page and its rows are of one moment. `whole` is how many rows the select asks for at most.
async fn many(
    database: &Database,
    ask: &Ask<'_>,
    mut turn: Option<Turn>,
    mut limit: u64,
    whole: u64,
    mut bytes: Option<u64>,
) -> Result<RowStream, StoreError> {
    loop {
        let (ending, rows) = (ask.ending(limit, whole, bytes), ask.rows(Part::Rows, limit));
        let opened = database.stream(turn.take(), &ask.question, ending, rows).await?;
        let further = match &opened.end.last {
            Some(last) => match last.as_ref().ok().and_then(|last| ask.question.end(last)) {
                Some(cursor) => Some(cursor),
                None => {
                    let count = opened.end.count;
                    drop(opened);
                    limit = count + longer(database, ask, count, whole).await?;
                    // It has more bytes already.
                    bytes = None;
                    continue;
                }
            },
            None => None,
        };
        return Ok(RowStream::opened(opened, further));
    }
}

/// By how many rows a page has to be longer than `limit` to end with one that a cursor can name, or with the answer. Rows whose
/// place cannot be read are passed over, however many there are: they add nothing to the page.
async fn longer(database: &Database, ask: &Ask<'_>, limit: u64, whole: u64) -> Result<u64, StoreError> {
    let can_end = |line: &Line| line.as_ref().is_ok_and(|row| ask.question.end(row).is_some());
    let mut passed = 0;
    loop {
        let wanted = FURTHER.min(whole - limit - passed);
        let ends = ask.ends(limit + passed, wanted);
        let rows = database.rows(&ask.question, Part::End, ends, usize::MAX).await?.unwrap_or_default();
        if let Some(position) = rows.iter().position(can_end) {
            return Ok(passed + position as u64 + 1);
        }
        passed += wanted;
        // As many as were asked for, or as there are: the answer ends here.
        if wanted < FURTHER || (rows.len() as u64) < wanted {
            return Ok(passed);
        }
        if rows.iter().any(Result::is_ok) {
            return Err(StoreError::LongKeys { table: ask.question.table.name });
        }
    }
}
