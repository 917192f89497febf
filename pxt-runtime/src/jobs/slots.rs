//! The slots of this node: how many jobs run here at once, in all and of each route; and the jobs that the node has claimed and that wait
//! for one, in a queue for each route.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::claim::Claim;
use super::slot::Slot;
use super::work::{Runner, Work};

/// How many jobs are claimed ahead for each slot, where jobs are quick: so many share the write that claims them.
const AHEAD: usize = 4;
/// How long a job that is to run alone waits for the others to end; then it only begins alone.
const ALONE: Duration = Duration::from_secs(10);

/// All slots.
pub(super) struct Slots {
    most: usize,
    free: Arc<Semaphore>,
    routes: Mutex<HashMap<Arc<str>, Route>>,
    /// Told when a slot is free again.
    freed: Arc<Notify>,
}

struct Route {
    does: String,
    runner: Weak<dyn Runner>,
    /// How many of its jobs run at once; no more than the node has slots.
    most: usize,
    free: Arc<Semaphore>,
    /// What is claimed and waits.
    queue: VecDeque<Claim>,
    /// How many come to it with the write that stores them.
    coming: Arc<AtomicUsize>,
    /// Whether the last job was quick.
    is_quick: Arc<AtomicBool>,
    /// Whether jobs of it may wait in the database: nobody begins before those.
    is_behind: bool,
    /// Whether this node cannot do its jobs any more.
    is_closed: bool,
}

/// What a job that is submitted now has on this node.
pub(super) enum Start {
    /// A slot: it runs as soon as it is stored.
    Now(Arc<dyn Runner>, Slot),
    /// Room in its route's queue, as there will be a slot in a moment.
    Soon(Coming),
    /// Nothing: it waits in the database.
    Later,
}

/// Room in a route's queue, until this is dropped.
pub(super) struct Coming(Arc<AtomicUsize>);

/// For how many jobs there is room.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) most: usize,
    pub(super) parts: Vec<Part>,
}

/// For how many jobs of these routes together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) most: usize,
    pub(super) routes: Vec<Arc<str>>,
}

impl Slots {
    pub(super) fn new(most: usize, freed: Arc<Notify>) -> Self {
        Self { most, free: Arc::new(Semaphore::new(most)), routes: Mutex::default(), freed }
    }

    /// Adds routes. One that is there already is run by the new runner from now on.
    ///
    /// # Errors
    /// The name of a route that is there, and does something else.
    pub(super) fn add(&self, work: Vec<Work>) -> Result<(), String> {
        let mut routes = self.lock();
        let another = |work: &Work| {
            let there = routes.get(work.route.as_str());
            there.is_some_and(|there| there.is_done_here() && there.does != work.does)
        };
        if let Some(work) = work.iter().find(|work| another(work)) {
            return Err(work.route.clone());
        }
        for Work { route, does, runner, concurrency } in work {
            let most = concurrency.map_or(self.most, |most| most.min(self.most));
            let new = || Route {
                does: String::new(),
                runner: runner.clone(),
                most,
                free: Arc::new(Semaphore::new(most)),
                queue: VecDeque::new(),
                coming: Arc::default(),
                is_quick: Arc::default(),
                // What an earlier process left may wait.
                is_behind: true,
                is_closed: false,
            };
            let route = routes.entry(route.into()).or_insert_with(new);
            if route.most != most {
                (route.most, route.free) = (most, Arc::new(Semaphore::new(most)));
            }
            (route.does, route.runner, route.is_behind, route.is_closed) = (does, runner, true, false);
        }
        Ok(())
    }

    /// Claims no more jobs of a route, which this node cannot do any more. Those that it has claimed.
    pub(super) fn close(&self, route: &str) -> Vec<Claim> {
        let mut routes = self.lock();
        let Some(route) = routes.get_mut(route) else { return Vec::new() };
        route.is_closed = true;
        route.queue.drain(..).collect()
    }

    /// What there is for a job that is submitted now, if no other waits in the database.
    pub(super) fn take(&self, route: &str) -> Start {
        let routes = self.lock();
        let Some(route) = routes.get(route).filter(|route| !route.is_closed && !route.is_behind) else {
            return Start::Later;
        };
        if route.queued() == 0
            && let Some(runner) = route.runner.upgrade()
            && let Some(slot) = self.slot(route)
        {
            return Start::Now(runner, slot);
        }
        if route.is_quick() && route.room() > 0 && route.is_done_here() {
            route.coming.fetch_add(1, Ordering::Relaxed);
            return Start::Soon(Coming(route.coming.clone()));
        }
        Start::Later
    }

    /// A job of this route waits in the database. Whether there is room for it.
    pub(super) fn falls_behind(&self, route: &str) -> bool {
        let mut routes = self.lock();
        let Some(route) = routes.get_mut(route).filter(|route| route.is_done_here()) else { return false };
        route.is_behind = true;
        self.free.available_permits() > 0 || route.is_quick()
    }

