//! Which files are in use by requests under way, so that nobody deletes them before their rows are committed.
//!
//! A pin of a folder's file carries the lock that keeps everybody from deleting it (see `lock`). In a bucket there are no locks,
//! and pins are what this process knows of its own requests.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::lock::Lock;
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

#[derive(Default)]
struct Held {
    live: HashMap<u64, Option<Lock>>,
    /// Whether one of those who hold it, or who held it together with them, brought it.
    is_brought: bool,
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
    /// The holder brought its content, which was there. It may take it back if another request of this process brought it.
    BroughtAgain,
    /// It was there, and others may know its address.
    Found,
}

/// What keeps a file for as long as it is pinned, and answers readers meanwhile.
#[derive(Default)]
pub(super) struct Grip {
    pub(super) lock: Option<Lock>,
    pub(super) content: Option<Content>,
}

impl Pins {
    /// The file, pinned.
    pub(super) fn pin(self: &Arc<Self>, media: Media, source: Source, grip: Grip) -> Media {
        let Some(key) = media.key().map(Arc::<str>::from) else { return media };
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        let held = state.keys.entry(key.clone()).or_default();
        held.live.insert(id, grip.lock);
        held.is_brought |= source == Source::Brought;
        held.content = grip.content.or(held.content.take());
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

    /// Whether one of those who hold the key brought it.
    pub(super) fn is_brought(&self, key: &str) -> bool {
        self.lock().keys.get(key).is_some_and(|held| held.is_brought)
    }

    /// Releases these. Whether nobody else holds the key: of several who give a file up, the last one finds itself alone.
    pub(super) fn release(&self, key: &str, ids: &HashSet<u64>) -> bool {
        let mut state = self.lock();
        state.release(key, ids);
        !state.keys.contains_key(key)
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
