//! The places of this node: how many jobs may run here at once, in all and of each route, and who runs them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::ready::{Ready, Seat};
use super::worker::Attempt;
use super::{Runner, Work};

/// All places.
pub(super) struct Places {
    state: Mutex<State>,
    /// Told when a place is free again.
    freed: Arc<Notify>,
}

struct State {
    most: usize,
    free: usize,
    routes: HashMap<Arc<str>, Route>,
}

struct Route {
    does: String,
    runner: Weak<dyn Runner>,
    most: usize,
    running: usize,
    ready: Arc<Ready>,
}

/// The places that are free at one moment.
pub(super) struct Open {
    /// The routes that may have one.
    pub(super) routes: Vec<Arc<str>>,
    /// How many jobs may begin at most.
    pub(super) places: usize,
    /// Whether a route has none.
    pub(super) some_full: bool,
    /// Whether there will be one in a moment.
    pub(super) soon: bool,
}

/// A place that is taken, until this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    pub(super) route: Arc<str>,
    pub(super) runner: Arc<dyn Runner>,
    pub(super) ready: Arc<Ready>,
}

impl Places {
    pub(super) fn new(most: usize, freed: Arc<Notify>) -> Self {
        Self { state: Mutex::new(State { most, free: most, routes: HashMap::new() }), freed }
    }

    /// Whether at least half of the places are free.
    pub(super) fn are_free(&self) -> bool {
        let state = self.lock();
        state.free >= state.most.div_ceil(2)
    }

    /// Adds routes. One that is there already is run by the new runner from now on.
    ///
    /// # Errors
    /// The name of a route that is there, and does something else.
    pub(super) fn add(&self, work: Vec<Work>) -> Result<(), String> {
        let mut state = self.lock();
        let another = |work: &Work| {
            let there = state.routes.get(work.route.as_str());
            there.is_some_and(|there| there.runner.strong_count() > 0 && there.does != work.does)
        };
        if let Some(work) = work.iter().find(|work| another(work)) {
            return Err(work.route.clone());
        }
        for Work { route, does, runner, concurrency } in work {
            let before = state.routes.get(route.as_str());
            let (running, ready) = before.map(|before| (before.running, before.ready.clone())).unwrap_or_default();
            let most = concurrency.unwrap_or(usize::MAX);
            state.routes.insert(route.into(), Route { does, runner, most, running, ready });
        }
        Ok(())
    }

    /// Gives out no more places of a route, whose jobs this node cannot do any more.
    pub(super) fn close(&self, route: &str) {
        if let Some(route) = self.lock().routes.get_mut(route) {
            route.most = 0;
        }
    }

    /// A place for a job of this route, if one is free and somebody runs it here.
    pub(super) fn take(self: &Arc<Self>, route: &str) -> Option<Place> {
        let mut state = self.lock();
        if state.free == 0 {
            return None;
        }
        let name = state.routes.get_key_value(route)?.0.clone();
        let found = state.routes.get_mut(route)?;
        let runner = found.runner.upgrade().filter(|_| found.running < found.most)?;
        let ready = found.ready.clone();
        found.running += 1;
        state.free -= 1;
        Some(Place { places: self.clone(), route: name, runner, ready })
    }

    /// Leave to begin a job of this route that has to wait for a place, if one will be free in a moment and nobody waits before it.
    pub(super) fn seat(&self, route: &str) -> Option<Seat> {
        let state = self.lock();
        let found = state.routes.get(route).filter(|route| state.free == 0 || route.running >= route.most)?;
        if found.ready.has_seats() { found.seat() } else { None }
    }

    /// Takes down whether jobs of these routes wait in the queue.
    pub(super) fn crowd(&self, routes: &[Arc<str>], is_crowded: bool) {
        let state = self.lock();
        for route in routes.iter().filter_map(|route| state.routes.get(route)) {
            route.ready.crowd(is_crowded);
        }
    }

