//! One group of writes, in as few statements and commits as it takes.
//!
//! PostgreSQL gives the whole transaction up when one statement fails. So what failed is sent again in parts, until the bad
//! row fails alone and its neighbours are stored. A part of one statement is its own transaction.
//!
//! What may have been stored is never sent again: from the moment that a commit is under way until the server's word on it,
//! a lost connection leaves the caller in doubt ([`StoreError::Uncertain`]). Before that moment a part is sent again on
//! another connection, for as long as its callers wait.
//!
//! The sets of a group, each of which is all or nothing, are one part. When one of them fails, the others are sent again as
//! two parts.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Either, Executor as _};

use super::bind::{self, Bind};
use super::control;
use super::failure::{self, Fate};
use super::parts::{Part, all, parts, refused, uncommitted, waiting, without};
use super::writer::ServerPen;
use crate::schema::ColumnType;
use crate::store::StoreError;
use crate::store::statements::{Statement, TableStatements};
use crate::store::writes::{Kind, Step, Write, Written};
use crate::value::Value;

/// How long the pause before another attempt is at most: the first one, and any.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(320));
/// How often a connection may forget its statements in one group.
const FORGOTTEN: u32 = 3;

/// Answers of some writes, by position.
type Answers = Vec<(usize, Result<Written, StoreError>)>;

/// Why nothing of a part is answered yet.
enum Failure {
    /// There is no connection.
    Away(StoreError),
    /// Nothing of the part is stored. The step that failed; none when the commit did.
    Undone(Fate, sqlx::Error, Option<usize>),
    /// Nothing of the part is stored, since a set of it fails by what the write at this position came to.
    Broken(usize, Result<Written, StoreError>),
    /// Maybe all of it is stored, maybe nothing.
    Uncertain,
}

/// Writes a group and answers everybody in it.
pub(super) async fn commit(pen: &mut ServerPen, mut writes: Vec<Write<Bind>>, wait: Duration) {
    let mut todo = parts(&writes);
    let (mut tries, mut forgotten) = (0, 0);
    while let Some(part) = todo.pop_front() {
        // Parts of a part that took too long may come when nobody is left to read the answer.
        let part = waiting(&mut writes, &part, wait, &StoreError::Busy);
        if part.is_empty() {
            continue;
        }
        let last = part.iter().flatten().map(|position| writes[*position].at).max();
        let until = last.unwrap_or_else(Instant::now) + wait;
        match attempt(pen, &writes, &part, until).await {
            Ok(answers) => {
                for (position, answer) in answers {
                    writes[position].answer(answer);
                }
            }
            Err(Failure::Away(error)) => all(&mut writes, &part, &error),
            Err(Failure::Uncertain) => all(&mut writes, &part, &StoreError::Uncertain),
            Err(Failure::Broken(position, answer)) => {
                writes[position].answer(answer);
                todo.extend(without(&writes, &part, position));
            }
            Err(Failure::Undone(Fate::Refused, error, Some(failed))) => {
                refused(&mut writes, part, failed, error, &mut todo);
            }
            Err(Failure::Undone(Fate::Refused, error, None)) => uncommitted(&mut writes, part, error, &mut todo),
            Err(Failure::Undone(fate, error, _)) => {
                let told = if fate == Fate::Lost { StoreError::Unavailable } else { failure::general(error) };
                forgotten += u32::from(fate == Fate::Forgotten);
                if forgotten > FORGOTTEN {
                    all(&mut writes, &part, &told);
                    continue;
                }
                tokio::time::sleep(pause(tries)).await;
                tries += 1;
                todo.push_front(waiting(&mut writes, &part, wait, &told));
            }
        }
    }
}

/// A time that nobody else takes as long, after so many attempts.
fn pause(tries: u32) -> Duration {
    let (first, longest) = PAUSES;
    let most = first.saturating_mul(1 << tries.min(8)).min(longest);
    most.mul_f64((RandomState::new().hash_one(tries) >> 32) as f64 / f64::from(u32::MAX))
}

/// Sends a part once.
async fn attempt(pen: &mut ServerPen, writes: &[Write<Bind>], part: &Part, until: Instant) -> Result<Answers, Failure> {
    let patience = pen.patience();
    let mut state = State { step: Some(0), commits: false, answered: false };
    let connection = pen.connected(until).await.map_err(Failure::Away)?;
    let sent = tokio::time::timeout(patience, send(connection, writes, part, &mut state)).await;
    let error = match sent {
        Ok(Ok(Ok(answers))) => return Ok(answers),
        Ok(Ok(Err((position, answer)))) => {
            pen.roll_back().await;
            return Err(Failure::Broken(position, answer));
        }
        Ok(Err(error)) => error,
        Err(_) => sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()),
    };
    let fate = failure::fate(&error);
    match fate {
        Fate::Refused | Fate::Again if part.len() > 1 => pen.roll_back().await,
        Fate::Refused | Fate::Again => {}
        Fate::Forgotten | Fate::Lost | Fate::Uncertain => pen.lose(),
    }
    if state.commits && !failure::is_undone(&error, part.len() == 1 && !state.answered) {
        tracing::warn!(%error, "a connection to the database was lost during a commit");
        return Err(Failure::Uncertain);
    }
    // Without a commit under way there is no doubt.
    let fate = if fate == Fate::Uncertain { Fate::Lost } else { fate };
    Err(Failure::Undone(fate, error, state.step))
}

/// How far a part has come.
struct State {
    /// None while all of it is committed.
    step: Option<usize>,
    /// Whether the server may commit at any moment.
    commits: bool,
    /// Whether it has said what the statement did.
    answered: bool,
}

