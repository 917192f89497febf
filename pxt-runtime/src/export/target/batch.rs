//! Writing rows to a target within its time: all in one transaction, or each by itself where one of them is refused.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::{ConnectOptions, Connection, Pool, SqlStr};
use uuid::Uuid;

use super::failure::{Away, Failure, Refused};
use super::statement::Way;
use super::table::TargetTable;
use super::value::Value;
use super::writer::{Bound, Writer, size};
use crate::export::ExportMethod;

/// How long a connection that nobody uses stays.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// About the most bytes of one statement, if it has more than one row.
const MOST: usize = 1 << 20;

/// What connections to a target may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most connections to one target.
    pub(crate) connections: u32,
    /// How long connecting and one write may take, together.
    pub(crate) timeout: Duration,
}

/// A row to write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'r> {
    /// Names the export of this row, whenever it is tried.
    pub(crate) id: Uuid,
    /// The answer: a JSON object.
    pub(crate) body: &'r str,
}

/// What differs between databases.
pub(super) trait Driver: Sync {
    type Server: sqlx::Database;

    fn pool(&self) -> &Pool<Self::Server>;
    fn limits(&self) -> Limits;
    /// The target in sentences: `postgresql://host:5432/analytics`.
    fn name(&self) -> &str;
    /// What an error means.
    fn failure(&self, error: sqlx::Error) -> Failure;

    fn describe(
        &self,
        connection: &mut <Self::Server as sqlx::Database>::Connection,
        schema: Option<&str>,
        table: &str,
    ) -> impl Future<Output = Result<Option<TargetTable>, sqlx::Error>> + Send;

    /// Writes rows, of which no two have one key, by one of the texts for that many. Whether each of them was there, if
    /// it had to be.
    fn many(
        &self,
        connection: &mut <Self::Server as sqlx::Database>::Connection,
        text: &Arc<str>,
        method: ExportMethod,
        rows: &[&Bound],
    ) -> impl Future<Output = Result<Vec<bool>, sqlx::Error>> + Send;

    /// Runs a text with values: how many rows it found.
    fn one(
        &self,
        connection: &mut <Self::Server as sqlx::Database>::Connection,
        text: &Arc<str>,
        values: &[&Value],
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// Whether a text with a value finds a row.
    fn finds(
        &self,
        connection: &mut <Self::Server as sqlx::Database>::Connection,
        text: &Arc<str>,
        value: &Value,
    ) -> impl Future<Output = Result<bool, sqlx::Error>> + Send;

    /// How a transaction begins.
    fn begin(&self) -> SqlStr {
        SqlStr::from_static("BEGIN")
    }
}

/// The pool of a target: nothing connects before it is needed.
pub(super) fn pool<D: sqlx::Database>(limits: Limits) -> PoolOptions<D> {
    // A server that is away is waited for during half of the time; why it is away is found out in the rest.
    PoolOptions::new()
        .max_connections(limits.connections.max(1))
        .min_connections(0)
        .acquire_timeout(limits.timeout / 2)
        .idle_timeout(IDLE)
}

/// A connection that goes back into the pool only when it is said to be in order: one that was given up in the middle
/// of a statement is closed.
struct Held<D: sqlx::Database>(Option<PoolConnection<D>>);

impl<D: sqlx::Database> Held<D> {
    fn get(&mut self) -> &mut D::Connection {
        self.0.as_mut().expect("it is taken only at the end")
    }

