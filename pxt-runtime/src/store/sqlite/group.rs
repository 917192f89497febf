//! One group of writes, one commit.
//!
//! A statement that fails is undone by SQLite alone, so that no savepoints are needed: its rows are sent again one by one,
//! and the bad one fails alone. A group of one statement needs no transaction around it.
//!
//! A set of writes is all or nothing. When one fails, the group is rolled back and done again with a savepoint before each
//! set; that is rare, so that sets cost nothing as long as all goes well.
//!
//! Each statement writes only while the catalog has the version of the table that this process works with, so that no
//! row comes from a process that does not know the newest columns.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteQueryResult};
use sqlx::{Arguments as _, AssertSqlSafe, Either, Executor as _};

use super::bind::Bind;
use super::failure;
use super::file::File;
use crate::store::StoreError;
use crate::store::statements::{Statement, TableStatements};
use crate::store::writes::{Answers, Kind, Step, Write, Written, plan, plan_sets, reply, sets};

/// The connection cannot be used any more.
#[derive(Debug)]
pub(super) struct Lost;

/// Writes and commits a group, then answers everybody in it.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    file: &File,
    writes: Vec<Write<Bind>>,
) -> Result<(), Lost> {
    let is_single = |position: &usize| writes[*position].set.is_none();
    let mut steps = plan(&writes, (0..writes.len()).filter(is_single));
    let mut of_sets = plan_sets(&writes, (0..writes.len()).filter(|position| !is_single(position)));
    let has_sets = !of_sets.is_empty();
    steps.append(&mut of_sets);
    let mut answers: Answers = writes.iter().map(|_| None).collect();
    let done = match steps.as_slice() {
        [] => return Ok(()),
        // Of several rows to change, some may turn out not to be there: then all of it is done anew.
        [step] if !has_sets && !is_several(&writes, step) => alone(connection, &writes, step, &mut answers).await,
        steps => together(connection, &writes, steps, &mut answers).await,
    };
    let (failed, state) = match done {
        // After the commit: whatever is acknowledged was in the file while it had its name.
        Ok(()) => (file.check().err(), Ok(())),
        // Nothing of the group is stored, whatever became of its statements.
        Err(error) => {
            let state = roll_back(connection).await;
            (Some(failure::general(error)), state)
        }
    };
    reply(writes, answers, failed.as_ref());
    state
}

/// One statement, which is its own transaction.
async fn alone(
    connection: &mut SqliteConnection,
    writes: &[Write<Bind>],
    step: &Step,
    answers: &mut Answers,
) -> Result<(), sqlx::Error> {
    match send(connection, writes, step, false, answers).await {
        Ok(sent) => answer(writes, step, sent.as_ref(), answers),
        Err(error) if !failure::of_statement(&error) => return Err(error),
        Err(error) => match step.as_slice() {
            [position] => answers[*position] = Some(Err(failure::of_table(error, writes[*position].table.def()))),
            rows => {
                let singly: Vec<Step> = rows.iter().map(|row| vec![*row]).collect();
                return together(connection, writes, &singly, answers).await;
            }
        },
    }
    Ok(())
}

/// Several statements in one transaction, which the first one opens.
async fn together(
    connection: &mut SqliteConnection,
    writes: &[Write<Bind>],
    steps: &[Step],
    answers: &mut Answers,
) -> Result<(), sqlx::Error> {
    // Each text that is sent alone wakes two threads.
    let mut begins = true;
    for step in steps {
        do_step(connection, writes, step, std::mem::take(&mut begins), answers).await?;
        let is_open =
            |position: &usize| answers[*position].is_none() || broken(&writes[*position], &answers[*position]);
        if step.iter().any(is_open) {
            control(connection, "ROLLBACK").await?;
            return guarded(connection, writes, answers).await;
        }
    }
    control(connection, "COMMIT").await
}

/// Whether a step changes several rows.
fn is_several(writes: &[Write<Bind>], step: &[usize]) -> bool {
    step.len() > 1 && matches!(writes[step[0]].kind, Kind::Change { .. })
}

async fn do_step(
    connection: &mut SqliteConnection,
    writes: &[Write<Bind>],
    step: &[usize],
    begins: bool,
    answers: &mut Answers,
) -> Result<(), sqlx::Error> {
    match send(connection, writes, step, begins, answers).await {
        Ok(sent) => answer(writes, step, sent.as_ref(), answers),
        Err(error) => apart(connection, writes, step, error, answers).await?,
    }
    Ok(())
}

fn broken(write: &Write<Bind>, answer: &Option<Result<Written, StoreError>>) -> bool {
    answer.as_ref().is_some_and(|answer| write.breaks(answer))
}

/// The same in one transaction in which a set that fails is taken back alone. Of such a set, only the write that failed has an
/// answer.
async fn guarded(
    connection: &mut SqliteConnection,
    writes: &[Write<Bind>],
    answers: &mut Answers,
) -> Result<(), sqlx::Error> {
    answers.iter_mut().for_each(|answer| *answer = None);
    control(connection, "BEGIN IMMEDIATE").await?;
    let single = (0..writes.len()).filter(|position| writes[*position].set.is_none());
    for step in plan(writes, single) {
        let size = if is_several(writes, &step) { 1 } else { step.len() };
        for part in step.chunks(size) {
            do_step(connection, writes, part, false, answers).await?;
        }
    }
    for set in sets(writes) {
        control(connection, "SAVEPOINT one_set").await?;
        for position in set.clone() {
            do_step(connection, writes, &[position], false, answers).await?;
            if broken(&writes[position], &answers[position]) {
                control(connection, "ROLLBACK TO one_set").await?;
                answers[set.start..position].iter_mut().for_each(|answer| *answer = None);
                break;
            }
        }
        control(connection, "RELEASE one_set").await?;
    }
    control(connection, "COMMIT").await
}

