//! How many descriptors the process may have, and how many of them connections may take: files and the database need theirs.

/// Where a limit is infinite, as on macOS, which refuses to set more than this.
#[cfg(unix)]
const INFINITE: u64 = 10_240;

/// Where the system has no such limit.
#[cfg(not(unix))]
const INFINITE: u64 = 1 << 16;

/// Left to files and the database under a small limit, as long as connections have a half.
const OTHERS: u64 = 32;

/// The limit that [`raise`] reaches.
pub(super) fn attainable() -> u64 {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        limit.maximum.unwrap_or_else(|| limit.current.unwrap_or(INFINITE).max(INFINITE))
    }
    #[cfg(not(unix))]
    INFINITE
}

/// Raises the soft limit to the hard one, and returns what holds then. The soft one is 1,024 nearly everywhere, for the sake of
/// programs that use `select`.
pub(super) fn raise() -> u64 {
    let wanted = attainable();
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if let Some(current) = current.filter(|current| *current < wanted)
            && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })
        {
            tracing::warn!(%error, "the limit of open files stays at {current}");
            return current;
        }
    }
    wanted
}

/// How many connections there may be under a limit of descriptors: three quarters of it, less where it is small.
pub(super) fn connections(limit: u64) -> usize {
    let others = (limit / 4).max(OTHERS).min(limit / 2);
    usize::try_from(limit - others).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_a_share() {
        let shares = [1, 16, 64, 1024, 20_000].map(connections);
        assert_eq!(shares, [1, 8, 32, 768, 15_000]);
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        let raised = raise();
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        assert_eq!(limit.current, Some(raised));
        assert!(limit.maximum.is_none_or(|hard| hard == raised));
    }
}