    /// It is in order.
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl<D: sqlx::Database> Drop for Held<D> {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// Connects, and says why when it cannot.
async fn connect<D: Driver>(driver: &D) -> Result<Held<D::Server>, Away> {
    let error = match driver.pool().acquire().await {
        Ok(connection) => return Ok(Held(Some(connection))),
        // Others use them all.
        Err(error @ sqlx::Error::PoolTimedOut) if driver.pool().size() >= driver.limits().connections.max(1) => {
            return Err(driver.failure(error).into());
        }
        Err(error @ sqlx::Error::PoolTimedOut) => error,
        Err(error) => return Err(driver.failure(error).into()),
    };
    // The pool tries on when it is refused, and forgets why.
    match driver.pool().connect_options().connect().await {
        Ok(connection) => {
            // There was none to be had.
            let _ = connection.close().await;
            Err(driver.failure(error).into())
        }
        Err(reason) => Err(driver.failure(reason).into()),
    }
}

/// Does something within the target's time.
async fn in_time<D: Driver, T>(driver: &D, work: impl Future<Output = Result<T, Away>>) -> Result<T, Away> {
    let timeout = driver.limits().timeout;
    match tokio::time::timeout(timeout, work).await {
        Ok(done) => done,
        Err(_) => {
            let seconds = timeout.as_secs_f64();
            Err(Away(format!("`{}` did not answer within {seconds} s", driver.name())))
        }
    }
}

pub(super) async fn describe<D: Driver>(
    driver: &D,
    schema: Option<&str>,
    table: &str,
) -> Result<Option<Arc<TargetTable>>, Away> {
    in_time(driver, async {
        let mut held = connect(driver).await?;
        let described = driver.describe(held.get(), schema, table).await.map_err(|error| driver.failure(error))?;
        held.give_back();
        Ok(described.map(std::sync::Arc::new))
    })
    .await
}

/// What became of rows that were to be written.
#[derive(Debug)]
pub(crate) struct Written {
    /// What became of each, in their order: of the first ones, as far as that is known.
    pub(crate) outcomes: Vec<Result<(), Refused>>,
    /// Why the others were not written, unless they were and nobody heard of it.
    pub(crate) away: Option<Away>,
}

impl Written {
    /// What became of all of them.
    ///
    /// # Errors
    /// Why some were not written.
    pub(crate) fn whole(self) -> Result<Vec<Result<(), Refused>>, Away> {
        self.away.map_or(Ok(self.outcomes), Err)
    }
}

/// Writes rows in one transaction; where one of them is refused, each in its own.
pub(super) async fn write<D: Driver>(driver: &D, writer: &Writer, bound: Vec<Result<Bound, Refused>>) -> Written {
    let readable: Vec<&Bound> = bound.iter().filter_map(|bound| bound.as_ref().ok()).collect();
    let (mut done, mut away) = (Vec::new(), None);
    if !readable.is_empty() {
        let written = in_time(driver, async {
            let mut held = connect(driver).await?;
            attempt(driver, held.get(), writer, &readable, &mut done).await?;
            held.give_back();
            Ok(())
        });
        away = written.await.err();
    }
    let mut done = done.into_iter();
    let outcome = |bound: Result<Bound, Refused>| match bound {
        Ok(_) => done.next(),
        Err(refused) => Some(Err(refused)),
    };
    Written { outcomes: bound.into_iter().map_while(outcome).collect(), away }
}

type Link<D> = <<D as Driver>::Server as sqlx::Database>::Connection;

/// Writes rows, and adds what became of each as soon as that is known.
async fn attempt<D: Driver>(
    driver: &D,
    connection: &mut Link<D>,
    writer: &Writer,
    rows: &[&Bound],
    done: &mut Vec<Result<(), Refused>>,
) -> Result<(), Away> {
    if rows.len() > 1 {
        match together(driver, connection, writer, rows).await {
            Ok(found) => {
                done.extend(found.into_iter().map(|found| outcome(writer, found)));
                return Ok(());
            }
            Err(Failure::Away(away)) => return Err(away),
            // Which one it is, and what becomes of the others, is found out by each alone.
            Err(Failure::Refused { .. }) => {}
        }
    }
    for row in rows {
        done.push(alone(driver, connection, writer, row).await?);
    }
    Ok(())
}

/// What becomes of a row that was written, or not found.
fn outcome(writer: &Writer, found: bool) -> Result<(), Refused> {
    if found { Ok(()) } else { Err(Refused(format!("no row of `{}` has this key", writer.table.name))) }
}

/// All rows in one transaction. Whether each of them was there, if it had to be.
async fn together<D: Driver>(
    driver: &D,
    connection: &mut Link<D>,
    writer: &Writer,
    rows: &[&Bound],
) -> Result<Vec<bool>, Failure> {
    let failure = |error| driver.failure(error);
    let mut transaction = connection.begin_with(driver.begin()).await.map_err(failure)?;
    let mut found = vec![true; rows.len()];
    let written = async {
        for round in rounds(rows) {
            let members: Vec<&Bound> = round.iter().map(|at| rows[*at]).collect();
            let there = of_round(driver, &mut transaction, writer, &members).await?;
            round.iter().zip(there).for_each(|(at, there)| found[*at] = there);
        }
        Ok(())
    };
    match written.await {
        Ok(()) => transaction.commit().await.map_err(failure).map(|()| found),
        Err(error) => {
            let problem = driver.failure(error);
            if matches!(problem, Failure::Refused { .. }) {
                transaction.rollback().await.map_err(failure)?;
            }
            Err(problem)
        }
    }
}

/// Rows, by their numbers, in rounds that have no two of one key; two of one key are in their order. Where no row is
/// found by a key there is one round.
fn rounds(rows: &[&Bound]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut next = std::collections::HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        let round = match &row.key {
            Some(key) => {
                let next = next.entry(key.as_str()).or_insert(0);
                *next += 1;
                *next - 1
            }
            None => 0,
        };
        if rounds.len() == round {
            rounds.push(Vec::new());
        }
        rounds[round].push(at);
    }
    rounds
}

async fn of_round<D: Driver>(
    driver: &D,
    connection: &mut Link<D>,
    writer: &Writer,
    rows: &[&Bound],
) -> Result<Vec<bool>, sqlx::Error> {
    let mut found = Vec::with_capacity(rows.len());
    match &writer.statements.way {
        Way::Many(texts) => {
            let mut rest = rows;
            while !rest.is_empty() {
                let (count, text) = largest(texts, rest);
                let (some, more) = rest.split_at(count);
                found.extend(driver.many(connection, text, writer.method, some).await?);
                rest = more;
            }
        }
        Way::Over(..) | Way::OverOrNew(..) => {
            for row in rows {
                found.push(by_key(driver, connection, writer, row).await?);
            }
        }
    }
    Ok(found)
}

/// The text for as many of the rows as can be sent at once.
fn largest<'t>(texts: &'t [(usize, Arc<str>)], rows: &[&Bound]) -> (usize, &'t Arc<str>) {
    let (mut bytes, mut fitting) = (0, 0);
    for row in rows {
        bytes += row.values.iter().map(size).sum::<usize>();
        if fitting > 0 && bytes > MOST {
            break;
        }
        fitting += 1;
    }
    let text = texts.iter().find(|(size, _)| *size <= fitting).or(texts.last()).expect("there is a text for one row");
    (text.0.min(fitting), &text.1)
}

/// Writes a row over the one with its key, or as a new one where that may be. Whether it is written.
async fn by_key<D: Driver>(
    driver: &D,
    connection: &mut Link<D>,
    writer: &Writer,
    row: &Bound,
) -> Result<bool, sqlx::Error> {
    let ordered = |order: &[usize]| order.iter().map(|at| &row.values[*at]).collect::<Vec<_>>();
    match &writer.statements.way {
        Way::Many(texts) => {
            let (_, text) = largest(texts, &[row]);
            Ok(driver.many(connection, text, writer.method, &[row]).await?.into_iter().all(|found| found))
        }
        Way::Over(text, order) => Ok(driver.one(connection, text, &ordered(order)).await? > 0),
        Way::OverOrNew(text, order, new) => {
            let ordered = ordered(order);
            if driver.one(connection, text, &ordered).await? > 0 {
                return Ok(true);
            }
            let values: Vec<_> = row.values.iter().collect();
            driver.one(connection, new, &values).await.map(|_| true)
        }
    }
}

/// One row, in a transaction of its own: that of its statement.
async fn alone<D: Driver>(
    driver: &D,
    connection: &mut Link<D>,
    writer: &Writer,
    row: &Bound,
) -> Result<Result<(), Refused>, Away> {
    let mut result = by_key(driver, connection, writer, row).await;
    // Somebody else may have made the row just between the look for it and the insert.
    let may_be_there = matches!(writer.statements.way, Way::OverOrNew(..));
    if may_be_there
        && result
            .as_ref()
            .is_err_and(|error| error.as_database_error().is_some_and(|error| error.is_unique_violation()))
    {
        result = by_key(driver, connection, writer, row).await;
    }
    let failure = match result {
        Ok(found) => return Ok(outcome(writer, found)),
        Err(error) => driver.failure(error),
    };
    let (reason, is_duplicate) = match failure {
        Failure::Away(away) => return Err(away),
        Failure::Refused { reason, is_duplicate } => (reason, is_duplicate),
    };
    // It may have been written by an attempt that nobody heard of.
    if is_duplicate
        && writer.method == ExportMethod::Insert
        && let (Some(text), Some(id)) = (&writer.statements.find, writer.id_value(row.id))
        && driver.finds(connection, text, &id).await.map_err(|error| driver.failure(error))?
    {
        return Ok(Ok(()));
    }
    Ok(Err(Refused(format!("`{}` refuses the row: {reason}", writer.table.name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(key: Option<&str>, length: usize) -> Bound {
        let values = vec![Value::Text("x".repeat(length))];
        Bound { id: Uuid::nil(), values, key: key.map(str::to_owned) }
    }

    #[test]
    fn rows_of_one_key_are_in_rounds() {
        let rows: Vec<_> = ["a", "b", "a", "a", "c", "b"].iter().map(|key| bound(Some(key), 1)).collect();
        let rows: Vec<_> = rows.iter().collect();
        assert_eq!(rounds(&rows), [vec![0, 1, 4], vec![2, 5], vec![3]]);
        let rows = [bound(None, 1), bound(None, 1)];
        assert_eq!(rounds(&rows.iter().collect::<Vec<_>>()), [vec![0, 1]]);
    }

    #[test]
    fn a_statement_has_as_many_rows_as_it_can_take() {
        let texts: Vec<(usize, Arc<str>)> = [64, 16, 4, 1].map(|size| (size, "".into())).into();
        let count = |rows: usize, length| {
            let rows: Vec<_> = (0..rows).map(|_| bound(None, length)).collect();
            largest(&texts, &rows.iter().collect::<Vec<_>>()).0
        };
        assert_eq!([count(500, 1), count(20, 1), count(3, 1), count(1, 1)], [64, 16, 1, 1]);
        assert_eq!([count(500, MOST / 5), count(500, 2 * MOST)], [4, 1]);
        let any: Vec<(usize, Arc<str>)> = vec![(usize::MAX, "".into())];
        let rows = [bound(None, 1), bound(None, 1)];
        assert_eq!(largest(&any, &rows.iter().collect::<Vec<_>>()).0, 2);
    }
}
