//! The slots of this node: how many jobs run here at once, in all and of each route; and the claimed jobs that wait for one, route by route.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};

use super::claim::Claim;
use super::room::{Part, Room};
use super::slot::{Alone, Pace, Slot};
use super::work::{Runner, Work};

/// How many jobs are claimed ahead for each slot, where jobs are quick: so many share the write that claims them.
const AHEAD: usize = 4;

/// All slots.
pub(super) struct Slots {
    most: usize,
    free: Arc<Semaphore>,
    routes: Mutex<HashMap<Arc<str>, Route>>,
    /// How many jobs are to be alone.
    alone: Arc<AtomicUsize>,
    quick: Duration,
    /// Whether jobs may wait of any route that is added.
    are_behind: AtomicBool,
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
    waiting: VecDeque<Claim>,
    /// How many come to these with the write that stores them.
    coming: Arc<AtomicUsize>,
    pace: Pace,
    /// Whether jobs of it may wait in the database: none that is submitted later is started before those.
    is_behind: bool,
    /// Whether the database is being asked for them, and none was submitted since.
    is_asked: bool,
    /// Whether this node cannot do its jobs any more.
    is_closed: bool,
}

/// What a job that is submitted now has on this node.
pub(super) enum Start {
    /// A slot: it runs as soon as it is stored.
    Now(Arc<dyn Runner>, Slot),
    /// Room among the claimed ones, as there will be a slot in a moment.
    Soon(Coming),
    /// Nothing: it waits in the database.
    Later,
}

/// Room among the claimed jobs of a route, until this is dropped.
pub(super) struct Coming(Arc<AtomicUsize>);

impl Slots {
    /// So many, with what is told when one is free again; a job that took less than `quick` is a quick one.
    pub(super) fn new(most: usize, quick: Duration, are_behind: bool, freed: Arc<Notify>) -> Self {
        let free = Arc::new(Semaphore::new(most));
        Self {
            most,
            free,
            routes: Mutex::default(),
            alone: Arc::default(),
            quick,
            are_behind: are_behind.into(),
            freed,
        }
    }

    /// Adds routes. One that is there already is run by the new runner from now on.
    ///
    /// # Errors
    /// The name of a route that is there, and does something else.
    pub(super) fn add(&self, work: Vec<Work>) -> Result<(), String> {
        let mut routes = self.lock();
        let are_behind = self.are_behind.load(Ordering::Relaxed);
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
                waiting: VecDeque::new(),
                coming: Arc::default(),
                pace: Pace::new(self.quick),
                is_behind: are_behind,
                is_asked: false,
                is_closed: false,
            };
            let route = routes.entry(route.into()).or_insert_with(new);
            if route.most != most {
                (route.most, route.free) = (most, Arc::new(Semaphore::new(most)));
            }
            (route.does, route.runner, route.is_behind, route.is_closed) = (does, runner, are_behind, false);
        }
        Ok(())
    }

    /// Claims no more jobs of a route, which this node cannot do any more. Those that it has claimed.
    pub(super) fn close(&self, route: &str) -> Vec<Claim> {
        let mut routes = self.lock();
        let Some(route) = routes.get_mut(route) else { return Vec::new() };
        route.is_closed = true;
        route.waiting.drain(..).collect()
    }

    /// What there is for a job that is submitted now, if no other waits in the database.
    pub(super) fn take(&self, route: &str) -> Start {
        let routes = self.lock();
        let Some(route) = routes.get(route).filter(|route| !route.is_closed && !route.is_behind) else {
            return Start::Later;
        };
        if self.is_alone() {
            return Start::Later;
        }
        if route.waiting() == 0
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
        let Some(route) = routes.get_mut(route).filter(|route| route.is_done_here()) else {
            self.are_behind.store(true, Ordering::Relaxed);
            return false;
        };
        (route.is_behind, route.is_asked) = (true, false);
        self.free.available_permits() > 0 || route.is_quick()
    }

    /// For how many jobs there is room, of the routes of which some may wait; of all routes with `look`. [`claimed`](Self::claimed) says what
    /// came of it.
    pub(super) fn room(&self, look: bool) -> Option<Room> {
        let mut routes = self.lock();
        let waiting: usize = routes.values().map(Route::waiting).sum();
        let startable: usize = routes.values().map(Route::startable).sum();
        // Without those for which slots are there already.
        let free = self.free.available_permits().saturating_sub(startable);
        let all = if routes.values().any(Route::is_quick) {
            free.max((self.free.available_permits() + self.most * AHEAD).saturating_sub(waiting))
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
            route.is_asked = true;
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

    /// So many jobs were claimed where there was this room. Of a route with more room than that none waits any more.
    pub(super) fn claimed(&self, room: &Room, claims: &[Claim]) {
        let mut routes = self.lock();
        for part in &room.parts {
            let count = claims.iter().filter(|claim| part.routes.contains(claim.route())).count();
            let is_filled = count >= part.most || claims.len() >= room.most;
            for route in &part.routes {
                if let Some(route) = routes.get_mut(route) {
                    route.is_behind = is_filled || !route.is_asked;
                }
            }
        }
    }

    /// A claimed job waits for a slot.
    pub(super) fn push(&self, claim: Claim) {
        if let Some(route) = self.lock().get_mut(claim.route()) {
            route.waiting.push_back(claim);
        }
    }

    /// The job that is next, of those whose routes have a slot: the one that was submitted first.
    pub(super) fn next(&self) -> Option<(Claim, Arc<dyn Runner>, Slot)> {
        let mut routes = self.lock();
        if self.is_alone() {
            return None;
        }
        let startable = |route: &&mut Route| route.is_done_here() && route.startable() > 0;
        let route = routes.values_mut().filter(startable).min_by_key(|route| route.waiting.front().map(Claim::turn))?;
        let (runner, slot) = (route.runner.upgrade()?, self.slot(route)?);
        route.waiting.pop_front().map(|claim| (claim, runner, slot))
    }

    /// Takes those that have waited for so long.
    pub(super) fn take_late(&self, waited: Duration) -> Vec<Claim> {
        let mut late = Vec::new();
        for route in self.lock().values_mut() {
            let before = late.len();
            while let Some(claim) = route.waiting.pop_front_if(|claim| claim.waited() >= waited) {
                late.push(claim);
            }
            if late.len() > before {
                route.is_behind = true;
                route.pace.is_slow();
            }
        }
        late
    }

    /// No other job is started from now on, as long as there is what this answers.
    pub(super) fn alone(&self) -> Alone {
        Alone::new(self.alone.clone(), self.freed.clone())
    }

    /// Waits until all jobs have ended but the one that waits, which has a slot.
    pub(super) async fn others_ended(&self) {
        let others = u32::try_from(self.most - 1).unwrap_or(u32::MAX);
        drop(self.free.acquire_many(others).await);
    }

    fn is_alone(&self) -> bool {
        self.alone.load(Ordering::Acquire) > 0
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
        Some(Slot::new((of_route, of_node), route.pace.clone(), self.freed.clone()))
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

    /// How many of those that wait have a slot of the route.
    fn startable(&self) -> usize {
        self.waiting.len().min(self.free.available_permits())
    }

    /// How many more may be claimed.
    fn room(&self) -> usize {
        let ahead = if self.is_quick() { self.most * AHEAD } else { 0 };
        (self.free.available_permits() + ahead).saturating_sub(self.waiting())
    }

    fn waiting(&self) -> usize {
        self.waiting.len() + self.coming.load(Ordering::Relaxed)
    }

    fn is_quick(&self) -> bool {
        self.pace.is_quick()
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
