//! A job as those who submitted it see it, and what submits one.

use jiff::Timestamp;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::compute::Progress;
use crate::value::Media;

/// A job as it is at one moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Job {
    /// Names it. Ids of later jobs are larger.
    pub id: Uuid,
    /// The path of the route that it was submitted to.
    pub route: String,
    /// How far it is.
    pub state: JobState,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it was last started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How often it was started.
    pub attempts: u32,
    /// When a pending job may start: later than now after a failure that can pass.
    pub due_at: Timestamp,
    /// Whether what it writes is stored.
    pub stored: bool,
    /// What its function last said of how far it is.
    pub progress: Option<Progress>,
    /// What the route would have answered, when it is done.
    pub result: Option<Box<RawValue>>,
    /// The problem document (RFC 9457) of its failure.
    pub error: Option<Box<RawValue>>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// It waits for a slot, or for another attempt.
    Pending,
    /// It is being worked on.
    Running,
    /// It ended well.
    Done,
    /// It failed for good.
    Error,
    /// It was cancelled before it ended.
    Cancelled,
}

/// A job to submit.
#[derive(Debug)]
pub struct NewJob {
    /// The route that runs it.
    pub route: String,
    /// What the request said, as that route reads it: JSON.
    pub request: String,
    /// The stored files that it needs, which are kept as long as the job.
    pub files: Vec<Media>,
}

/// Which jobs are listed: the latest first, by when they were submitted; those of one state, unless they run, by when they are
/// due, which for finished ones is in the order in which they ended.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Only those of this route.
    pub route: Option<String>,
    /// Only those behind this one, the last of the page before: its [`due_at`](Job::due_at) and its id.
    pub before: Option<(Timestamp, Uuid)>,
    /// How many at most.
    pub most: usize,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Done, Self::Error, Self::Cancelled];

    /// The word for it: `pending`, `running`, `done`, `error` or `cancelled`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing more happens to the job.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Error | Self::Cancelled)
    }
}