    /// A job with a seat has begun. A place for one that is ready, if one is free after all.
    pub(super) fn push(self: &Arc<Self>, route: &str, attempt: Attempt) -> Option<(Place, Attempt)> {
        self.ready(route)?.push(attempt);
        self.take_ready(route, false)
    }

    /// A free place for a job of this route that is ready; if it yields to the queue, for one that was in it.
    pub(super) fn take_ready(self: &Arc<Self>, route: &str, yields: bool) -> Option<(Place, Attempt)> {
        // A place that is taken in vain wakes the dispatcher when it is free again.
        if !self.ready(route)?.has_next(yields) {
            return None;
        }
        let place = self.take(route)?;
        let next = place.ready.pop(yields)?;
        Some((place, next))
    }

    /// The routes that have jobs which are ready.
    pub(super) fn with_ready(&self) -> Vec<(Arc<str>, Arc<Ready>)> {
        let state = self.lock();
        let routes = state.routes.iter().filter(|(_, route)| route.ready.has_next(false));
        routes.map(|(name, route)| (name.clone(), route.ready.clone())).collect()
    }

    /// What of a route is ready.
    pub(super) fn ready(&self, route: &str) -> Option<Arc<Ready>> {
        self.lock().routes.get(route).map(|route| route.ready.clone())
    }

    /// Whether the route may have another place, and one is free or will be in a moment.
    pub(super) fn has_room(&self, route: &str) -> bool {
        let state = self.lock();
        let may = state.routes.get(route).is_some_and(|route| route.running < route.most);
        may && (state.free > 0 || state.is_quick())
    }

    /// Whether none is free.
    pub(super) fn are_taken(&self) -> bool {
        self.lock().free == 0
    }

    /// The routes whose jobs this node does, whether one has a free place or not.
    pub(super) fn routes(&self) -> Vec<Arc<str>> {
        let state = self.lock();
        let done_here = |(_, route): &(&Arc<str>, &Route)| route.runner.strong_count() > 0 && route.most > 0;
        let mut routes: Vec<_> = state.routes.iter().filter(done_here).map(|(name, _)| name.clone()).collect();
        routes.sort();
        routes
    }

    /// What is free now.
    pub(super) fn open(&self) -> Open {
        let state = self.lock();
        let mut open = Open { routes: Vec::new(), places: 0, some_full: state.free == 0, soon: state.is_quick() };
        for (name, route) in state.routes.iter().filter(|(_, route)| route.runner.strong_count() > 0) {
            if route.running < route.most {
                open.routes.push(name.clone());
                open.places = open.places.saturating_add(route.most - route.running);
            } else {
                open.some_full = true;
            }
        }
        open.places = open.places.min(state.free);
        // In one order, so that the same routes are asked for by the same text.
        open.routes.sort();
        open
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether functions that run now will have returned in a moment.
    fn is_quick(&self) -> bool {
        self.routes.values().any(|route| route.running > 0 && route.ready.is_quick())
    }
}

impl Route {
    /// A seat for each place that a job has.
    fn seat(&self) -> Option<Seat> {
        self.ready.seat(if self.most > 0 { self.running } else { 0 })
    }
}

impl Place {
    /// Leave to begin another job of the route, which comes next.
    pub(super) fn seat(&self) -> Option<Seat> {
        self.places.lock().routes.get(&self.route).and_then(Route::seat)
    }

    /// Frees the place; takes it again for a job that is ready, unless another was faster.
    pub(super) fn leave(self, yields: impl FnOnce(&str) -> bool) -> Option<(Self, Attempt)> {
        let (places, route) = (self.places.clone(), self.route.clone());
        drop(self);
        // Behind it: who became ready before may have found no place.
        places.take_ready(&route, yields(&route))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.places.lock();
        state.free += 1;
        if let Some(route) = state.routes.get_mut(&self.route) {
            route.running -= 1;
        }
        drop(state);
        self.places.freed.notify_one();
    }
}
