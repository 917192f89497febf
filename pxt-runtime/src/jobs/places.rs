//! The places of this node: how many jobs may run here at once, in all and of each route, and who runs them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

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
}

/// The places that are free at one moment.
pub(super) struct Open {
    /// The routes that have one.
    pub(super) routes: Vec<Arc<str>>,
    /// How many jobs may begin at most.
    pub(super) places: usize,
    /// Whether a route has none.
    pub(super) some_full: bool,
}

/// A place that is taken, until this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    route: Arc<str>,
    pub(super) runner: Arc<dyn Runner>,
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
            let running = state.routes.get(route.as_str()).map_or(0, |route| route.running);
            let most = concurrency.unwrap_or(usize::MAX);
            state.routes.insert(route.into(), Route { does, runner, most, running });
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
        found.running += 1;
        state.free -= 1;
        Some(Place { places: self.clone(), route: name, runner })
    }

    /// Whether there is a place for a job of this route.
    pub(super) fn is_free(&self, route: &str) -> bool {
        let state = self.lock();
        state.free > 0 && state.routes.get(route).is_some_and(|route| route.running < route.most)
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
        let mut open = Open { routes: Vec::new(), places: 0, some_full: state.free == 0 };
        if state.free == 0 {
            return open;
        }
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
