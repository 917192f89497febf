//! Locks on the files of a folder, so that nobody deletes what another one uses. Several processes may have the folder.
//!
//! A name is its content's hash, so two requests may hold the same file: one is refused or sweeps, and finds no row, while the
//! other one is about to commit its row. Two rules make that safe:
//!
//! 1. *Who uses a file* locks it shared before it relies on the file's name, and keeps the lock until its row is committed or
//!    given up. What is new is locked before it gets its name.
//! 2. *Who deletes a file* locks it exclusively, and gives up when that cannot be at once. Only then it asks whether a row names
//!    the file, and it keeps the lock until the name is gone.
//!
//! So a user that comes first keeps the deleter away. One that comes second waits, and then finds the file, or finds no name
//! and stores the content anew. One that has ended before has committed its row before the deleter asks. A lock is on a file,
//! not on its name: whoever gets one looks whether the name is still this file's, and a name is never given to
//! another file as long as it is there. The system ends a lock with its process, however that dies, and a deleter that
//! dies has deleted or not.
//!
//! Where the system has no such locks they are in memory, and the folder has to be one process's.

mod memory;

use std::fs::{File, TryLockError};
use std::io;
use std::sync::Arc;

use memory::{Guard, Memory};

/// How the files of a folder are locked.
pub(super) enum Locks {
    /// By the system, so that all processes of this machine see it.
    System,
    /// Seen by this process alone.
    Memory(Arc<Memory>),
}

/// A lock on a file of a folder. It ends when it is dropped.
pub(super) struct Lock {
    _file: Option<File>,
    _guard: Option<Guard>,
}

impl Locks {
    /// Those of a folder in which this file, just opened, has this name.
    pub(super) fn of(file: &File, again: &File) -> Self {
        let seen = || matches!(again.try_lock(), Err(TryLockError::WouldBlock));
        // Elsewhere a locked file cannot be read, or not renamed.
        if cfg!(unix) && file.try_lock_shared().is_ok() && seen() { Self::System } else { Self::in_memory() }
    }

    pub(super) fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Locks a file for use that nobody else knows, and that has no key yet.
    pub(super) fn own(&self, file: &File) -> io::Result<()> {
        if matches!(self, Self::System) { file.lock_shared() } else { Ok(()) }
    }

    /// Locks a file for use. None while somebody deletes it.
    pub(super) fn shared(&self, key: &str, file: File) -> io::Result<Option<Lock>> {
        match self {
            Self::System => locked(file.try_lock_shared(), file),
            Self::Memory(memory) => Ok(memory.shared(key).map(Lock::in_memory)),
        }
    }

    /// Locks a file for its deletion. None while somebody uses or deletes it.
    pub(super) fn exclusive(&self, key: &str, file: File) -> io::Result<Option<Lock>> {
        match self {
            Self::System => locked(file.try_lock(), file),
            Self::Memory(memory) => Ok(memory.exclusive(key).map(Lock::in_memory)),
        }
    }
}

impl Lock {
    /// The lock that a file has.
    pub(super) fn system(file: File) -> Self {
        Self { _file: Some(file), _guard: None }
    }

    pub(super) fn in_memory(guard: Guard) -> Self {
        Self { _file: None, _guard: Some(guard) }
    }
}

fn locked(tried: Result<(), TryLockError>, file: File) -> io::Result<Option<Lock>> {
    match tried {
        Ok(()) => Ok(Some(Lock::system(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
