//! Which files are in use by requests under way, so that nobody deletes them before their rows are committed.
//!
//! A pin is made while the gate is held shared, with the file's publication. So who holds the gate exclusively and finds a
//! key without pins knows that every request that used it has come to its end.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::spool::Content;
use crate::value::Media;

/// The pins of one store.
#[derive(Default)]
pub(super) struct Pins(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    keys: HashMap<Arc<str>, Held>,
}

struct Held {
    live: HashSet<u64>,
    /// The last one made, also when it is gone.
    latest: u64,
    /// The file itself, where reading it from storage takes a request.
    content: Option<Content>,
}

/// Keeps a file from being deleted, until it is dropped or released. A stored [`Media`] carries it; clones share it.
pub(super) struct Pin {
    pins: Arc<Pins>,
    pub(super) key: Arc<str>,
    pub(super) id: u64,
    pub(super) source: Source,
    /// When it was made: the file was not younger then.
    pub(super) since: SystemTime,
}

/// Where a pinned file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The holder brought it, and may take it back.
    Brought,
    /// It was there, and others may know its address.
    Found,
}

impl Pins {
    /// The file, pinned. The gate has to be held, shared.
    pub(super) fn pin(self: &Arc<Self>, media: Media, source: Source) -> Media {
        self.pin_with(media, source, None)
    }

    /// The same, and its content is kept for readers until the last pin is gone.
    pub(super) fn pin_with(self: &Arc<Self>, media: Media, source: Source, content: Option<Content>) -> Media {
        let Some(key) = media.key().map(Arc::<str>::from) else { return media };
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        let new = || Held { live: HashSet::new(), latest: id, content: None };
        let held = state.keys.entry(key.clone()).or_insert_with(new);
        held.live.insert(id);
        held.latest = id;
        held.content = content.or(held.content.take());
        drop(state);
        media.with_pin(Arc::new(Pin { pins: self.clone(), key, id, source, since: SystemTime::now() }))
    }

    /// The pin of these that a file carries.
    pub(super) fn of<'a>(self: &Arc<Self>, media: &'a Media) -> Option<&'a Pin> {
        let pin: &(dyn Any + Send + Sync) = &**media.pin()?;
        pin.downcast_ref::<Pin>().filter(|pin| Arc::ptr_eq(&pin.pins, self))
    }

    /// The content of a pinned file, if it is at hand.
    pub(super) fn content(&self, key: &str) -> Option<Content> {
        self.lock().keys.get(key)?.content.clone()
    }

    pub(super) fn is_pinned(&self, key: &str) -> bool {
        self.lock().keys.contains_key(key)
    }

    /// Whether nobody but these holds the key: then the latest pin made of it, to see later whether there was another.
    /// Otherwise these are released, so that of several who give a file up the last one finds itself alone.
    pub(super) fn alone(&self, key: &str, ids: &HashSet<u64>) -> Option<u64> {
        let mut state = self.lock();
        let held = state.keys.get(key)?;
        if held.live.is_subset(ids) {
            return Some(held.latest);
        }
        state.release(key, ids);
        None
    }

    /// Releases these, if none was made of the key after the one that [`alone`](Self::alone) named. Whether it did.
    pub(super) fn release(&self, key: &str, ids: &HashSet<u64>, latest: u64) -> bool {
        let mut state = self.lock();
        let untouched = state.keys.get(key).is_some_and(|held| held.latest == latest);
        if untouched {
            state.release(key, ids);
        }
        untouched
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one step; nothing is half done after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Those released already are passed over.
    fn release<'a>(&mut self, key: &str, ids: impl IntoIterator<Item = &'a u64>) {
        if let Some(held) = self.keys.get_mut(key) {
            for id in ids {
                held.live.remove(id);
            }
            if held.live.is_empty() {
                self.keys.remove(key);
            }
        }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.pins.lock().release(&self.key, [&self.id]);
    }
}
