//! Things made once and kept by what they were made of, up to a number: what they are made of is often the clients'
//! choice.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

/// Values by list. Readers do not wait for one another.
#[derive(Debug)]
pub(super) struct Kept<K, V> {
    most: usize,
    values: RwLock<HashMap<Box<[K]>, V>>,
}

impl<K: Clone + Eq + Hash, V: Clone> Kept<K, V> {
    /// Keeps up to `most` values.
    pub(super) fn new(most: usize) -> Self {
        Self { most, values: RwLock::default() }
    }

    /// The value of this list, and whether it is kept.
    pub(super) fn get<E>(&self, key: &[K], make: impl FnOnce() -> Result<V, E>) -> Result<(V, bool), E> {
        match self.find(key) {
            Some(value) => Ok((value, true)),
            None => Ok(self.keep(key, make()?)),
        }
    }

    /// The value of this list, if it was kept.
    pub(super) fn find(&self, key: &[K]) -> Option<V> {
        self.values.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a value if there is room; one that somebody else kept meanwhile stays. Answers the value to go on with, and
    /// whether it is kept.
    pub(super) fn keep(&self, key: &[K], made: V) -> (V, bool) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(key) {
            return (value.clone(), true);
        }
        let kept = values.len() < self.most;
        if kept {
            values.insert(key.into(), made.clone());
        }
        (made, kept)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn no_more_than_the_bound_is_kept() {
        let kept = Kept::new(1);
        let get = |key: u8, value: u8| kept.get(&[key], || Ok::<_, Infallible>(value)).unwrap();
        assert_eq!(get(1, 10), (10, true));
        assert_eq!(get(2, 20), (20, false));
        assert_eq!(get(2, 21), (21, false));
        assert_eq!(get(1, 11), (10, true));
    }

    #[test]
    fn a_failure_is_not_kept() {
        let kept = Kept::new(1);
        assert_eq!(kept.get(&[1], || Err::<u8, _>("no")), Err("no"));
        assert_eq!(kept.get(&[1], || Ok::<_, Infallible>(3)), Ok((3, true)));
    }
}
