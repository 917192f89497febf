//! What went wrong with a target: the target is away, or it refuses a row.

/// The target cannot be reached, is busy, or did not answer in time: what was asked of it may be asked again, and may have been done.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Away(pub(crate) String);

/// The target does not take a row, and will not as things are: the reason, without values of the row.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failure {
    Away(Away),
    Refused {
        reason: Refused,
        /// Whether a row of the same key, or of the same values of another unique index, is there.
        is_duplicate: bool,
    },
}

impl Failure {
    pub(super) fn away(text: impl Into<String>) -> Self {
        Self::Away(Away(text.into()))
    }

    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self::Refused { reason: Refused(text.into()), is_duplicate: false }
    }

    pub(super) fn duplicate(text: impl Into<String>) -> Self {
        Self::Refused { reason: Refused(text.into()), is_duplicate: true }
    }
}

impl From<Away> for Failure {
    fn from(away: Away) -> Self {
        Self::Away(away)
    }
}

impl From<Failure> for Away {
    /// Where no row is written, nothing is refused for good.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(away) => away,
            Failure::Refused { reason, .. } => Self(reason.0),
        }
    }
}
