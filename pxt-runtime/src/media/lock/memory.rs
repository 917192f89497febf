//! Locks that one process sees, by key, for folders whose files the system cannot lock.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The keys that are locked.
#[derive(Default)]
pub(in crate::media) struct Memory(Mutex<HashMap<String, Holders>>);

/// Who has a key.
enum Holders {
    /// At least one.
    Users(usize),
    Deleter,
}

/// A lock on a key. It ends when it is dropped.
pub(in crate::media) struct Guard {
    memory: Arc<Memory>,
    key: String,
}

impl Memory {
    /// None while somebody has it exclusively.
    pub(in crate::media) fn shared(self: &Arc<Self>, key: &str) -> Option<Guard> {
        match self.lock().entry(key.to_owned()).or_insert(Holders::Users(0)) {
            Holders::Users(number) => *number += 1,
            Holders::Deleter => return None,
        }
        Some(self.guard(key))
    }

    /// None while anybody has it.
    pub(in crate::media) fn exclusive(self: &Arc<Self>, key: &str) -> Option<Guard> {
        match self.lock().entry(key.to_owned()) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(free) => free.insert(Holders::Deleter),
        };
        Some(self.guard(key))
    }

    fn guard(self: &Arc<Self>, key: &str) -> Guard {
        Guard { memory: self.clone(), key: key.to_owned() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Holders>> {
        // Each change is one step; nothing is half done after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut keys = self.memory.lock();
        match keys.get_mut(&self.key) {
            Some(Holders::Users(number)) if *number > 1 => *number -= 1,
            _ => drop(keys.remove(&self.key)),
        }
    }
}
