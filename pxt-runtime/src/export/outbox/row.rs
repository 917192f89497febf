//! A row that waits for its delivery.

use uuid::Uuid;

use crate::export::ExportMethod;
use crate::store::Answered;
use crate::value::Value;

/// A row of [`next`](super::sql::next).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub(super) number: i64,
    pub(super) state: State,
    /// Of a row that is held, when somebody else may make its answer; of one that was refused, when it is tried again: microseconds since
    /// 1970.
    pub(super) due_at: i64,
    pub(super) id: Uuid,
    pub(super) of_job: bool,
    pub(super) route: String,
    pub(super) method: ExportMethod,
    /// How often the target has refused it.
    pub(super) attempts: u32,
    /// The key of the row that was committed. Rows of a table without one have none, and wait for no other.
    pub(super) key: Option<String>,
    /// The key of the target's row, once it has been refused.
    pub(super) target_key: Option<String>,
    /// The answer, of a row that is pending.
    pub(super) body: Option<String>,
    /// What writes it, once that is known.
    pub(super) form: usize,
}

/// What a row waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its answer, which is being made.
    Held,
    /// Its turn.
    Pending,
    /// Another row of its key.
    Behind,
    /// Another attempt, as the target has refused it.
    Waiting,
    /// Somebody who decides: the target has refused it too often.
    Failed,
}

impl State {
    const ALL: [Self; 5] = [Self::Held, Self::Pending, Self::Behind, Self::Waiting, Self::Failed];

    /// The word for it in the database.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Pending => "pending",
            Self::Behind => "behind",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl Waiting {
    /// Reads a row as far as it can be read. None for one that somebody else has written, in a way that nobody understands.
    pub(super) fn read(answered: Answered) -> Option<Self> {
        let [number, state, due_at, id, of_job, route, method, attempts, outcome, key, target_key, body] =
            <[Value; 12]>::try_from(answered.row).ok()?;
        let (Value::Int(number), Value::String(state), Value::Int(due_at), Value::Uuid(id), Value::Bool(of_job)) =
            (number, state, due_at, id, of_job)
        else {
            return None;
        };
        let (Value::String(route), Value::String(method), Value::Int(attempts)) = (route, method, attempts) else {
            return None;
        };
        Some(Self {
            number,
            state: State::of_word(&state)?,
            due_at,
            id,
            of_job,
            route,
            method: ExportMethod::of_word(&method)?,
            attempts: attempts.try_into().ok()?,
            key: key_of(key, &outcome),
            target_key: text(target_key),
            body: text(body),
            form: 0,
        })
    }
}

/// The key of the row that was committed: as it was known then, or the number that the database gave.
pub(crate) fn key_of(key: Value, outcome: &Value) -> Option<String> {
    let numbered = if let Value::Int(outcome) = outcome { Some(format!("[{outcome}]")) } else { None };
    text(key).or(numbered)
}

/// A text that may be missing.
pub(crate) fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}