    /// For how many jobs there is room, of the routes that may have some; of all routes with `look`. Who waits from now on says so again.
    pub(super) fn room(&self, look: bool) -> Option<Room> {
        let mut routes = self.lock();
        let queued: usize = routes.values().map(Route::queued).sum();
        let ready: usize = routes.values().map(Route::ready).sum();
        // Without those for which slots are there already.
        let free = self.free.available_permits().saturating_sub(ready);
        let all = if routes.values().any(Route::is_quick) {
            free.max((self.free.available_permits() + self.most * AHEAD).saturating_sub(queued))
        } else {
            free
        };
        // Fewer than half of what is claimed at most are not worth a write, while there is enough to do.
        if !look && free == 0 && all * 2 < self.most * AHEAD {
            return None;
        }
        let (mut quick, mut slow) = (Part { most: all, routes: Vec::new() }, Part { most: free, routes: Vec::new() });
        let mut parts = Vec::new();
        let open = routes.iter_mut().filter(|(_, route)| route.is_done_here() && (look || route.is_behind));
        for (name, route) in open {
            let most = route.room();
            let shared = if route.is_quick() { &mut quick } else { &mut slow };
            let most = most.min(shared.most);
            if most == 0 {
                continue;
            }
            route.is_behind = false;
            // Routes without a limit of their own share that of the node.
            if route.most == self.most {
                shared.routes.push(name.clone());
            } else {
                parts.push(Part { most, routes: vec![name.clone()] });
            }
        }
        parts.extend([quick, slow].into_iter().filter(|part| !part.routes.is_empty()));
        // In one order, so that the same routes are asked for by the same text.
        parts.iter_mut().for_each(|part| part.routes.sort());
        parts.sort_by(|one, other| one.routes.cmp(&other.routes));
        (!parts.is_empty()).then_some(Room { most: all, parts })
    }

    /// Whether more jobs may wait of routes of which as many were claimed as there was room for.
    pub(super) fn claimed(&self, room: &Room, claims: &[Claim]) {
        let mut routes = self.lock();
        for part in &room.parts {
            let count = claims.iter().filter(|claim| part.routes.contains(claim.route())).count();
            if count >= part.most || claims.len() >= room.most {
                for route in &part.routes {
                    routes.get_mut(route).into_iter().for_each(|route| route.is_behind = true);
                }
            }
        }
    }

    /// Puts a claimed job into the queue of its route.
    pub(super) fn push(&self, claim: Claim) {
        if let Some(route) = self.lock().get_mut(claim.route()) {
            route.queue.push_back(claim);
        }
    }

    /// The job that is next, of those whose routes have a slot: the one that was submitted first.
    pub(super) fn next(&self) -> Option<(Claim, Arc<dyn Runner>, Slot)> {
        let mut routes = self.lock();
        let ready = |route: &&mut Route| route.is_done_here() && route.ready() > 0;
        let route = routes.values_mut().filter(ready).min_by_key(|route| route.queue.front().map(Claim::turn))?;
        let (runner, slot) = (route.runner.upgrade()?, self.slot(route)?);
        route.queue.pop_front().map(|claim| (claim, runner, slot))
    }

    /// Takes those out of the queues that have waited for so long.
    pub(super) fn take_late(&self, waited: Duration) -> Vec<Claim> {
        let mut late = Vec::new();
        for route in self.lock().values_mut() {
            let before = late.len();
            while let Some(claim) = route.queue.pop_front_if(|claim| claim.waited() >= waited) {
                late.push(claim);
            }
            if late.len() > before {
                route.is_behind = true;
                route.is_quick.store(false, Ordering::Relaxed);
            }
        }
        late
    }

    /// A slot of a job that has one, with all others of the node: nothing begins beside it, and what runs has a while to end.
    pub(super) async fn alone(&self, slot: Slot) -> (Slot, Option<OwnedSemaphorePermit>) {
        let others = u32::try_from(self.most - 1).unwrap_or(u32::MAX);
        let others = self.free.clone().acquire_many_owned(others);
        let others = tokio::time::timeout(ALONE, others).await;
        (slot, others.ok().and_then(Result::ok))
    }

    /// The routes whose jobs have all slots of the node, with how many each has; none while a slot is free.
    pub(super) fn taken(&self) -> Option<Vec<(Arc<str>, usize)>> {
        if self.free.available_permits() > 0 {
            return None;
        }
        let routes = self.lock();
        let count = |route: &Route| route.most.saturating_sub(route.free.available_permits());
        let mut taken: Vec<_> = routes.iter().map(|(name, route)| (name.clone(), count(route))).collect();
        taken.retain(|(_, count)| *count > 0);
        taken.sort();
        Some(taken)
    }

    fn slot(&self, route: &Route) -> Option<Slot> {
        let of_route = route.free.clone().try_acquire_owned().ok()?;
        let of_node = self.free.clone().try_acquire_owned().ok()?;
        Some(Slot::new((of_route, of_node), route.is_quick.clone(), self.freed.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Route>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    /// Whether its jobs are done on this node.
    fn is_done_here(&self) -> bool {
        !self.is_closed && self.runner.strong_count() > 0
    }

    /// How many of those in the queue have a slot of the route.
    fn ready(&self) -> usize {
        self.queue.len().min(self.free.available_permits())
    }

    /// How many more may be claimed.
    fn room(&self) -> usize {
        let ahead = if self.is_quick() { self.most * AHEAD } else { 0 };
        (self.free.available_permits() + ahead).saturating_sub(self.queued())
    }

    fn queued(&self) -> usize {
        self.queue.len() + self.coming.load(Ordering::Relaxed)
    }

    fn is_quick(&self) -> bool {
        self.is_quick.load(Ordering::Relaxed)
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