/// Sends the rows of a failed statement again one by one.
async fn apart(
    connection: &mut SqliteConnection,
    writes: &[Write<Bind>],
    step: &[usize],
    error: sqlx::Error,
    answers: &mut Answers,
) -> Result<(), sqlx::Error> {
    if !failure::of_statement(&error) {
        return Err(error);
    }
    if let [position] = step {
        answers[*position] = Some(Err(failure::of_table(error, writes[*position].table.def())));
        return Ok(());
    }
    for position in step {
        match send(connection, writes, std::slice::from_ref(position), false, answers).await {
            Ok(sent) => answer(writes, std::slice::from_ref(position), sent.as_ref(), answers),
            Err(error) if failure::of_statement(&error) => {
                answers[*position] = Some(Err(failure::of_table(error, writes[*position].table.def())));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Sends the statement of a step, behind one that begins a transaction if `begins`. None when it did nothing, since the table is
/// not the one that we work with.
async fn send(
    connection: &mut SqliteConnection,
    writes: &[Write<Bind>],
    step: &[usize],
    begins: bool,
    answers: &Answers,
) -> Result<Option<SqliteQueryResult>, sqlx::Error> {
    let first = &writes[step[0]];
    let (version, width) = (first.table.version(), first.binds.len());
    let size = first.table.size(step.len(), width);
    let statement = match &first.kind {
        Kind::Insert => Statement { text: first.table.insert(size), kept: true },
        Kind::Change { many: Some(update), .. } if size > 1 => {
            Statement { text: first.table.update_rows(update, size), kept: true }
        }
        Kind::Change { statement, .. } => statement.clone(),
    };
    let mut arguments = SqliteArguments::default();
    arguments.reserve(size * width + 2, 0);
    for position in step {
        let outcome = outcome(&writes[*position], *position, answers);
        for (slot, bind) in writes[*position].binds.iter().enumerate() {
            let bind = outcome.as_ref().filter(|(filled, _)| *filled == slot).map_or(bind, |(_, outcome)| outcome);
            arguments.add(bind).map_err(sqlx::Error::Encode)?;
        }
    }
    // No row to update has a key of nulls, and as many are inserted as are said to be there.
    for _ in step.len() * width..size * width {
        arguments.add(Bind::Null).map_err(sqlx::Error::Encode)?;
    }
    arguments.add(version).map_err(sqlx::Error::Encode)?;
    if size > 1 && matches!(first.kind, Kind::Insert) {
        arguments.add(step.len() as i64).map_err(sqlx::Error::Encode)?;
    }
    let text = if begins { format!("BEGIN IMMEDIATE; {}", statement.text).into() } else { statement.text };
    let query = sqlx::query_with(AssertSqlSafe(text), arguments).persistent(statement.kept);
    let mut result = SqliteQueryResult::default();
    let mut results = connection.fetch_many(query);
    // The last statement's: what begins a transaction repeats how many rows the one before it touched.
    while let Some(next) = results.try_next().await? {
        if let Either::Left(next) = next {
            result = next;
        }
    }
    drop(results);
    // No row: there was none to change, or the version is another.
    let same = result.rows_affected() > 0 || current(connection, &first.table).await? == Some(version);
    Ok(same.then_some(result))
}

/// What an earlier write of the set came to, and which bind of this one it is.
fn outcome(write: &Write<Bind>, position: usize, answers: &Answers) -> Option<(usize, Bind)> {
    let (before, slot) = write.follows(position)?;
    let written = answers[before].as_ref()?.as_ref().ok()?;
    Some((slot, Bind::Int(written.outcome())))
}

/// The version of a table in the catalog, which the table is told too.
async fn current(connection: &mut SqliteConnection, table: &TableStatements) -> Result<Option<i64>, sqlx::Error> {
    let version = sqlx::query_scalar(AssertSqlSafe(table.current.clone())).fetch_optional(connection).await?;
    table.seen(version);
    Ok(version)
}

/// Takes down what a statement did for each of its rows. Of several rows to change none has an answer when some were not there.
fn answer(writes: &[Write<Bind>], step: &[usize], sent: Option<&SqliteQueryResult>, answers: &mut Answers) {
    let first = &writes[step[0]];
    let Some(result) = sent else {
        for position in step {
            answers[*position] = Some(Err(StoreError::SchemaChanged { table: first.table.def().name }));
        }
        return;
    };
    let numbered = matches!(first.kind, Kind::Insert) && first.table.def().auto().is_some();
    if is_several(writes, step) && result.rows_affected() != step.len() as u64 {
        return;
    }
    let rows = result.rows_affected() / step.len() as u64;
    for (behind, position) in (0..step.len() as i64).rev().zip(step) {
        // `AUTOINCREMENT` gives each row of a statement the largest number ever used plus one, in the order of `VALUES`.
        let number = numbered.then(|| result.last_insert_rowid() - behind);
        answers[*position] = Some(Ok(Written { rows, number }));
    }
}

async fn control(connection: &mut SqliteConnection, text: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(text).execute(connection).await.map(drop)
}

/// Leaves the connection outside of any transaction.
pub(super) async fn roll_back(connection: &mut SqliteConnection) -> Result<(), Lost> {
    match control(connection, "ROLLBACK").await {
        Ok(()) => Ok(()),
        Err(error) if failure::no_transaction(&error) => Ok(()),
        Err(_) => Err(Lost),
    }
}