/// Sends a part. The inner error is the answer by which a set fails; the transaction is open then.
async fn send(
    connection: &mut PgConnection,
    writes: &[Write<Bind>],
    part: &Part,
    state: &mut State,
) -> Result<Result<Answers, (usize, Result<Written, StoreError>)>, sqlx::Error> {
    let mut answers = Answers::with_capacity(writes.len());
    if let [step] = part.as_slice() {
        state.commits = true;
        let sent = statement(connection, writes, step, &answers, state).await?;
        state.commits = false;
        answer(connection, writes, step, sent, &mut answers).await?;
        return Ok(Ok(answers));
    }
    control(connection, "BEGIN").await?;
    for (index, step) in part.iter().enumerate() {
        state.step = Some(index);
        let sent = statement(connection, writes, step, &answers, state).await?;
        let from = answers.len();
        answer(connection, writes, step, sent, &mut answers).await?;
        if let Some(index) = answers[from..].iter().position(|(position, answer)| writes[*position].breaks(answer)) {
            return Ok(Err(answers.swap_remove(from + index)));
        }
    }
    (state.step, state.commits) = (None, true);
    control(connection, "COMMIT").await?;
    Ok(Ok(answers))
}

/// What a statement did.
struct Sent {
    rows: u64,
    numbers: Vec<Option<i64>>,
}

/// Sends the statement of a step.
///
/// Reads all of the answer. What was sent ends with a `Sync`, at which PostgreSQL commits a statement that is its own
/// transaction, and only `ReadyForQuery` behind it says that this is done; the stream of sqlx ends there, and not with the
/// last row or the number of rows.
async fn statement(
    connection: &mut PgConnection,
    writes: &[Write<Bind>],
    step: &Step,
    answers: &Answers,
    state: &mut State,
) -> Result<Sent, sqlx::Error> {
    let first = &writes[step[0]];
    let size = first.table.size(step.len(), first.binds.len());
    let Statement { text, kept } = match &first.kind {
        Kind::Insert => Statement { text: first.table.insert(size), kept: true },
        Kind::Change { statement, .. } => statement.clone(),
    };
    // Behind the rows come those that are not there, the catalog's version, and how many there are.
    let nothing = if step.len() < size { Bind::nothing(first.table.def()) } else { Vec::new() };
    let nothing = std::iter::repeat_n(&nothing, size - step.len()).flatten();
    let version = Bind::Int(first.table.version());
    let count = (size > 1).then(|| Bind::Int(step.len() as i64));
    let outcomes: Vec<_> = step.iter().map(|position| outcome(&writes[*position], *position, answers)).collect();
    let binds = step.iter().zip(&outcomes).flat_map(|(position, outcome)| {
        writes[*position].binds.iter().enumerate().map(move |(slot, bind)| match outcome {
            Some((filled, outcome)) if *filled == slot => outcome,
            _ => bind,
        })
    });
    let binds = binds.chain(nothing).chain([&version]).chain(&count);
    let query = sqlx::query_with(AssertSqlSafe(text), bind::arguments(binds)?).persistent(kept);
    let mut sent = Sent { rows: 0, numbers: Vec::new() };
    state.answered = false;
    let mut results = connection.fetch_many(query);
    while let Some(result) = results.try_next().await? {
        match result {
            Either::Left(done) => {
                state.answered = true;
                sent.rows += done.rows_affected();
            }
            Either::Right(row) => sent.numbers.push(match bind::read(ColumnType::Int, &row, 0) {
                Some(Value::Int(number)) => Some(number),
                _ => None,
            }),
        }
    }
    Ok(sent)
}

/// What an earlier write of the set came to, and which bind of this one it is.
fn outcome(write: &Write<Bind>, position: usize, answers: &Answers) -> Option<(usize, Bind)> {
    let (before, slot) = write.follows(position)?;
    let (_, answer) = answers.iter().find(|(answered, _)| *answered == before)?;
    Some((slot, Bind::Int(answer.as_ref().ok()?.outcome())))
}

/// Takes down what a statement did for each of its rows. Without any, the catalog says whether the table is another one.
async fn answer(
    connection: &mut PgConnection,
    writes: &[Write<Bind>],
    step: &Step,
    sent: Sent,
    answers: &mut Answers,
) -> Result<(), sqlx::Error> {
    let table = &writes[step[0]].table;
    let version = table.version();
    let same = sent.rows > 0 || current(connection, table).await? == Some(version);
    let rows = sent.rows / step.len() as u64;
    // A trigger of others may pass over a row without a word.
    let is_insert = matches!(writes[step[0]].kind, Kind::Insert);
    let passed_over = is_insert && sent.rows < step.len() as u64;
    for (index, position) in step.iter().enumerate() {
        let name = table.def().name;
        answers.push((
            *position,
            match (same, passed_over) {
                (false, _) => Err(StoreError::SchemaChanged { table: name }),
                (true, false) => Ok(Written { rows, number: sent.numbers.get(index).copied().flatten() }),
                (true, true) if sent.rows == 0 => Err(StoreError::Constraint { table: name }),
                // Nobody knows which one.
                (true, true) => Err(StoreError::Uncertain),
            },
        ));
    }
    Ok(())
}

/// The version of a table in the catalog, which the table is told too.
async fn current(connection: &mut PgConnection, table: &TableStatements) -> Result<Option<i64>, sqlx::Error> {
    let query = sqlx::query_scalar(AssertSqlSafe(table.current.clone()));
    let version = query.fetch_optional(connection).await?;
    table.seen(version);
    Ok(version)
}
