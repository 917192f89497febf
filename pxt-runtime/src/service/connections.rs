//! The connections that there are, up to a most of them. When all places are taken, whoever has stood still longest makes room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::activity::{Activity, since};

/// How long a place is waited for until it is looked again whether somebody may be closed.
const AGAIN: Duration = Duration::from_millis(50);

/// One look at all connections finds so much of them that may be closed one by one: a share, and at least one.
const FOUND: usize = 32;

/// All connections of a service. Clones are the same.
#[derive(Clone)]
pub(super) struct Connections(Arc<Shared>);

struct Shared {
    epoch: Instant,
    places: Arc<Semaphore>,
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: HashMap<u64, Open>,
    /// Since when those that have stood longest may be closed, and their numbers, as somebody saw it last; the longest at the end.
    longest: Vec<(u64, u64)>,
}

struct Open {
    activity: Arc<Activity>,
    /// None for the moment until the task is there.
    task: Option<AbortHandle>,
}

/// Leave to have one connection more.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Takes a connection off the list, however it ends.
struct Listed {
    connections: Connections,
    number: u64,
    _place: Place,
}

impl Connections {
    /// At most so many at once.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            epoch: Instant::now(),
            places: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            next: AtomicU64::new(0),
            state: Mutex::default(),
        }))
    }

    /// A place, if one is free.
    pub(super) fn free(&self) -> Option<Place> {
        self.0.places.clone().try_acquire_owned().ok().map(|permit| Place { _permit: permit })
    }

    /// The next place. If none is free, the connection that has waited longest for its client is closed; if none has for a
    /// moment, the first that does or ends makes room.
    pub(super) async fn place(&self) -> Place {
        loop {
            if let Some(place) = self.free() {
                return place;
            }
            self.close_longest();
            let next = tokio::time::timeout(AGAIN, self.0.places.clone().acquire_owned());
            if let Ok(Ok(permit)) = next.await {
                return Place { _permit: permit };
            }
        }
    }

    /// Runs a connection in a task of its own.
    pub(super) fn run<C>(&self, place: Place, connection: impl FnOnce(Arc<Activity>) -> C)
    where
        C: Future<Output = ()> + Send + 'static,
    {
        let activity = Arc::new(Activity::new(self.0.epoch));
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let listed = Listed { connections: self.clone(), number, _place: place };
        let connection = connection(activity.clone());
        // On the list before it can end; and without the lock, which a runtime that ends would have the task take here.
        self.lock().open.insert(number, Open { activity, task: None });
        let task = tokio::spawn(async move {
            let _listed = listed;
            connection.await;
        });
        if let Some(open) = self.lock().open.get_mut(&number) {
            open.task = Some(task.abort_handle());
        }
    }

    /// Closes the connection that has waited longest for its client, if any does.
    pub(super) fn close_longest(&self) {
        let mut state = self.lock();
        if state.longest.is_empty() {
            state.find_longest(since(self.0.epoch));
        }
        while let Some((from, number)) = state.longest.pop() {
            let open = state.open.get(&number).filter(|open| open.activity.closable_from() == Some(from));
            if let Some(task) = open.and_then(|open| open.task.as_ref()) {
                task.abort();
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one step; nothing is half done after a panic.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Looks at all connections, so that the next ones to be closed are found without that.
    fn find_longest(&mut self, now: u64) {
        let closable = |(number, open): (&u64, &Open)| {
            let from = open.activity.closable_from()?;
            (from <= now).then_some((from, *number))
        };
        self.longest = self.open.iter().filter_map(closable).collect();
        let found = self.longest.len().div_ceil(FOUND);
        if found < self.longest.len() {
            self.longest.select_nth_unstable(found);
            self.longest.truncate(found);
        }
        self.longest.sort_unstable_by(|a, b| b.cmp(a));
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.connections.lock().open.remove(&self.number);
    }
}
